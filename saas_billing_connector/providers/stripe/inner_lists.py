"""Lists inside an object, which Stripe cuts after ten entries (`has_more`)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InnerList:
    """Where the whole of a list inside an object is read.

    :ivar field: of the object
    :ivar path: with the object's id in it, unless `owner` names the filter that takes the id
    """

    field: str
    path: str
    owner: str | None = None

    def request(self, external_id):
        """(path, parameters) that list all entries for one object."""
        if self.owner:
            return self.path, {self.owner: external_id}
        return self.path.format(external_id), {}


#: canonical type -> its lists that are read; what is not here is whole, or nobody reads it
INNER_LISTS = {
    "credit_note": (InnerList("lines", "/v1/credit_notes/{}/lines"),),
    "customer": (InnerList("tax_ids", "/v1/customers/{}/tax_ids"),),
    "invoice": (InnerList("lines", "/v1/invoices/{}/lines"),),
    "subscription": (InnerList("items", "/v1/subscription_items", owner="subscription"),),
}


def cut_lists(canonical_type, obj):
    """The lists inside an object that were cut."""
    return [each for each in INNER_LISTS.get(canonical_type, ()) if _is_cut(obj.get(each.field))]


def _is_cut(value):
    return isinstance(value, dict) and bool(value.get("has_more"))
