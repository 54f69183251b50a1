"""Restricted keys: what each may read or write. A key nobody restricted may do everything."""

from .errors import StripeError

#: First part of a path under /v1 -> the resource as a restricted key's settings name it.
RESOURCES = {
    "account": "accounts_kyc_basic",
    "balance": "balance",
    "balance_transactions": "balance_transaction_source",
    "charges": "charge",
    "coupons": "coupon",
    "credit_notes": "credit_note",
    "customers": "customer",
    "disputes": "dispute",
    "events": "event",
    "invoice_payments": "invoice",
    "invoiceitems": "invoice",
    "invoices": "invoice",
    "payment_intents": "payment_intent",
    "payouts": "payout",
    "prices": "plan",
    "products": "product",
    "refunds": "charge",
    "subscription_schedules": "subscription_schedule",
    "subscriptions": "subscription",
    "tax_rates": "tax_rate",
    "webhook_endpoints": "webhook",
}


class Keys:
    """Permissions by restricted key: resource -> "read" or "write" (which includes reading)."""

    def __init__(self):
        self._granted: dict[str, dict[str, str]] = {}

    def restrict(self, key: str, granted: dict[str, str]) -> None:
        """Let `key` do nothing but what is granted; "*" stands for every resource."""
        self._granted[key] = dict(granted)

    def check(self, key: str, method: str, path: str, account: str) -> None:
        """A 403 as Stripe words it, unless the key may make the request."""
        granted = self._granted.get(key)
        if granted is None:
            return
        parts = path.strip("/").split("/")
        resource = RESOURCES.get(parts[1] if len(parts) > 1 else "", "unknown")
        needed = "read" if method == "GET" else "write"
        level = granted.get(resource, granted.get("*"))
        if level != "write" and level != needed:
            raise StripeError(
                f"The provided key '{key[:8]}*********{key[-6:]}' does not have the required "
                f"permissions for this endpoint on account '{account}'. Having the "
                f"'rak_{resource}_{needed}' permission would allow this request to continue.",
                status=403,
            )
