"""The simulator over HTTP, with the same few methods as the simulator in the process."""

import json
from datetime import datetime
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from .clock import from_unix
from .errors import StripeError
from .forms import encode


class SimulatorClient:
    """Talks to a running simulator at `url` with a test key."""

    def __init__(self, url: str, api_key: str = "sk_test_simulator"):
        self.url = url.rstrip("/")
        self.api_key = api_key

    def request(self, method: str, path: str, params: dict | None = None) -> dict:
        """One API request; raises StripeError."""
        form = encode(params or {})
        target = f"{path}?{form}" if method == "GET" and form else path
        body = form.encode() if method == "POST" else None
        headers = {"Authorization": f"Bearer {self.api_key}"}
        return self._send(method, target, body, headers)

    def control(self, method: str, path: str, params: dict | None = None) -> dict:
        """One control request, such as ("GET", "clock")."""
        body = json.dumps(params or {}).encode() if method != "GET" else None
        return self._send(method, f"/_simulator/{path}", body, {})

    def act(self, name: str, **options: object) -> dict:
        """Let a bank, a customer or Stripe do something; see `actions.ACTIONS`."""
        return self.control("POST", "actions", {"action": name, **options})

    @property
    def now(self) -> datetime:
        """The simulated present."""
        return from_unix(self.control("GET", "clock")["now"])

    def advance_to(self, moment: datetime) -> dict:
        """Let simulated time pass; returns when all deliveries are over, with their counts."""
        return self.control("POST", "clock/advance", {"to": moment.isoformat()})

    def _send(self, method: str, target: str, body: bytes | None, headers: dict) -> dict:
        request = Request(self.url + target, body, headers, method=method)
        try:
            with urlopen(request) as response:
                return json.load(response)
        except HTTPError as error:
            details = json.load(error)["error"]
            kind, message = details.pop("type"), details.pop("message")
            raise StripeError(message, status=error.code, kind=kind, **details) from error
