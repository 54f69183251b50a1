"""2026-09-30 and later: the newest family, whose shape the normalisers read."""

SINCE = "2026-09-30"
UPGRADES = {}
