"""The state of the simulated account and the two ways it changes: requests and passing time."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock

from .agenda import Agenda
from .changes import plain_copy, previous_attributes
from .errors import bad_reference, missing
from .events import EventLog, EventRecord, event_body
from .ids import IdGenerator
from .settings import Settings
from .store import Store

AUTOMATIC = {"id": None, "idempotency_key": None}


class World:
    """Simulated time, objects, events and pending work; every change happens under `lock`."""

    def __init__(
        self,
        start: int,
        seed: int | str = 0,
        settings: Settings | None = None,
        keep_events_seconds: int | None = None,
    ):
        self.now = start
        self.settings = settings or Settings()
        self.ids = IdGenerator(seed)
        self.store = Store()
        self.agenda = Agenda()
        self.log = EventLog(keep_events_seconds)
        self.lock = RLock()
        self.request = AUTOMATIC
        self.listeners: list[Callable[[EventRecord], None]] = []
        self.lines: dict[str, list[dict]] = {}
        """All lines of each invoice and credit note; the objects themselves show the first ten."""
        self.line_rates: dict[str, list[str]] = {}
        """The tax rates of each line of an invoice."""
        self.tiers: dict[str, list[dict]] = {}
        """The tiers of each price that has any."""
        self.usage: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        """Time and value of what was reported, by meter and customer."""
        self.usage_identifiers: set[str] = set()
        self.debits: dict[str, dict] = {}
        """For each subscription item, what was last charged for its current period."""
        self.item_lines: dict[str, tuple[str, str]] = {}
        """Invoice and line on which each invoice item was billed."""
        self.attempts: dict[str, int] = {}
        """For each open invoice, the time of its first payment attempt."""
        self.due_after: dict[str, int] = {}
        """For each draft to be sent, the seconds from finalisation to its due date."""
        self.unsettled: list[str] = []
        """Balance transactions that no payout has taken yet, oldest first."""
        self.settlement_days: set[tuple[int, str]] = set()
        """When the agenda already lets balance transactions become available, or pays them out."""
        self.next_payout_failures: list[str] = []
        """Codes with which the bank will refuse the next payouts."""
        self.pending_items: dict[str, list[str]] = defaultdict(list)
        """Invoice items waiting for an invoice, by customer."""
        self.secrets: dict[str, list[str]] = {}
        """Live signing secrets of each webhook endpoint, the newest first."""
        self.declined_cards: set[str] = set()
        """Customers whose card fails whatever the payment method says."""

    def get(self, kind: str, identifier: object) -> dict:
        """The object that a URL names, or a 404."""
        obj = self.store.find(kind, identifier)
        if obj is None:
            raise missing(kind, str(identifier))
        return obj

    def refer(self, param: str, kind: str, identifier: object) -> dict:
        """The object that a parameter names, or a 400."""
        obj = self.store.find(kind, identifier)
        if obj is None:
            raise bad_reference(param, kind, identifier)
        return obj

    def emit(self, event_type: str, obj: dict, previous: dict | None = None) -> EventRecord:
        """Record that something happened to `obj`, and tell the listeners."""
        record = self.log.add(
            event_body(
                self.ids.new("evt"),
                event_type,
                obj,
                created=self.now,
                api_version=self.settings.api_version,
                request=self.request,
                previous=previous,
            )
        )
        for listener in self.listeners:
            listener(record)
        return record

    def create(self, obj: dict, event_type: str | None = None) -> dict:
        """Add an object, with the event of its creation."""
        self.store.add(obj)
        if event_type:
            self.emit(event_type, obj)
        return obj

    @contextmanager
    def updating(self, obj: dict, event_type: str | None) -> Iterator[None]:
        """Emit `event_type` with the previous attributes if the block changes `obj`."""
        before = plain_copy(obj)
        yield
        previous = previous_attributes(before, obj)
        if previous and event_type:
            self.emit(event_type, obj, previous)

    @contextmanager
    def requested(self, idempotency_key: str | None) -> Iterator[str]:
        """Attribute the events of the block to one API request."""
        identifier = self.ids.new("req")
        self.request = {"id": identifier, "idempotency_key": idempotency_key}
        try:
            yield identifier
        finally:
            self.request = AUTOMATIC

    def advance(self, target: int) -> int:
        """Let time pass to `target`, doing everything due on the way; returns the tasks done."""
        if target < self.now:
            raise ValueError(f"the clock cannot go back from {self.now} to {target}")
        done = 0
        while (due := self.agenda.next_due()) is not None and due <= target:
            due, task, arguments = self.agenda.pop()
            self.now = max(self.now, due)
            task(self, *arguments)
            done += 1
        self.now = target
        return done
