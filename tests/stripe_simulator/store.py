"""Everything the simulated account holds, in order of creation, with indexes for the lists."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator

from .errors import StripeError

INDEXED = {
    "customer_balance_transaction": ("customer",),
    "charge": ("customer", "payment_intent"),
    "credit_note": ("customer", "invoice"),
    "dispute": ("charge", "payment_intent"),
    "invoice": ("customer", "parent.subscription_details.subscription"),
    "invoice_payment": ("invoice", "payment.payment_intent"),
    "invoiceitem": ("customer", "invoice"),
    "payment_intent": ("customer",),
    "payment_method": ("customer",),
    "price": ("product", "lookup_key"),
    "refund": ("charge", "payment_intent"),
    "subscription": ("customer",),
    "tax_id": ("customer",),
    "balance_transaction": ("source", "payout"),
    "billing.credit_balance_transaction": ("credit_grant", "customer"),
    "billing.credit_grant": ("customer",),
}
"""Fields that are fixed when an object is added, or that `link` adds later."""


def look_up(obj: dict, path: str) -> object:
    """The value at a dotted path, None where the path ends early."""
    for key in path.split("."):
        if not isinstance(obj, dict):
            return None
        obj = obj.get(key)
    return obj


def _created(obj: dict) -> int:
    """When an object was created; an invoice item calls it its date."""
    return obj["created"] if "created" in obj else obj["date"]


class Store:
    """Objects by id, and ids by kind and by indexed field, each in ascending order of creation."""

    def __init__(self):
        self.objects: dict[str, dict] = {}
        self.kinds: dict[str, list[str]] = defaultdict(list)
        self.ordinals: dict[str, int] = {}
        self.index: dict[tuple[str, str, str], list[str]] = defaultdict(list)

    def add(self, obj: dict) -> dict:
        """Keep a new object; its id must be free."""
        identifier, kind = obj["id"], obj["object"]
        if identifier in self.objects:
            raise StripeError(
                f"{kind.capitalize()} already exists.", code="resource_already_exists", param="id"
            )
        self.objects[identifier] = obj
        self.ordinals[identifier] = len(self.ordinals)
        self.kinds[kind].append(identifier)
        for field in INDEXED.get(kind, ()):
            value = look_up(obj, field)
            if isinstance(value, str):
                self.index[kind, field, value].append(identifier)
        return obj

    def link(self, kind: str, field: str, value: str, identifier: str) -> None:
        """Make `identifier` found by `field`, a value that came after the object was added."""
        self.index[kind, field, value].append(identifier)

    def remove(self, obj: dict) -> None:
        """Forget an object that was deleted: a draft invoice, a customer, an invoice item."""
        identifier, kind = obj["id"], obj["object"]
        del self.objects[identifier]
        self.kinds[kind].remove(identifier)
        for field in INDEXED.get(kind, ()):
            found = self.index.get((kind, field, look_up(obj, field)), [])
            if identifier in found:
                found.remove(identifier)

    def find(self, kind: str, identifier: object) -> dict | None:
        """The object of that kind, or None."""
        obj = self.objects.get(identifier) if isinstance(identifier, str) else None
        return obj if obj is not None and obj["object"] == kind else None

    def all(self, kind: str) -> Iterator[dict]:
        """Every object of a kind, oldest first."""
        return (self.objects[identifier] for identifier in self.kinds.get(kind, ()))

    def where(self, kind: str, field: str, value: str) -> list[dict]:
        """Objects by an indexed field, oldest first."""
        return [self.objects[found] for found in self.index.get((kind, field, value), ())]

    def page(
        self,
        kind: str,
        *,
        equal: dict[str, object],
        created: dict[str, int],
        keep: Callable[[dict], bool],
        limit: int,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> tuple[list[dict], bool]:
        """One page, newest first, and whether more follow in the direction asked for."""
        candidates, rest = self._candidates(kind, equal)
        low, high = self._bounds(candidates, created)
        if starting_after:
            high = min(high, self._position(candidates, starting_after, bisect_left))
        if ending_before:
            low = max(low, self._position(candidates, ending_before, bisect_right))
        positions = range(low, high) if ending_before else range(high - 1, low - 1, -1)
        found = self._matches(candidates, positions, rest, keep, limit + 1)
        page, more = found[:limit], len(found) > limit
        return (page[::-1] if ending_before else page), more

    def _candidates(self, kind: str, equal: dict[str, object]) -> tuple[list[str], dict]:
        """The shortest list that must hold every match, and the conditions still to check."""
        indexed = [field for field in equal if field in INDEXED.get(kind, ())]
        if not indexed:
            return self.kinds.get(kind, []), equal
        lists = {field: self.index.get((kind, field, equal[field]), []) for field in indexed}
        best = min(lists, key=lambda field: len(lists[field]))
        return lists[best], {field: equal[field] for field in equal if field != best}

    def _bounds(self, candidates: list[str], created: dict[str, int]) -> tuple[int, int]:
        """Positions allowed by `created`: simulated time only moves forward, so they are sorted."""

        def position(seconds: int, side: Callable) -> int:
            return side(candidates, seconds, key=lambda found: _created(self.objects[found]))

        low, high = 0, len(candidates)
        if "gte" in created:
            low = max(low, position(created["gte"], bisect_left))
        if "gt" in created:
            low = max(low, position(created["gt"], bisect_right))
        if "lt" in created:
            high = min(high, position(created["lt"], bisect_left))
        if "lte" in created:
            high = min(high, position(created["lte"], bisect_right))
        return low, high

    def _position(self, candidates: list[str], cursor: str, side: Callable) -> int:
        if cursor not in self.ordinals:
            raise StripeError(f"No such object: '{cursor}'", code="resource_missing")
        return side(candidates, self.ordinals[cursor], key=self.ordinals.__getitem__)

    def _matches(
        self, candidates: list[str], positions: range, equal: dict, keep: Callable, enough: int
    ) -> list[dict]:
        found = []
        for position in positions:
            obj = self.objects[candidates[position]]
            if keep(obj) and all(look_up(obj, field) == equal[field] for field in equal):
                found.append(obj)
                if len(found) == enough:
                    break
        return found
