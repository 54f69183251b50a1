"""The account itself and its balance."""

from .. import ledger
from ..world import World


def account(world: World, params: dict) -> dict:
    """GET /v1/account"""
    settings = world.settings
    return {
        "id": settings.account_id,
        "object": "account",
        "business_profile": {
            "annual_revenue": None,
            "estimated_worker_count": None,
            "mcc": "5734",
            "minority_owned_business_designation": None,
            "name": settings.account_name,
            "product_description": None,
            "support_address": None,
            "support_email": None,
            "support_phone": None,
            "support_url": None,
            "url": None,
        },
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": settings.account_country,
        "default_currency": settings.settlement_currency,
        "details_submitted": True,
        "email": "billing@lumenboard.example",
        "metadata": {},
        "payouts_enabled": True,
        "type": "standard",
    }


def balance(world: World, params: dict) -> dict:
    """GET /v1/balance"""
    return ledger.balance_of(world)


ROUTES = [
    ("GET", "/v1/account", account, set()),
    ("GET", "/v1/balance", balance, set()),
]
