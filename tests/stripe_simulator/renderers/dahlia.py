"""2026 dahlia: the shape in which the simulator keeps its objects."""

SINCE = "2026-03-25"
CHANGES = {}
ABSENT = frozenset()
