"""Stripe's refusals as outcomes of ours, without ever repeating a key."""

import re

import stripe

from ...canonical import NeedsHuman, Transient
from .secrets import redact

#: What a message says that a permission is missing: "Having the 'rak_invoice_read' permission …".
PERMISSION = re.compile(r"'(rak_\w+)' permission")
MISSING = "resource_missing"


def is_permission(error):
    """Whether the key lacks the permission for the call."""
    forbidden = isinstance(error, stripe.PermissionError)
    return forbidden or bool(PERMISSION.search(_text(error)))


def is_absent(error):
    """Whether the object that was asked for does not exist under this key."""
    if not isinstance(error, stripe.InvalidRequestError) or is_permission(error):
        return False
    return error.http_status == 404 or error.code == MISSING


def outcome_of(error, key="read key"):
    """The outcome that stands for an error of the SDK; `key` is what people call the key in use."""
    text = _text(error)
    if is_permission(error):
        slug = PERMISSION.search(text)
        return NeedsHuman(
            "stripe_permission",
            f"The {key} lacks a permission{f' ({slug[1]})' if slug else ''}. Add it in Stripe"
            " under Developers → API keys → the key → Edit, then use “Check Key” on the"
            f" connection. Stripe says: {text}",
            key=slug[1] if slug else "",
        )
    for kinds, prepare in OUTCOMES:
        if isinstance(error, kinds):
            return prepare(text, key)
    return NeedsHuman(
        "stripe_request", f"Stripe refused a request: {text}", key=type(error).__name__
    )


OUTCOMES = (
    (
        stripe.AuthenticationError,
        lambda text, key: NeedsHuman(
            "stripe_key",
            f"Stripe does not accept the {key}: it was rolled, deleted or mistyped. Put the"
            f" current one where “{key.title()}” points to. Stripe says: {text}",
            key="read_key",
        ),
    ),
    (
        stripe.RateLimitError,
        lambda text, _key: Transient("stripe_busy", f"Stripe asks for fewer requests: {text}"),
    ),
    (
        stripe.APIConnectionError,
        lambda text, _key: Transient("stripe_unreachable", f"Stripe cannot be reached: {text}"),
    ),
    (
        stripe.APIError,
        lambda text, _key: Transient("stripe_error", f"Stripe has a problem of its own: {text}"),
    ),
)


def _text(error):
    """What the error says, with no key in it: Stripe repeats them, in part or whole."""
    return redact(str(error.user_message or error))
