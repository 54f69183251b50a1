"""A subscriber on loopback: verifies with Stripe's own library, and remembers what it took."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import stripe

SECRET = "feed secret of the tests"


class FeedReceiver:
    """`answer(message)` gives the status; what does not verify is answered with 401."""

    def __init__(self, secret=SECRET):
        self.secret = secret
        self.answer = lambda _message: 200
        self.requests = []
        """(status, message, headers) of everything that came."""
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/feed"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def messages(self):
        """What was taken, in order of arrival."""
        return [message for status, message, _headers in self.requests if status == 200]

    def _receive(self, body, headers):
        try:
            stripe.Webhook.construct_event(body, headers["Saas-Signature"], self.secret)
        except stripe.SignatureVerificationError:
            status, message = 401, None
        else:
            message = json.loads(body)
            status = self.answer(message)
        with self._lock:
            self.requests.append((status, message, dict(headers)))
        return status

    def _make_handler(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver._receive(body, self.headers)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", receiver.url)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                """Nothing is printed."""

        return Handler
