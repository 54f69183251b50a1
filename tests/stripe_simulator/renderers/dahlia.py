"""The 2026 dahlia family: the shape in which the simulator keeps its objects."""


def render(obj: dict) -> dict:
    """The object itself."""
    return obj
