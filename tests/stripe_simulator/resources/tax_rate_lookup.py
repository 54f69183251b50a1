"""Tax rates by the ids that a request gives."""

from ..world import World


def tax_rates(world: World, identifiers: list[str] | None) -> list[dict]:
    """The tax rate objects, in the order asked for."""
    return [world.refer("default_tax_rates", "tax_rate", each) for each in identifiers or ()]
