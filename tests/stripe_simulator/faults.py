"""What can go wrong between Stripe and a receiver, each kind a switch.

A fault applies to a share of the deliveries (`rate`), of some event types (`types`, patterns), at
most so many times (`count`). Choices are drawn from the simulator's seed.
"""

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from .events import COMPACT, subscribed

HOUR = 3600
WRONG_SECRET = "whsec_not_the_secret_of_this_endpoint"
UNKNOWN_TYPE = "invoice.teleported"


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one endpoint."""

    endpoint: str
    event: str
    event_type: str
    body: bytes
    delay: float = 0.0
    """Wall seconds before the first attempt."""
    age: int = 0
    """Seconds that the signature's timestamp lies in the past."""
    secret: str | None = None
    """Signs instead of the endpoint's own secrets."""
    faulty_attempts: int | None = None
    """How many attempts `age` and `secret` spoil; None is all."""
    body_sent: bytes | None = None
    """Sent instead of the signed body."""


@dataclass
class Fault:
    """One switched-on fault."""

    kind: str
    rate: float = 1.0
    types: tuple[str, ...] = ("*",)
    count: int | None = None
    options: dict = field(default_factory=dict)
    applied: int = 0

    def wants(self, delivery: Delivery, choose: random.Random) -> bool:
        """Whether this delivery is hit; counts the hits."""
        if self.count is not None and self.applied >= self.count:
            return False
        if not subscribed(list(self.types), delivery.event_type) or choose.random() >= self.rate:
            return False
        self.applied += 1
        return True


def _changed_body(delivery: Delivery, change: Callable[[dict], None]) -> bytes:
    event = json.loads(delivery.body)
    change(event)
    return json.dumps(event, separators=COMPACT, ensure_ascii=False).encode()


def _duplicate(fault: Fault, delivery: Delivery) -> list[Delivery]:
    return [delivery] * (1 + fault.options.get("copies", 1))


def _twin(fault: Fault, delivery: Delivery) -> list[Delivery]:
    """The same change told again by a second event with its own id."""
    twin = f"{delivery.event}Twin"
    body = _changed_body(delivery, lambda event: event.update(id=twin))
    return [delivery, replace(delivery, event=twin, body=body)]


def _late(fault: Fault, delivery: Delivery) -> list[Delivery]:
    return [replace(delivery, delay=fault.options.get("seconds", 0.5))]


def _wrong_secret(fault: Fault, delivery: Delivery) -> list[Delivery]:
    attempts = fault.options.get("attempts", 1)
    return [replace(delivery, secret=WRONG_SECRET, faulty_attempts=attempts)]


def _stale(fault: Fault, delivery: Delivery) -> list[Delivery]:
    age = fault.options.get("seconds", HOUR)
    return [replace(delivery, age=age, faulty_attempts=fault.options.get("attempts", 1))]


def _tampered(fault: Fault, delivery: Delivery) -> list[Delivery]:
    body = delivery.body.replace(b'"livemode":false', b'"livemode":true')
    attempts = fault.options.get("attempts", 1)
    return [replace(delivery, body_sent=body, faulty_attempts=attempts)]


def _unknown_type(fault: Fault, delivery: Delivery) -> list[Delivery]:
    """An extra event of a type that does not exist."""
    name = f"{delivery.event}Unknown"
    body = _changed_body(delivery, lambda event: event.update(id=name, type=UNKNOWN_TYPE))
    extra = replace(delivery, event=name, event_type=UNKNOWN_TYPE, body=body)
    return [delivery, extra]


def _missing_field(fault: Fault, delivery: Delivery) -> list[Delivery]:
    """The event without one field, `data.object.customer` unless `field` says otherwise."""
    *path, last = fault.options.get("field", "data.object.customer").split(".")

    def remove(event: dict) -> None:
        for key in path:
            event = event.get(key) or {}
        event.pop(last, None)

    return [replace(delivery, body=_changed_body(delivery, remove))]


def _dropped(fault: Fault, delivery: Delivery) -> list[Delivery]:
    return []


EACH: dict[str, Callable[[Fault, Delivery], list[Delivery]]] = {
    "duplicate": _duplicate,
    "twin": _twin,
    "late": _late,
    "wrong_secret": _wrong_secret,
    "stale": _stale,
    "tampered": _tampered,
    "unknown_type": _unknown_type,
    "missing_field": _missing_field,
    "dropped": _dropped,
}
"""What becomes of one delivery that is hit."""
WHOLE = ("shuffle", "burst")
"""Faults of the whole stream: order within a window, and many deliveries at the same time."""
KINDS = (*EACH, *WHOLE)


class Faults:
    """The switches, all off at first."""

    def __init__(self, seed: int | str):
        self.active: list[Fault] = []
        self.dropped: list[str] = []
        self._random = random.Random(f"faults:{seed}")

    def add(
        self,
        kind: str,
        *,
        rate: float = 1.0,
        types: Iterable[str] = ("*",),
        count: int | None = None,
        **options: object,
    ) -> Fault:
        """Switch a fault on.

        Options: duplicate `copies`; late `seconds`; wrong_secret, stale and tampered `attempts`
        (how many attempts are spoiled, None for all), stale also `seconds`; missing_field
        `field`; shuffle `window`; burst `size`.
        """
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}; known are {', '.join(KINDS)}")
        fault = Fault(kind, rate, tuple(types), count, dict(options))
        self.active.append(fault)
        return fault

    def clear(self, kind: str | None = None) -> None:
        """Switch faults of one kind, or all, off."""
        self.active = [fault for fault in self.active if kind is not None and fault.kind != kind]

    def plan(self, deliveries: list[Delivery]) -> list[Delivery]:
        """What is really sent instead of `deliveries`, and in which order."""
        for fault in self.active:
            if fault.kind in EACH:
                deliveries = self._each(fault, deliveries)
            elif fault.kind == "shuffle":
                deliveries = self._shuffled(deliveries, fault.options.get("window", 20))
        return deliveries

    def _each(self, fault: Fault, deliveries: list[Delivery]) -> list[Delivery]:
        planned = []
        for delivery in deliveries:
            hit = fault.wants(delivery, self._random)
            planned += EACH[fault.kind](fault, delivery) if hit else [delivery]
            if hit and fault.kind == "dropped":
                self.dropped.append(delivery.event)
        return planned

    def _shuffled(self, deliveries: list[Delivery], window: int) -> list[Delivery]:
        planned = []
        for start in range(0, len(deliveries), window):
            part = deliveries[start : start + window]
            self._random.shuffle(part)
            planned += part
        return planned

    def burst_size(self) -> int | None:
        """How many deliveries go out at the same time while a burst is on."""
        sizes = [each.options.get("size", 32) for each in self.active if each.kind == "burst"]
        return max(sizes, default=None)
