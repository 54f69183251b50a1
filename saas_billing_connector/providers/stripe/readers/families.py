"""Which family an event's own `api_version` belongs to, and the way up to the newest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import acacia, basil, clover, dahlia, dated, endive

#: The newest version that this release was checked against.
NEWEST_VERSION = "2026-10-28.endive"


@dataclass(frozen=True, slots=True)
class Family:
    """API versions of one shape, from the date `since` on."""

    name: str
    since: str
    upgrades: Mapping[str, Callable[[dict], dict]]


#: From old to new.
FAMILIES = tuple(
    Family(module.__name__.rpartition(".")[2], module.SINCE, module.UPGRADES)
    for module in (dated, acacia, basil, clover, dahlia, endive)
)
OLDEST, NEWEST = FAMILIES[0], FAMILIES[-1]
NAMED = {family.name: family for family in FAMILIES[1:]}


def family_of(version: str | None) -> Family:
    """The family of a version such as 2024-06-20 or 2025-12-15.clover.

    The name decides where we know it, else the date: a family newer than we know reads as the
    newest. Without a version the object is read as the oldest: upgrading an object that is newer
    than that changes nothing, reading an old one as new would miss what it says.
    """
    if not version:
        return OLDEST
    date, name = _split(version)
    since = [family for family in FAMILIES if family.since <= date]
    return NAMED.get(name) or (since[-1] if since else OLDEST)


def is_known(version: str | None) -> bool:
    """Whether this release knows the family; later versions of a known family only add fields."""
    if not version:
        return True
    date, name = _split(version)
    return name in NAMED or (not name and OLDEST.since <= date < FAMILIES[1].since)


def upgrade(canonical_type: str, obj: dict, version: str | None) -> dict:
    """The object in the newest family's shape; `obj` itself stays as it is."""
    for family in FAMILIES[FAMILIES.index(family_of(version)) :]:
        step = family.upgrades.get(canonical_type)
        if step and isinstance(obj, dict):
            obj = step(obj)
    return obj


def _split(version: str) -> tuple[str, str]:
    """Date and name; versions of a beta carry more after a semicolon."""
    date, _dot, name = version.partition(";")[0].strip().partition(".")
    return date, name
