"""The signature of a message: HMAC-SHA256 over its time and body, as Stripe signs webhooks."""

import hashlib
import hmac

HEADER = "Saas-Signature"


def sign(body, secrets, timestamp):
    """Value of the header: the time, and a signature per secret (two while one is rolled).

    :param body: bytes as they are sent
    :param timestamp: seconds since 1970
    """
    signed = b"%d." % timestamp + body
    digests = [hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in secrets]
    return ",".join([f"t={timestamp}", *(f"v1={digest}" for digest in digests)])
