"""The Stripe adapter: everything that knows Stripe's words, and nothing that knows Odoo."""

from .client import StripeReader
from .envelope import Envelope, MalformedEvent
from .normalise import normalise, normalise_object
from .routing import Ignored, Route, route_for
from .signature import SignatureError, verify

__all__ = [
    "Envelope",
    "Ignored",
    "MalformedEvent",
    "Route",
    "SignatureError",
    "StripeReader",
    "normalise",
    "normalise_object",
    "route_for",
    "verify",
]
