"""Is this body from Stripe, and recent? (header `Stripe-Signature`)."""

import stripe

from ..envelope import SignatureError

#: Seconds that a signature's timestamp may lie back; Stripe signs every retry anew.
TOLERANCE = 300


def verify(body, header, secrets):
    """Verify raw bytes against any of the secrets and return the body as text.

    Several secrets are live while one is rolled; any one that fits will do.

    :param bytes body: the request's body, byte for byte
    :param header: value of `Stripe-Signature`, or None
    :param secrets: signing secrets, the current one first
    :raises SignatureError: missing, malformed, stale or wrong signature, or nothing to check with
    """
    if not header:
        raise SignatureError("the Stripe-Signature header is missing")
    if not secrets:
        raise SignatureError("no webhook secret is available for this connection")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SignatureError("the body is not UTF-8") from error
    failure = None
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(text, header, secret, tolerance=TOLERANCE)
        except stripe.SignatureVerificationError as error:
            failure = error
        else:
            return text
    raise SignatureError(failure.user_message or "no signature fits")
