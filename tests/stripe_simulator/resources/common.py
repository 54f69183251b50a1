"""What several objects share."""

from ..errors import StripeError, required

ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def need(params: dict, *names: str) -> None:
    """A 400 unless every name has a value."""
    for name in names:
        if params.get(name) is None:
            raise required(name)


def address(params: dict | None) -> dict | None:
    """A complete address object from the given parts."""
    return {part: params.get(part) for part in ADDRESS} if params else None


def merge_metadata(obj: dict, params: dict) -> None:
    """Stripe merges metadata key by key; an empty value removes its key."""
    if "metadata" not in params:
        return
    merged = {**obj["metadata"], **(params["metadata"] or {})}
    obj["metadata"] = {key: str(value) for key, value in merged.items() if value not in (None, "")}


def metadata(params: dict) -> dict:
    """The metadata of a new object."""
    return {key: str(value) for key, value in (params.get("metadata") or {}).items()}


def assign(obj: dict, params: dict, *names: str) -> None:
    """Copy plain fields that the request gives."""
    for name in names:
        if name in params:
            obj[name] = params[name]


def list_object(data: list[dict], url: str, *, shown: int | None = None) -> dict:
    """A list object; with `shown`, only that many and `has_more` for the rest."""
    visible = data if shown is None else data[:shown]
    more = len(data) > len(visible)
    return {"object": "list", "data": visible, "has_more": more, "url": url}


def refuse(message: str, **details: str) -> None:
    """Answer 400."""
    raise StripeError(message, **details)
