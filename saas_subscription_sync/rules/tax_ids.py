"""Tax identifications: whose they are, how they are written, whether they can be right.

A kind is the provider's name of the scheme, such as `eu_vat`, `gb_vat` or `us_ein`: a country (or
`eu`) and what the number is called there.
"""

import re

from stdnum.util import get_cc_module

#: Greece writes EL before its numbers; Northern Ireland has a prefix and no ISO code of its own.
COUNTRY_OF_PREFIX = {"EL": "GR", "XI": "GB"}
#: Kinds whose numbers begin with the country and are written in one piece.
EUROPEAN = frozenset({"eu_vat", "eu_oss_vat", "gb_vat"})
#: Kinds that name the one number of the country under another name than the library does.
VAT_NAMES = frozenset({"vat", "gst", "trn", "tin", "nit", "rut", "tax"})


def country_of(kind, value):
    """ISO code of the country that gave the number, or None where it gives none (OSS scheme)."""
    prefix = kind.partition("_")[0].upper()
    if prefix != "EU":
        return prefix
    own = value[:2].upper()
    return COUNTRY_OF_PREFIX.get(own, own) if own.isalpha() and own != "EU" else None


def compact(value):
    """Letters and digits alone, as numbers are compared."""
    return re.sub(r"[^0-9A-Z]", "", value.upper())


def written(kind, value):
    """The number as contacts hold it: within Europe in one piece, elsewhere as it is told."""
    return compact(value) if kind in EUROPEAN else value


def check(kind, value):
    """Whether the number can be right: True, False, or None where nobody can tell."""
    country, name = country_of(kind, value), kind.partition("_")[2]
    if country is None:
        return None
    module = get_cc_module(country.lower(), name)
    if module is None and name in VAT_NAMES:
        module = get_cc_module(country.lower(), "vat")
    is_valid = getattr(module, "is_valid", None)
    try:
        return bool(is_valid(value)) if is_valid else None
    except Exception:
        # The library stumbles over some texts, and over its own tables where Odoo has loaded it.
        # No number may block anything.
        return None
