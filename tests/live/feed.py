"""A subscriber of the outbound feed beside a live Odoo: it remembers everything that came."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import stripe

from dev import odoo_server

SECRET = "feed of the live tests"
#: What Odoo's process has to know of it.
ENV = {"LIVE_FEED_SECRET": SECRET, "SAAS_BILLING_FEED_HOSTS": "127.0.0.1"}
OPEN = """SELECT (SELECT count(*) FROM saas_feed_message WHERE sequence IS NULL)
               + (SELECT count(*) FROM saas_feed_delivery WHERE state = 'pending')"""


class LiveFeed:
    """Listens on loopback, and subscribes to every topic of a world."""

    def __init__(self, world):
        self.world = world
        self.messages = []
        feed = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stripe.Webhook.construct_event(body, self.headers["Saas-Signature"], SECRET)
                feed.messages.append(json.loads(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._subscribe(f"http://127.0.0.1:{self._server.server_address[1]}/")

    def _subscribe(self, url):
        topics = self._rpc("saas.feed.topic", "search", [[]])
        values = {"name": "Live", "url": url, "secret_ref": "env:LIVE_FEED_SECRET"}
        self._rpc("saas.feed.subscriber", "create", [{**values, "topic_ids": [(6, 0, topics)]}])

    def _rpc(self, model, method, arguments):
        books = self.world.books
        return odoo_server.rpc(self.world.server.url, books.database, model, method, arguments)

    def close(self):
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def wait_until_sent(self, timeout=300):
        """Until nothing is left to number or to deliver."""
        deadline = time.monotonic() + timeout
        while self.world.books.query(OPEN) != "0":
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.world.books.query(OPEN)} messages were not delivered")
            time.sleep(0.5)

    def first_arrivals(self):
        """Each message once, as a subscriber keeps them that goes by their ids."""
        return list({message["id"]: message for message in self.messages}.values())
