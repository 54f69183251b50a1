"""Billing platforms: one folder each, and what the rest of the suite may ask of them.

Nothing outside a provider's own folder knows its words. The engine finds the adapter of a
connection by `saas.billing.connection._get_adapter()`; handlers see canonical records only.
"""

from .adapter import Adapter
from .envelope import Envelope, MalformedEvent, SignatureError
from .page import Page
from .routes import ACCOUNTING, SERVICE, Ignored, Route

__all__ = [
    "ACCOUNTING",
    "SERVICE",
    "Adapter",
    "Envelope",
    "Ignored",
    "MalformedEvent",
    "Page",
    "Route",
    "SignatureError",
]
