"""Objects as one API version shows them.

The simulator keeps objects in the newest shape. Each family of versions has a module here with a
`render(obj)` that returns the object in that family's shape; the newest family is the identity.
"""

from collections.abc import Callable

from . import dahlia

FAMILIES: dict[str, Callable[[dict], dict]] = {"dahlia": dahlia.render}
NEWEST = dahlia.render


def renderer(api_version: str) -> Callable[[dict], dict]:
    """The renderer of a version such as 2026-08-26.dahlia; families without one get the newest."""
    return FAMILIES.get(api_version.rpartition(".")[2], NEWEST)
