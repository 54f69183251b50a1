"""Stripe's `customer` and `tax_id`."""

from decimal import Decimal

from ....canonical import Customer, InvalidData, TaxId
from ..fields import listed, ref, require
from ..money import from_minor
from . import address


def normalise(obj):
    """A deleted customer comes with little more than its id."""
    locales = obj.get("preferred_locales") or []
    currency = (obj.get("currency") or "").upper() or None
    return Customer(
        external_id=require(obj, "id"),
        name=obj.get("name") or None,
        email=obj.get("email") or None,
        phone=obj.get("phone") or None,
        address=address.normalise(obj.get("address")),
        language=locales[0] if locales else None,
        currency=currency,
        tax_exempt=obj.get("tax_exempt") or "none",
        tax_ids=tax_ids(listed(obj.get("tax_ids"))),
        balance=_balance(obj, currency),
        credit_balances=tuple(
            (code.upper(), from_minor(amount, code))
            for code, amount in sorted((obj.get("invoice_credit_balance") or {}).items())
        ),
        delinquent=obj.get("delinquent"),
        deleted=bool(obj.get("deleted")),
    )


def _balance(obj, currency):
    balance = obj.get("balance") or 0
    if balance and not currency:
        raise InvalidData(
            f"Customer {obj['id']} has a balance but no currency.", key="customer.currency"
        )
    return from_minor(balance, currency) if currency else Decimal(0)


def tax_ids(entries):
    """(kind, value) pairs of the tax ids on a customer or a document."""
    return tuple((require(each, "type"), each.get("value") or "") for each in entries)


def normalise_tax_id(obj):
    verification = obj.get("verification") or {}
    return TaxId(
        external_id=require(obj, "id"),
        customer_id=ref(obj.get("customer")) or ref((obj.get("owner") or {}).get("customer")),
        kind=require(obj, "type"),
        value=require(obj, "value"),
        country=obj.get("country") or None,
        verification=verification.get("status"),
        deleted=bool(obj.get("deleted")),
    )
