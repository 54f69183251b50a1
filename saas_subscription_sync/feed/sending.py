"""Sending over HTTP to addresses that people typed in: to the outside only, and never further.

The address is judged after connecting and before anything is sent, by the socket's own peer: a name
that resolves to something else the second time gains nothing.
"""

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

USER_AGENT = "saas-billing-feed/1"
#: Seconds to connect, and between two pieces of an answer.
TIMEOUT = 10


class Forbidden(Exception):
    """An address that nothing is sent to."""


class Answer(NamedTuple):
    """What became of one message.

    :ivar status: HTTP status, 0 where nobody answered
    :ivar error: what went wrong, empty where it was taken
    """

    status: int
    error: str = ""

    @property
    def is_taken(self):
        return not self.error


def find_fault(url, allowed_hosts=()):
    """What is wrong with an address, or nothing.

    :returns: one of `invalid`, `credentials`, `https`, `address`, or None
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "invalid"
    if not host or parts.scheme not in ("http", "https") or parts.fragment:
        return "invalid"
    if parts.username or parts.password:
        return "credentials"
    if host in allowed_hosts:
        return None
    if parts.scheme != "https":
        return "https"
    return None if _is_outside_name(host) else "address"


def _is_outside_name(host):
    if host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return is_outside(host)
    except ValueError:
        return True  # a name: judged once it is connected to


def is_outside(address):
    """Whether an IP address is one of the public internet."""
    found = ipaddress.ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_global and not found.is_multicast


def make_session(allowed_hosts=()):
    """A session that reaches public addresses and the allowed hosts, directly."""
    session = requests.Session()
    # Neither a proxy nor a password of the server's environment is for subscribers.
    session.trust_env = False
    adapter = _GuardedAdapter(frozenset(allowed_hosts))
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def post(session, url, body, headers):
    """Send one message; the answer's content is not read."""
    try:
        with session.post(
            url,
            data=body,
            headers={"Content-Type": "application/json", "User-Agent": USER_AGENT, **headers},
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as response:
            status = response.status_code
    except Forbidden as error:
        return Answer(0, str(error))
    except requests.Timeout:
        return Answer(0, f"No answer within {TIMEOUT} seconds")
    except requests.exceptions.SSLError:
        return Answer(0, "The certificate is not valid")
    except (requests.RequestException, OSError, ValueError) as error:
        return Answer(0, f"Not reached ({type(error).__name__})")
    if 200 <= status < 300:
        return Answer(status)
    if 300 <= status < 400:
        return Answer(status, "Redirects are not followed")
    return Answer(status, f"Answered {status}")


def _guarded(connection_class, allowed_hosts):
    class Guarded(connection_class):
        def _new_conn(self):
            connected = super()._new_conn()
            peer = connected.getpeername()[0]
            if self.host not in allowed_hosts and not is_outside(peer):
                connected.close()
                raise Forbidden(f"{self.host} is not on the public internet")
            return connected

    return Guarded


class _GuardedAdapter(HTTPAdapter):
    """Looks at the peer of every new connection."""

    def __init__(self, allowed_hosts):
        self._pools = {
            scheme: type(pool.__name__, (pool,), {"ConnectionCls": _guarded(each, allowed_hosts)})
            for scheme, pool, each in (
                ("http", HTTPConnectionPool, HTTPConnection),
                ("https", HTTPSConnectionPool, HTTPSConnection),
            )
        }
        super().__init__(max_retries=0)

    def get_connection_with_tls_context(self, *arguments, **options):
        self.poolmanager.pool_classes_by_scheme = self._pools
        return super().get_connection_with_tls_context(*arguments, **options)
