"""The simulator as a Python object: its account, its clock, its webhooks and its HTTP server."""

import json
import threading
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from . import actions, api
from .api_faults import ApiFaults
from .clock import from_unix, to_unix
from .errors import StripeError
from .events import COMPACT, EventRecord, subscribed
from .faults import Delivery, Faults
from .forms import typed
from .keys import Keys
from .renderers import has_event, render, render_event
from .resources import webhook_endpoint
from .server import Server
from .settings import Settings
from .webhooks import RETRY_DELAYS, Dispatcher
from .world import World

DEFAULT_START = datetime(2025, 9, 1, tzinfo=UTC)
POLL = 0.02
"""Wall seconds in which the server notices that it is to stop."""
COUNTS = ("attempts", "delivered", "retried", "failed")


class StripeSimulator:
    """A small Stripe.

    `start` is the first simulated moment, `seed` decides every identifier. `event_days` forgets
    events after so many simulated days (None keeps all). `concurrency` and `retry_delays` (wall
    seconds) govern webhook deliveries.
    """

    def __init__(
        self,
        start: datetime = DEFAULT_START,
        seed: int | str = 0,
        *,
        settings: Settings | None = None,
        event_days: int | None = None,
        concurrency: int = 4,
        retry_delays: tuple[float, ...] = RETRY_DELAYS,
    ):
        keep = None if event_days is None else int(timedelta(days=event_days).total_seconds())
        self.world = World(to_unix(start), seed, settings, keep)
        self.world.listeners.append(self._collect)
        self.faults = Faults(seed)
        self.api_faults = ApiFaults()
        self.keys = Keys()
        self.dispatcher = Dispatcher(self._endpoint, self._acknowledged, concurrency, retry_delays)
        self._outbox: list[Delivery] = []
        self._answers: dict[str, tuple[tuple, int, dict]] = {}
        self._server: Server | None = None

    # Clock

    @property
    def now(self) -> datetime:
        """The simulated present."""
        return from_unix(self.world.now)

    def advance_to(self, moment: datetime, *, wait: bool = True) -> dict:
        """Let simulated time pass to `moment`.

        With `wait`, returns when every delivery was acknowledged or given up. The result counts
        tasks, events and deliveries of this call.
        """
        before = Counter(self.dispatcher.counts)
        with self.world.lock:
            events = self.world.log.total
            tasks = self.world.advance(to_unix(moment))
            events = self.world.log.total - events
            self._flush()
        if wait:
            self.dispatcher.drain()
        counts = {name: self.dispatcher.counts[name] - before[name] for name in COUNTS}
        return {"now": self.world.now, "tasks": tasks, "events": events, **counts}

    # Requests

    def request(
        self, method: str, path: str, params: dict | None = None, *, key: str | None = None
    ) -> dict:
        """One API request without HTTP; `key` is its idempotency key. Raises StripeError."""
        return json.loads(self.answer(method, path, typed(params or {}), key)[1])

    def answer(
        self,
        method: str,
        path: str,
        params: dict,
        key: str | None = None,
        *,
        version: str | None = None,
    ) -> tuple[int, str, str]:
        """Status, JSON text and request id of one API request; errors are raised.

        `version` is the API version that the answer is rendered at, the account's by default.
        """
        with self.world.lock:
            status, text, request_id = self._answer(method, path, params, key)
            if version and version != self.world.settings.api_version:
                text = json.dumps(render(json.loads(text), version, self.world))
            return status, text, request_id

    def _answer(
        self, method: str, path: str, params: dict, key: str | None
    ) -> tuple[int, str, str]:
        if method == "GET":
            text = json.dumps(self._act(method, path, dict(params)))
            return 200, text, self.world.ids.new("req_read")
        if key is None:
            return self._change(method, path, params, None)
        return self._once(method, path, params, key)

    def _once(self, method: str, path: str, params: dict, key: str) -> tuple[int, str, str]:
        """The first answer for an idempotency key is kept and repeated."""
        asked = (method, path, json.dumps(params, sort_keys=True, default=str))
        if key not in self._answers:
            self._answers[key] = asked, self._change(method, path, params, key)
        known, answer = self._answers[key]
        if known != asked:
            raise StripeError(
                "Keys for idempotent requests can only be used with the same parameters they"
                " were first used with.",
                kind="idempotency_error",
            )
        return answer

    def _change(
        self, method: str, path: str, params: dict, key: str | None
    ) -> tuple[int, str, str]:
        with self.world.requested(key) as request_id:
            text = json.dumps(self._act(method, path, dict(params)))
        self._flush()
        return 200, text, request_id

    def _act(self, method: str, path: str, params: dict) -> dict:
        return api.handle(self.world, method, path, params)

    # Events and their delivery

    @property
    def events(self) -> list[dict]:
        """Every event kept, oldest first."""
        with self.world.lock:
            return [record.as_dict() for record in self.world.log.oldest_first()]

    def add_endpoint(
        self,
        url: str,
        secret: str | None = None,
        *,
        enabled_events: Iterable[str] = ("*",),
        api_version: str | None = None,
    ) -> dict:
        """Register a webhook endpoint; the answer includes its `secret`."""
        params = {"url": url, "enabled_events": list(enabled_events), "api_version": api_version}
        with self.world.lock:
            endpoint = webhook_endpoint.register(self.world, params, secret)
            return {**endpoint, "secret": self.world.secrets[endpoint["id"]][0]}

    def roll_secret(self, endpoint_id: str, *, keep_old: bool = True) -> str:
        """A new signing secret; while the old one is kept, both sign."""
        with self.world.lock:
            return webhook_endpoint.roll_secret(self.world, endpoint_id, keep_old=keep_old)

    def _collect(self, record: EventRecord) -> None:
        """Address a new event to every endpoint that wants it."""
        wanting = [
            endpoint
            for endpoint in self.world.store.all("webhook_endpoint")
            if endpoint["status"] == "enabled"
            and subscribed(endpoint["enabled_events"], record.type)
            and has_event(record.type, self._version(endpoint))
        ]
        record.waiting.update(endpoint["id"] for endpoint in wanting)
        self._outbox += [self._delivery(record, endpoint) for endpoint in wanting]

    def _version(self, endpoint: dict) -> str:
        return endpoint["api_version"] or self.world.settings.api_version

    def _delivery(self, record: EventRecord, endpoint: dict) -> Delivery:
        body = event_text(record, self._version(endpoint), self.world)
        return Delivery(endpoint["id"], record.id, record.type, body.encode())

    def _flush(self) -> None:
        """Send what happened since the last time, with the faults that are on."""
        outbox, self._outbox = self._outbox, []
        self.dispatcher.put(self.faults.plan(outbox), self.faults.burst_size())

    def deliver(
        self, events: Iterable[str | dict], *, endpoint: str | None = None, wait: bool = True
    ) -> None:
        """Send events (ids or Event objects) once more, past every fault, to one or all."""
        identifiers = [each if isinstance(each, str) else each["id"] for each in events]
        with self.world.lock:
            records = [self.world.log.get(identifier) for identifier in identifiers]
            endpoints = [
                each
                for each in self.world.store.all("webhook_endpoint")
                if endpoint in (None, each["id"])
            ]
            deliveries = [
                self._delivery(record, each)
                for record in records
                for each in endpoints
                if has_event(record.type, self._version(each))
            ]
        self.dispatcher.put(deliveries)
        if wait:
            self.dispatcher.drain()

    def redeliver(
        self,
        *,
        types: Iterable[str] = ("*",),
        since: datetime | None = None,
        only_waiting: bool = False,
        wait: bool = True,
    ) -> int:
        """Send chosen events once more, in order; returns how many.

        `only_waiting` chooses those that some endpoint has not acknowledged: dropped or given up.
        """
        patterns, start = list(types), to_unix(since) if since else 0
        with self.world.lock:
            chosen = [
                record.id
                for record in self.world.log.oldest_first()
                if record.created >= start
                and subscribed(patterns, record.type)
                and (record.waiting or not only_waiting)
            ]
        self.deliver(chosen, wait=wait)
        return len(chosen)

    def drain(self, timeout: float | None = None) -> bool:
        """Wait for all deliveries to be acknowledged or given up."""
        return self.dispatcher.drain(timeout)

    def _endpoint(self, endpoint_id: str) -> tuple[str, list[str]] | None:
        with self.world.lock:
            endpoint = self.world.store.find("webhook_endpoint", endpoint_id)
            if endpoint is None or endpoint["status"] != "enabled":
                return None
            return endpoint["url"], list(self.world.secrets[endpoint_id])

    def _acknowledged(self, delivery: Delivery) -> None:
        with self.world.lock:
            record = self.world.log.find(delivery.event)
            if record is not None:
                record.waiting.discard(delivery.endpoint)

    # What others do

    def act(self, name: str, **options: object) -> dict:
        """Let a bank, a customer or Stripe do something; see `actions.ACTIONS`."""
        with self.world.lock:
            text = json.dumps(actions.act(self.world, name, options))
        self._flush()
        return json.loads(text)

    def set_card(self, customer_id: str, *, works: bool) -> None:
        """Let every card of a customer work or fail from now on."""
        with self.world.lock:
            if works:
                self.world.declined_cards.discard(customer_id)
            else:
                self.world.declined_cards.add(customer_id)

    # Server

    def start(self, port: int = 0) -> str:
        """Serve HTTP on 127.0.0.1 and return the base URL; port 0 takes any free one."""
        self._server = Server(self, port)
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(POLL,), name="stripe", daemon=True).start()
        return self.url

    @property
    def url(self) -> str:
        """The base URL while serving, such as http://127.0.0.1:8420."""
        if self._server is None:
            raise RuntimeError("the simulator is not serving; call start() first")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Stop serving and delivering."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self.dispatcher.close()

    def state(self) -> dict:
        """Counts of everything, for people and health checks."""
        with self.world.lock:
            return {
                "now": self.world.now,
                "objects": {kind: len(ids) for kind, ids in self.world.store.kinds.items()},
                "events": self.world.log.total,
                "tasks": len(self.world.agenda),
                "deliveries": {
                    **{name: self.dispatcher.counts[name] for name in COUNTS},
                    "outstanding": self.dispatcher.outstanding(),
                },
                "dropped": list(self.faults.dropped),
                "faults": [fault_state(fault) for fault in self.faults.active],
            }


def event_text(record: EventRecord, version: str, world: World) -> str:
    """The body of an event for an endpoint of some version, as JSON text."""
    if version == world.settings.api_version:
        return record.text_now()
    event = render_event(record.as_dict(), version, world)
    return json.dumps(event, separators=COMPACT, ensure_ascii=False)


def fault_state(fault: object) -> dict:
    """A fault as JSON."""
    return {
        "kind": fault.kind,
        "rate": fault.rate,
        "types": list(fault.types),
        "count": fault.count,
        "applied": fault.applied,
        **fault.options,
    }
