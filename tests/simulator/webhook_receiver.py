"""A receiver of webhooks for tests: verifies with Stripe's own library and remembers."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import stripe

SECRET = "whsec_receiver"


class Receiver:
    """Listens on the loopback address; `answers` are given first, then 200 for what verifies."""

    def __init__(self, secret: str = SECRET):
        self.secret = secret
        self.answers: list[int] = []
        self.events: list[dict] = []
        """Verified events in order of arrival."""
        self.rejected: list[str] = []
        """Why deliveries did not verify."""
        self.signatures: list[str] = []
        self.at_once = 0
        """The most deliveries that were being answered at the same time."""
        self.delay = 0.0
        """Wall seconds each answer takes."""
        self._open = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/stripe"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def ids(self) -> list[str]:
        """Ids of the verified events in order of arrival."""
        return [event["id"] for event in self.events]

    def receive(self, body: bytes, signature: str) -> int:
        """The status to answer."""
        with self._lock:
            self._open += 1
            self.at_once = max(self.at_once, self._open)
            self.signatures.append(signature)
            refusal = self.answers.pop(0) if self.answers else None
        time.sleep(self.delay)
        with self._lock:
            self._open -= 1
            return refusal or self._verify(body, signature)

    def _verify(self, body: bytes, signature: str) -> int:
        try:
            stripe.Webhook.construct_event(body, signature, self.secret)
        except stripe.SignatureVerificationError as error:
            self.rejected.append(str(error))
            return 400
        self.events.append(json.loads(body))
        return 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.receive(body, self.headers["Stripe-Signature"])
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is printed."""

        return Handler
