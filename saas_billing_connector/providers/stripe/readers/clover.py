"""2025-09-30 to 2025-12-15.

Dahlia, which it is upgraded to, tells exact quantities beside the whole ones: a field more, which
the normalisers prefer where it is there.
"""

SINCE = "2025-09-30"
UPGRADES = {}
