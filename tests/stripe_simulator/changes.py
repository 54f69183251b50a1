"""What an update changed, in the form of `previous_attributes`."""


def plain_copy(value: object) -> object:
    """A deep copy of JSON data."""
    if isinstance(value, dict):
        return {key: plain_copy(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain_copy(inner) for inner in value]
    return value


def previous_attributes(before: dict, after: dict) -> dict:
    """Old values of what differs: nested objects by changed key, arrays whole, new keys as null."""
    changed = {}
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        both_objects = isinstance(old, dict) and isinstance(new, dict)
        changed[key] = previous_attributes(old, new) if both_objects else old
    return changed
