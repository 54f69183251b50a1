"""Small tools for moving fields on copies."""


def each_item(obj, name, change):
    """A copy of `obj` in which every entry of its list `name` is changed."""
    listed = obj.get(name)
    if isinstance(listed, dict) and isinstance(listed.get("data"), list):
        changed = {**listed, "data": [_changed(entry, change) for entry in listed["data"]]}
        return {**obj, name: changed}
    if isinstance(listed, list):
        return {**obj, name: [_changed(entry, change) for entry in listed]}
    return dict(obj)


def _changed(entry, change):
    return change(entry) if isinstance(entry, dict) else entry


def first_of(obj, *names):
    """The first of several fields that is not null."""
    return next((obj[name] for name in names if obj.get(name) is not None), None)
