"""The webhook endpoint at Stripe: what ours has to be like, and making it so.

The only place that changes anything at Stripe, with a key that may do nothing else. The signing
secret, which Stripe tells once, is handed back to the caller and kept nowhere.
"""

from typing import NamedTuple

import stripe

from .client import API_VERSION, RETRIES
from .failures import outcome_of
from .limiter import bucket_for
from .routing import ROUTES, Route, route_for
from .transport import StripeTransport

PATH = "/v1/webhook_endpoints"
EVERYTHING = "*"


class Difference(NamedTuple):
    """Something in which an endpoint is not as it should be."""

    code: str
    #: Event types, or the version found.
    values: tuple[str, ...] = ()


def handled_types(api_version=API_VERSION):
    """The event types that an endpoint has to send, in alphabetical order."""
    return sorted(name for name in ROUTES if isinstance(route_for(name, api_version), Route))


def differences(endpoint):
    """In what an endpoint, as Stripe describes it, is not as it should be."""
    found = []
    if endpoint["status"] != "enabled":
        found.append(Difference("disabled"))
    sent = set(endpoint["enabled_events"])
    missing = tuple(name for name in handled_types() if name not in sent)
    if missing and EVERYTHING not in sent:
        found.append(Difference("missing", missing))
    if endpoint.get("api_version") != API_VERSION:
        found.append(Difference("version", (endpoint.get("api_version") or "",)))
    return found


class StripeEndpoints:
    """Webhook endpoints of the account that a key belongs to.

    :param str api_key: a restricted key for webhook endpoints; kept in memory only
    :param str api_base: another base address, for tests and the demo
    """

    def __init__(self, api_key, api_base=None):
        self._client = stripe.StripeClient(
            api_key,
            stripe_version=API_VERSION,
            max_network_retries=RETRIES,
            http_client=StripeTransport(bucket_for(api_key, api_base)),
            base_addresses={"api": api_base} if api_base else {},
        )

    def find(self, url):
        """The endpoint with this URL as Stripe describes it, or None; enabled ones come first."""
        after, found = {}, []
        while True:
            page = self._request("get", PATH, limit=100, **after)
            found += [endpoint for endpoint in page["data"] if endpoint["url"] == url]
            if not page["has_more"] or not page["data"]:
                break
            after = {"starting_after": page["data"][-1]["id"]}
        return min(found, key=lambda endpoint: endpoint["status"] != "enabled", default=None)

    def register(self, url, description):
        """Make the endpoint; its signing secret, which the API does not tell again."""
        answer = self._request(
            "post",
            PATH,
            url=url,
            description=description,
            api_version=API_VERSION,
            enabled_events=handled_types(),
        )
        return answer["secret"]

    def correct(self, endpoint):
        """Have an endpoint send what is missing, and send at all; the version cannot be changed."""
        sent = set(endpoint["enabled_events"])
        events = [EVERYTHING] if EVERYTHING in sent else sorted(sent.union(handled_types()))
        path = f"{PATH}/{endpoint['id']}"
        self._request("post", path, enabled_events=events, disabled="false")

    def _request(self, method, path, **params):
        try:
            return self._client.raw_request(method, path, **params).data
        except stripe.StripeError as error:
            raise outcome_of(error, "write key") from error
