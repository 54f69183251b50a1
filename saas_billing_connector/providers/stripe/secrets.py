"""What can be told of a Stripe secret by its look: that it is one, its mode, its reach."""

import re

SECRET = re.compile(r"\b(?:whsec|[rs]k_(?:live|test))_[\w*]+")
MODES = {"live": True, "test": False}


def holds_secret(text):
    """Whether a text contains a webhook secret or an API key."""
    return bool(SECRET.search(text))


def redact(text):
    """The text without the secrets in it, fit to be shown and logged."""
    return SECRET.sub("[secret]", text)


def key_livemode(key):
    """True for a live key, False for a test key, None where the key does not tell."""
    parts = (key or "").split("_")
    return MODES.get(parts[1]) if len(parts) > 2 else None


def key_is_restricted(key):
    """Whether an API key may do only what it was given (`rk_`), not everything (`sk_`)."""
    return key.startswith("rk_")
