"""Where Stripe's dashboard shows an object."""

DASHBOARD = "https://dashboard.stripe.com"

#: Prefix of an id → part of the dashboard; whatever else is searched for.
PAGES = {
    "ch": "payments",
    "cus": "customers",
    "in": "invoices",
    "pi": "payments",
    "po": "payouts",
    "price": "prices",
    "prod": "products",
    "py": "payments",
    "sub": "subscriptions",
    "txr": "tax-rates",
}


def dashboard_url(account, livemode, external_id):
    """Address of an object's page, in the account and mode it belongs to."""
    base = "/".join([DASHBOARD, account, *([] if livemode else ["test"])])
    page = PAGES.get(external_id.partition("_")[0])
    return f"{base}/{page}/{external_id}" if page else f"{base}/search?query={external_id}"
