"""Small tools for other shapes."""


def without(obj, *names):
    """A copy without some fields."""
    return {name: value for name, value in obj.items() if name not in names}


def found(world, kind, identifier):
    """A stored object, or None when there is none (any more)."""
    return world.store.find(kind, identifier) if identifier else None
