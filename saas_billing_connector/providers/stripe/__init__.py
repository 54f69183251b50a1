"""The Stripe adapter: everything that knows Stripe's words, and nothing that knows Odoo."""

from .client import API_VERSION, StripeReader
from .envelope import Envelope, MalformedEvent
from .minimise import minimise
from .normalise import normalise, normalise_object
from .routing import Ignored, Route, route_for
from .secrets import holds_secret, key_is_restricted, key_livemode, redact
from .signature import SignatureError, verify
from .version import version_of

__all__ = [
    "API_VERSION",
    "Envelope",
    "Ignored",
    "MalformedEvent",
    "Route",
    "SignatureError",
    "StripeReader",
    "holds_secret",
    "key_is_restricted",
    "key_livemode",
    "minimise",
    "normalise",
    "normalise_object",
    "redact",
    "route_for",
    "verify",
    "version_of",
]
