"""Write the connector's fixtures of every API version from those of the simulator's own.

    python -m tests.write_fixtures

The fixtures of `settings.API_VERSION` are the source and kept by hand; `catalogue.json` holds the
objects that they name. The other versions show the same facts in their own shape.
"""

import json
from pathlib import Path

from tests.stripe_simulator.renderers import has_event, render_event
from tests.stripe_simulator.settings import API_VERSION
from tests.stripe_simulator.store import Store

FOLDER = Path(__file__).parents[1] / "saas_billing_connector/tests/fixtures"
VERSIONS = (
    "2020-08-27",
    "2025-02-24.acacia",
    "2025-08-27.basil",
    "2025-12-15.clover",
    API_VERSION,
    "2026-10-28.endive",
)
DEPTH = 3
"""Levels of an event that get a line for each field: the event, its data and its object."""


class Catalogue:
    """What the renderers look up, from a file."""

    def __init__(self, path: Path):
        self.store = Store()
        for obj in json.loads(path.read_text(encoding="utf-8")):
            self.store.add(obj)


def text(value: object, depth: int = 0) -> str:
    """JSON that is short and that people can read."""
    if not isinstance(value, dict) or not value or depth == DEPTH:
        return json.dumps(value, ensure_ascii=False)
    pad = "  " * depth
    fields = ",\n".join(
        f"{pad}  {json.dumps(name)}: {text(part, depth + 1)}" for name, part in value.items()
    )
    return f"{{\n{fields}\n{pad}}}"


def main() -> None:
    """Write all versions."""
    catalogue = Catalogue(FOLDER / "catalogue.json")
    for source in sorted((FOLDER / API_VERSION).glob("*.json")):
        event = json.loads(source.read_text(encoding="utf-8"))
        for version in VERSIONS:
            target = FOLDER / version / source.name
            if not has_event(event["type"], version):
                target.unlink(missing_ok=True)
                continue
            target.parent.mkdir(exist_ok=True)
            shown = render_event(event, version, catalogue)
            target.write_text(text(shown) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
