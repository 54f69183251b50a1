"""Objects as another API version shows them.

The simulator keeps objects in the shape of `settings.API_VERSION`. Each family of versions has a
module here with `SINCE` and `CHANGES`: kind of object → function that turns a copy in the shape of
the next family towards the simulator's own into this family's. An older version is reached family
by family downwards, a newer one upwards. `ABSENT` names events that the family does not have.
"""

from collections.abc import Callable

from ..changes import previous_attributes
from ..settings import API_VERSION
from . import acacia, basil, clover, dahlia, dated, endive

FAMILIES = (dated, acacia, basil, clover, dahlia, endive)
Step = dict[str, Callable[[dict, object], dict]]


def family(version: str) -> int:
    """The position of a version's family in `FAMILIES`: by its name, else by its date."""
    date, _dot, name = version.partition(".")
    names = [module.__name__.rpartition(".")[2] for module in FAMILIES]
    if name in names:
        return names.index(name)
    return max((at for at, module in enumerate(FAMILIES) if date >= module.SINCE), default=0)


OWN = family(API_VERSION)


def steps(version: str) -> list[Step]:
    """The changes from the simulator's own shape to that of a version, in order."""
    at = family(version)
    between = FAMILIES[OWN + 1 : at + 1] if at > OWN else FAMILIES[at:OWN][::-1]
    return [module.CHANGES for module in between]


def has_event(event_type: str, version: str) -> bool:
    """Whether endpoints of a version are told of this type."""
    return event_type not in FAMILIES[family(version)].ABSENT


def render(value: object, version: str, world: object) -> object:
    """JSON of the simulator as the version shows it; events keep the version they have."""
    way = steps(version)
    return _render(value, way, world) if way else value


def _render(value: object, way: list[Step], world: object) -> object:
    if isinstance(value, list):
        return [_render(each, way, world) for each in value]
    if not isinstance(value, dict) or value.get("object") == "event":
        return value
    shown = {name: _render(part, way, world) for name, part in value.items()}
    kind = shown.get("object")
    for changes in way:
        if kind in changes:
            shown = changes[kind](shown, world)
    return shown


def render_event(event: dict, version: str, world: object) -> dict:
    """An event for an endpoint of a version, with its previous attributes in the same shape."""
    data = event["data"]
    shown = {"object": render(data["object"], version, world)}
    if "previous_attributes" in data:
        before = render(_before(data["object"], data["previous_attributes"]), version, world)
        shown["previous_attributes"] = previous_attributes(before, shown["object"])
    return {**event, "api_version": version, "data": shown}


def _before(after: dict, previous: dict) -> dict:
    """The object with its previous attributes put back."""
    merged = dict(after)
    for name, old in previous.items():
        both = isinstance(old, dict) and isinstance(after.get(name), dict)
        merged[name] = _before(after[name], old) if both else old
    return merged
