"""Reading Stripe through its SDK: plain dicts, pages followed, errors in our own classes."""

import stripe

from ...canonical import NeedsHuman, Transient

#: The API version that our own requests are rendered at; the normalisers read this shape.
API_VERSION = "2026-08-26.dahlia"
TIMEOUT = 30
RETRIES = 3
PAGE = 100

#: canonical type -> (SDK service path, extra list parameters)
LISTS = {
    "charge": ("charges", {}),
    "credit_note": ("credit_notes", {}),
    "customer": ("customers", {}),
    "invoice": ("invoices", {}),
    "payment": ("invoice_payments", {"status": "paid"}),
    "price": ("prices", {}),
    "product": ("products", {}),
    "refund": ("refunds", {}),
    "subscription": ("subscriptions", {"status": "all"}),
    "tax_rate": ("tax_rates", {}),
}

#: Lists inside an object that Stripe cuts after ten entries: field -> SDK service path.
INNER_LISTS = {
    "invoice": ("lines", "invoices.line_items"),
    "credit_note": ("lines", "credit_notes.line_items"),
}


class StripeReader:
    """Lists Stripe's objects with a read-only key.

    :param str api_key: a restricted key; kept in memory only
    :param str api_base: another base address, for tests and the demo
    """

    def __init__(self, api_key, api_base=None):
        self._client = stripe.StripeClient(
            api_key,
            stripe_version=API_VERSION,
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=TIMEOUT),
            base_addresses={"api": api_base} if api_base else {},
        )

    def iterate(self, canonical_type, since=None, until=None):
        """Stripe's objects of one type as plain dicts, by creation time in [since, until).

        :param since: aware datetime, or None
        :param until: aware datetime, or None
        """
        service, params = LISTS[canonical_type]
        created = {}
        if since:
            created["gte"] = int(since.timestamp())
        if until:
            created["lt"] = int(until.timestamp())
        query = {"limit": PAGE, **params, **({"created": created} if created else {})}
        for obj in self._pages(service, query):
            yield self.complete(canonical_type, obj)

    def complete(self, canonical_type, obj):
        """The object with its inner list complete."""
        field, service = INNER_LISTS.get(canonical_type, (None, None))
        if field and (obj.get(field) or {}).get("has_more"):
            data = list(self._pages(service, {"limit": PAGE}, obj["id"]))
            obj[field] = {**obj[field], "data": data, "has_more": False}
        return obj

    def _pages(self, service, query, *path):
        target = self._client.v1
        for name in service.split("."):
            target = getattr(target, name)
        try:
            for obj in target.list(*path, query).auto_paging_iter():
                yield obj.to_dict()
        except (stripe.APIConnectionError, stripe.RateLimitError) as error:
            raise Transient("stripe_unreachable", str(error)) from error
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            raise NeedsHuman("stripe_key", str(error), key="read_key") from error
        except stripe.APIError as error:
            raise Transient("stripe_error", str(error)) from error
