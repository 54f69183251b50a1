"""HTTP on the loopback address: Stripe's API under /v1 and the control under /_simulator."""

import base64
import errno
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from . import control
from .api_faults import CUT, ConnectionCut
from .errors import StripeError
from .forms import decode

if TYPE_CHECKING:
    from .simulator import StripeSimulator

ADDRESS = "127.0.0.1"
KEY_PREFIXES = ("sk_test_", "rk_test_")


class PortInUse(RuntimeError):
    """Another program listens on the port."""


class Server(ThreadingHTTPServer):
    """Serves one simulator."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, simulator: "StripeSimulator", port: int):
        self.simulator = simulator
        try:
            super().__init__((ADDRESS, port), Handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortInUse(
                f"Port {port} on {ADDRESS} is in use by another program;"
                " stop it or choose another port."
            ) from error


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        try:
            if path.startswith("/_simulator"):
                answer = control.handle(self.server.simulator, self.command, path, body)
                self._send(200, json.dumps(answer), None)
            else:
                self._stripe(path, parts.query, body)
        except StripeError as error:
            self._send(error.status, json.dumps(error.body()), None)
        except ConnectionCut:
            self.close_connection = True
        except Exception as error:  # one broken request must not look like a lost connection
            self.log_error("%r", error)
            answer = StripeError(repr(error), status=500, kind="api_error").body()
            self._send(500, json.dumps(answer), None)

    def _stripe(self, path: str, query: str, body: bytes) -> None:
        simulator = self.server.simulator
        self._check_key()
        fault = simulator.api_faults.check(path)
        if fault and fault.status == CUT:
            raise ConnectionCut
        if fault:
            self._send(fault.status, json.dumps(fault.error().body()), None, fault.retry_after)
            return
        account = simulator.world.settings.account_id
        simulator.keys.check(self._key(), self.command, path, account)
        text = body.decode() if self.command == "POST" or body else query
        params = decode(text)
        key = self.headers.get("Idempotency-Key")
        status, answer, request_id = simulator.answer(
            self.command, path, params, key, version=self._version()
        )
        self._send(status, answer, request_id)

    def _version(self) -> str:
        """The API version that the request asks for."""
        own = self.server.simulator.world.settings.api_version
        return self.headers.get("Stripe-Version") or own

    def _check_key(self) -> None:
        key = self._key()
        if not key.startswith(KEY_PREFIXES):
            shown = f"{key[:8]}…" if key else "none"
            raise StripeError(f"Invalid API Key provided: {shown}", status=401)

    def _key(self) -> str:
        """The API key from a Bearer token or the user name of Basic authentication."""
        scheme, _space, value = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            return base64.b64decode(value).decode().partition(":")[0]
        return value

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The `Date` of every answer is the simulated present."""
        return super().date_time_string(timestamp or self.server.simulator.world.now)

    def _send(
        self, status: int, text: str, request_id: str | None, retry_after: int | None = None
    ) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Stripe-Version", self._version())
        if request_id:
            self.send_header("Request-Id", request_id)
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: a story makes thousands."""

    def log_error(self, format: str, *args: object) -> None:
        BaseHTTPRequestHandler.log_message(self, format, *args)
