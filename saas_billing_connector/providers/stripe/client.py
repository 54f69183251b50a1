"""Reading Stripe through its SDK: plain dicts, page by page, errors as our own outcomes.

Only GET is ever sent, so that repeating a request is always safe. (`may` is also asked about one
POST to an object that cannot exist, to learn whether the key could write.)
"""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import stripe

from ..page import Page
from .failures import is_absent, is_permission, outcome_of
from .inner_lists import cut_lists
from .limiter import bucket_for
from .settlement import EXPANDED, amounts_by_currency, contents_of, trimmed
from .transport import StripeTransport

# The SDK would write an id into the home directory and tell Stripe about the machine.
stripe.enable_telemetry = False

#: The API version that our own requests are rendered at.
API_VERSION = "2026-08-26.dahlia"
RETRIES = 3
PAGE = 100

#: canonical type -> (path, extra list parameters)
LISTS = {
    "balance_transaction": ("/v1/balance_transactions", EXPANDED),
    "charge": ("/v1/charges", {}),
    "coupon": ("/v1/coupons", {}),
    "credit_balance_transaction": ("/v1/billing/credit_balance_transactions", {}),
    "credit_grant": ("/v1/billing/credit_grants", {}),
    "credit_note": ("/v1/credit_notes", {}),
    "customer": ("/v1/customers", {}),
    "dispute": ("/v1/disputes", {}),
    "invoice": ("/v1/invoices", {}),
    "invoice_item": ("/v1/invoiceitems", {"pending": "true"}),
    "payment": ("/v1/invoice_payments", {"status": "paid"}),
    "payout": ("/v1/payouts", {}),
    "price": ("/v1/prices", {}),
    "product": ("/v1/products", {}),
    "refund": ("/v1/refunds", {}),
    "subscription": ("/v1/subscriptions", {"status": "all"}),
    "tax_rate": ("/v1/tax_rates", {}),
}
#: canonical type -> fields that Stripe leaves out unless asked for
EXPANDED = {"customer": ("tax_ids",), "price": ("tiers",)}


