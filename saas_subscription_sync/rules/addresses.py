"""Addresses as they stand on a document."""


def address_text(address):
    """A canonical address as lines of text; empty where there is none."""
    place = " ".join(part for part in (address.zip, address.city) if part)
    region = ", ".join(part for part in (address.state, address.country) if part)
    parts = (address.street, address.street2, place, region)
    return "\n".join(part for part in parts if part)
