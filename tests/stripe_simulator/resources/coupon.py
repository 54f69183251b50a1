"""Coupons, and the discounts that apply one to a subscription."""

from ..clock import add_intervals
from ..world import World
from .common import assign, merge_metadata, metadata, need, refuse

CREATE = {
    "id", "amount_off", "currency", "duration", "duration_in_months", "max_redemptions",
    "metadata", "name", "percent_off", "redeem_by",
}  # fmt: skip


def create(world: World, params: dict) -> dict:
    """POST /v1/coupons"""
    percent, amount = params.get("percent_off"), params.get("amount_off")
    if (percent is None) == (amount is None):
        refuse("Must provide exactly one of percent_off or amount_off.")
    if amount is not None:
        need(params, "currency")
    coupon = {
        "id": params.get("id") or world.ids.new("coupon").removeprefix("coupon_")[:8],
        "object": "coupon",
        "amount_off": amount,
        "created": world.now,
        "currency": params["currency"].lower() if params.get("currency") else None,
        "duration": params.get("duration", "once"),
        "duration_in_months": params.get("duration_in_months"),
        "livemode": False,
        "max_redemptions": params.get("max_redemptions"),
        "metadata": metadata(params),
        "name": params.get("name"),
        "percent_off": None if percent is None else float(percent),
        "redeem_by": params.get("redeem_by"),
        "times_redeemed": 0,
        "valid": True,
    }
    return world.create(coupon, "coupon.created")


def update(world: World, params: dict, coupon_id: str) -> dict:
    """POST /v1/coupons/:id"""
    coupon = world.get("coupon", coupon_id)
    with world.updating(coupon, "coupon.updated"):
        assign(coupon, params, "name")
        merge_metadata(coupon, params)
    return coupon


def delete(world: World, params: dict, coupon_id: str) -> dict:
    """DELETE /v1/coupons/:id; discounts already given live on."""
    coupon = world.get("coupon", coupon_id)
    coupon["valid"] = False
    world.emit("coupon.deleted", coupon)
    return {"id": coupon_id, "object": "coupon", "deleted": True}


OWNERS = ("invoice", "invoice_item", "subscription", "subscription_item")


def redeem(world: World, coupon: dict, customer: str, **owner: str) -> dict:
    """A discount of one owner, such as a subscription; it ends as the coupon's duration says."""
    months = coupon["duration_in_months"]
    repeating = coupon["duration"] == "repeating"
    discount = {
        "id": world.ids.new("di"),
        "object": "discount",
        "checkout_session": None,
        "customer": customer,
        "end": add_intervals(world.now, "month", months) if repeating else None,
        "promotion_code": None,
        "source": {"coupon": coupon["id"], "type": "coupon"},
        "start": world.now,
        **{name: owner.get(name) for name in OWNERS},
    }
    coupon["times_redeemed"] += 1
    return world.create(discount, "customer.discount.created")


def redeem_all(world: World, params: list[dict] | None, customer: str, **owner: str) -> list[str]:
    """The discounts that a request gives: known ones by id, new ones by coupon."""
    identifiers = []
    for entry in params or ():
        if entry.get("discount"):
            identifiers.append(world.refer("discounts", "discount", entry["discount"])["id"])
            continue
        coupon = world.refer("discounts[0][coupon]", "coupon", entry.get("coupon"))
        identifiers.append(redeem(world, coupon, customer, **owner)["id"])
    return identifiers


def coupon_of(world: World, discount: dict) -> dict:
    """The coupon behind a discount."""
    return world.get("coupon", discount["source"]["coupon"])


def running(world: World, discount_ids: list[str]) -> list[dict]:
    """Those discounts that have not ended."""
    discounts = [world.get("discount", identifier) for identifier in discount_ids]
    return [each for each in discounts if each["end"] is None or world.now < each["end"]]


ROUTES = [
    ("POST", "/v1/coupons", create, CREATE),
    ("POST", "/v1/coupons/:id", update, {"metadata", "name"}),
    ("DELETE", "/v1/coupons/:id", delete, set()),
]
