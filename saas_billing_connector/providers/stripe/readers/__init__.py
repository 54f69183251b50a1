"""One module per family of Stripe's API versions: what its objects lack of the next family's shape.

Each module says `SINCE` (its first version) and `UPGRADES`: canonical type → function that returns
an object in the next family's shape. An object goes up step by step from its own family to the
newest, whose shape is the only one that the normalisers know.

Every upgrade moves only what is still in the old place and leaves alone what is in the new place
already. So it does no harm to start too old: the fields that Stripe adds within a family, lists
that were completed at another version and events without a version all come out right.
"""

from .families import NEWEST_VERSION, Family, family_of, is_known, upgrade

__all__ = ["NEWEST_VERSION", "Family", "family_of", "is_known", "upgrade"]