class StripeReader:
    """Reads Stripe's objects with a read-only key.

    :param str api_key: a restricted key; kept in memory only
    :param str api_base: another base address, for tests and the demo
    """

    def __init__(self, api_key, api_base=None):
        self._transport = StripeTransport(bucket_for(api_key, api_base))
        self._client = stripe.StripeClient(
            api_key,
            stripe_version=API_VERSION,
            max_network_retries=RETRIES,
            http_client=self._transport,
            base_addresses={"api": api_base} if api_base else {},
        )

    def take_counts(self):
        """Calls, errors by status and milliseconds since the last time: {(name, what): number}."""
        return self._transport.take_counts()

    # ── lists ────────────────────────────────────────────────────────────────────────────────

    def iterate(self, canonical_type, since=None, until=None):
        """All objects of one type as plain dicts, by creation time in [since, until).

        :param since: aware datetime, or None
        :param until: aware datetime, or None
        """
        after, more = None, True
        while more:
            page = self.page(canonical_type, since, until, after)
            yield from page.objects
            after, more = page.after, page.after is not None

    def page(self, canonical_type, since=None, until=None, after=None):
        """One page of objects of one type, each complete."""
        path, params = LISTS[canonical_type]
        expand = _expand(canonical_type, "data.")
        page = self._page(path, {**params, **expand, **_created(since, until)}, after)
        for obj in page.objects:
            self.complete(canonical_type, obj)
            trimmed(obj)
        return page

    def contents(self, payout_id):
        """What a payout contains, as a page of one object."""
        path, _params = LISTS["balance_transaction"]
        after, more, found = None, True, []
        while more:
            page = self._page(path, {"payout": payout_id}, after)
            found += page.objects
            after, more = page.after, page.after is not None
        return Page([contents_of(payout_id, found)], None, page.read_at)

    def events(self, since=None, until=None, after=None):
        """One page of the events of the last thirty days."""
        return self._page("/v1/events", _created(since, until), after)

    def complete(self, canonical_type, obj):
        """The object with the lists inside it complete."""
        for inner in cut_lists(canonical_type, obj):
            data = list(self._all(*inner.request(obj["id"])))
            obj[inner.field] = {**obj[inner.field], "data": data, "has_more": False}
        return obj

    # ── single objects ───────────────────────────────────────────────────────────────────────

    def fetch(self, object_type, external_id):
        """The objects behind something that a document refers to; empty where there are none.

        Money is referred to by its payment intent or charge, and booked by invoice payment.
        """
        if object_type == "charge":
            charge = self._find(f"/v1/charges/{external_id}").objects
            intents = [obj["payment_intent"] for obj in charge if obj.get("payment_intent")]
            return self.fetch("payment_intent", intents[0]) if intents else Page([], None, 0)
        if object_type == "payment_intent":
            path, params = LISTS["payment"]
            payment = {"type": "payment_intent", "payment_intent": external_id}
            return self._page(path, {**params, "payment": payment})
        page = self._find(f"{LISTS[object_type][0]}/{external_id}", _expand(object_type))
        for obj in page.objects:
            self.complete(object_type, obj)
        return page

    def account(self):
        """(id of the account that the key belongs to, or None where it may not say; Stripe's time).

        :rtype: tuple[str | None, datetime]
        """
        try:
            response = self._request("get", "/v1/account")
        except stripe.StripeError as error:
            if is_permission(error):
                return None, _date(error.headers)
            raise outcome_of(error) from error
        return response.data["id"], _date(response.headers)

    def balance(self):
        """What the account holds by now: {currency: amount in major units}, and Stripe's time.

        :rtype: tuple[dict[str, Decimal], datetime]
        """
        try:
            response = self._request("get", "/v1/balance")
        except stripe.StripeError as error:
            raise outcome_of(error) from error
        return amounts_by_currency(response.data), _date(response.headers)

    @staticmethod
    def can_fetch(object_type):
        """Whether `fetch` knows the type."""
        return object_type in LISTS or object_type == "payment_intent"

    def may(self, method, path):
        """Whether the key may make a request, which must be one that changes nothing."""
        try:
            self._request(method, path, {"limit": 1} if method == "get" else {})
        except stripe.StripeError as error:
            if is_permission(error):
                return False
            if not isinstance(error, stripe.InvalidRequestError):
                raise outcome_of(error) from error
        return True

    # ── requests ─────────────────────────────────────────────────────────────────────────────

    def _find(self, path, params=None):
        """The object at a path as a page of one, or an empty page."""
        try:
            response = self._request("get", path, params)
        except stripe.StripeError as error:
            if is_absent(error):
                return Page([], None, 0)
            raise outcome_of(error) from error
        return Page([response.data], None, self._read_at(response))

    def _all(self, path, params):
        after, more = None, True
        while more:
            page = self._page(path, params, after)
            yield from page.objects
            after, more = page.after, page.after is not None

    def _page(self, path, params, after=None):
        cursor = {"starting_after": after} if after else {}
        try:
            response = self._request("get", path, {"limit": PAGE, **params, **cursor})
        except stripe.StripeError as error:
            raise outcome_of(error) from error
        objects = response.data["data"]
        more = response.data["has_more"] and objects
        after = objects[-1]["id"] if more else None
        return Page(objects, after, self._read_at(response), _reached_at(objects))

    def _request(self, method, path, params=None):
        return self._client.raw_request(method, path, **(params or {}))

    def _read_at(self, response):
        """A moment by Stripe's clock not later than the reading: its answer less the time taken."""
        answered = _date(response.headers).timestamp()
        return int(answered) - math.ceil(self._transport.elapsed)


def _expand(canonical_type, prefix=""):
    names = EXPANDED.get(canonical_type)
    return {"expand": [prefix + name for name in names]} if names else {}


def _created(since, until):
    created = {}
    if since:
        created["gte"] = int(since.timestamp())
    if until:
        created["lt"] = int(until.timestamp())
    return {"created": created} if created else {}


def _reached_at(objects):
    """When the last of some objects was created."""
    last = objects[-1] if objects else {}
    created = last.get("created") or last.get("date")  # an invoice item's name for it
    return created and datetime.fromtimestamp(created, UTC)


def _date(headers):
    """The moment of an answer; ours where it does not say."""
    text = (headers or {}).get("Date")
    return parsedate_to_datetime(text) if text else datetime.now(UTC)
