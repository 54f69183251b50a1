"""Recorded shapes of every handled event in every family of API versions.

`tests/write_fixtures.py` (of the project, outside the addon) keeps them in step.
"""

import json
from pathlib import Path

from ..providers.stripe import Envelope

FOLDER = Path(__file__).parent / "fixtures"
#: From old to new; one version for each family.
VERSIONS = tuple(sorted(each.name for each in FOLDER.iterdir() if each.is_dir()))
NEWEST = VERSIONS[-1]


def event_types(version):
    """The types there is a fixture of."""
    return {path.stem for path in (FOLDER / version).glob("*.json")}


def event(version, event_type):
    """An event as Stripe sends it, as a dict."""
    return json.loads((FOLDER / version / f"{event_type}.json").read_text(encoding="utf-8"))


def envelope(version, event_type):
    """The same, parsed."""
    return Envelope.parse(json.dumps(event(version, event_type)))
