"""The `Stripe-Signature` header."""

import hashlib
import hmac
from collections.abc import Iterable


def signature(body: bytes, secret: str, timestamp: int) -> str:
    """The v1 scheme: HMAC-SHA256 of timestamp, a dot and the raw body, under the whole secret."""
    signed = f"{timestamp}.".encode() + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def header(body: bytes, secrets: Iterable[str], timestamp: int) -> str:
    """`t=…,v1=…` with one signature for each live secret."""
    parts = [f"t={timestamp}"]
    parts += [f"v1={signature(body, secret, timestamp)}" for secret in secrets]
    return ",".join(parts)
