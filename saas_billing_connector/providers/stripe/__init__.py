"""The Stripe adapter: everything that knows Stripe's words, and nothing that knows Odoo."""

from ..envelope import MalformedEvent, SignatureError
from ..routes import Ignored, Route
from .adapter import StripeAdapter
from .client import API_VERSION, StripeReader
from .endpoints import StripeEndpoints, differences, handled_types
from .envelope import Envelope
from .imported import dump, imported_event
from .inner_lists import cut_lists
from .minimise import minimise
from .normalise import normalise, normalise_object
from .permissions import excess_permissions, missing_permissions
from .routing import route_for
from .secrets import holds_secret, key_is_restricted, key_livemode, redact
from .signature import verify
from .version import version_of

__all__ = [
    "API_VERSION",
    "Envelope",
    "Ignored",
    "MalformedEvent",
    "Route",
    "SignatureError",
    "StripeAdapter",
    "StripeEndpoints",
    "StripeReader",
    "cut_lists",
    "dump",
    "excess_permissions",
    "differences",
    "handled_types",
    "holds_secret",
    "imported_event",
    "key_is_restricted",
    "key_livemode",
    "minimise",
    "missing_permissions",
    "normalise",
    "normalise_object",
    "redact",
    "route_for",
    "verify",
    "version_of",
]
