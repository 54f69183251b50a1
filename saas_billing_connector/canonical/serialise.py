"""Canonical records as JSON text and back, the same text for equal records.

Keys are sorted, Decimals are plain digits without trailing zeros, instants are UTC: records that
compare equal give the same bytes, so a digest of the text identifies the record. Reading goes by
the annotations of the dataclasses; a field that a later release added takes its default.
"""

import json
import types
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Union, get_args, get_origin, get_type_hints

from . import records


def dumps(record):
    """The text of a canonical record."""
    return _text(record)


def loads(canonical_type, text):
    """The record behind a text that `dumps` wrote.

    :param str canonical_type: such as `credit_note`
    """
    return _decode(record_class(canonical_type), json.loads(text))


def dump_change(canonical_type, record, previous, version):
    """The text kept on an event: its record, the record before the change, and the version."""
    return _text(
        {"previous": previous, "record": record, "type": canonical_type, "version": version}
    )


def load_change(text):
    """(canonical type, record, previous record or None, version) of a `dump_change` text."""
    kept = json.loads(text)
    cls = record_class(kept["type"])
    previous = kept["previous"]
    return (
        kept["type"],
        _decode(cls, kept["record"]),
        None if previous is None else _decode(cls, previous),
        kept["version"],
    )


@cache
def record_class(canonical_type):
    """The dataclass of a canonical type: `credit_note` is `CreditNote`."""
    cls = getattr(records, canonical_type.title().replace("_", ""), None)
    if not is_dataclass(cls):
        raise ValueError(f"There is no canonical type “{canonical_type}”.")
    return cls


def _text(value):
    # ASCII, so that no half surrogate of the provider's can break storing it.
    return json.dumps(value, default=_encode, sort_keys=True, separators=(",", ":"))


def _encode(value):
    if is_dataclass(value):
        return {name: getattr(value, name) for name in _names(type(value))}
    if isinstance(value, Decimal):
        return _digits(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical text.")


def _digits(value):
    """`1.50` and `1.5` are one amount and have one text."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@cache
def _names(cls):
    return tuple(field.name for field in fields(cls))


@cache
def _hints(cls):
    hints = get_type_hints(cls)
    return {name: hints[name] for name in _names(cls)}


def _decode(hint, value):
    """`value` of JSON as the annotation `hint` says."""
    if value is None:
        return None
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _decode(next(arg for arg in get_args(hint) if arg is not type(None)), value)
    if origin is tuple:
        items = get_args(hint)
        if len(items) == 2 and items[1] is Ellipsis:
            return tuple(_decode(items[0], item) for item in value)
        return tuple(_decode(each, item) for each, item in zip(items, value, strict=True))
    if is_dataclass(hint):
        known = _hints(hint)
        return hint(**{name: _decode(known[name], value[name]) for name in known if name in value})
    if hint is Decimal:
        return Decimal(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    return value
