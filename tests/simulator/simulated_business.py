"""A little business on the simulator, for its tests: customers, prices, subscriptions."""

from datetime import UTC, datetime

from tests.stripe_simulator import StripeSimulator
from tests.stripe_simulator.settings import Settings

START = datetime(2026, 1, 1, tzinfo=UTC)
WORKING, DECLINING = "pm_card_visa", "pm_card_chargeCustomerFail"


def utc(*parts: int) -> datetime:
    """A moment in UTC."""
    return datetime(*parts, tzinfo=UTC)


class Business:
    """A simulator and short names for what tests do with it all the time."""

    def __init__(self, start: datetime = START, settings: Settings | None = None):
        self.simulator = StripeSimulator(start, seed=7, settings=settings)

    def post(self, path: str, **params: object) -> dict:
        """POST /v1/path"""
        return self.simulator.request("POST", f"/v1/{path}", params)

    def get(self, path: str, **params: object) -> dict:
        """GET /v1/path"""
        return self.simulator.request("GET", f"/v1/{path}", params)

    def delete(self, path: str, **params: object) -> dict:
        """DELETE /v1/path"""
        return self.simulator.request("DELETE", f"/v1/{path}", params)

    def advance(self, *parts: int) -> dict:
        """Let time pass to a moment in UTC."""
        return self.simulator.advance_to(utc(*parts))

    def card(self, card: str) -> dict:
        """Parameters that give a customer a test card as default."""
        return {"payment_method": card, "invoice_settings": {"default_payment_method": card}}

    def customer(self, card: str = WORKING, **params: object) -> str:
        """A new customer's id."""
        return self.post("customers", **self.card(card), **params)["id"]

    def price(self, amount: int, interval: str | None = "month", currency: str = "usd") -> str:
        """A new price's id."""
        recurring = {"recurring": {"interval": interval}} if interval else {}
        product = {"product_data": {"name": "Plan"}}
        return self.post("prices", unit_amount=amount, currency=currency, **product, **recurring)[
            "id"
        ]

    def tax_rate(self, percentage: float, *, inclusive: bool = False) -> str:
        """A new tax rate's id."""
        return self.post(
            "tax_rates", display_name="VAT", percentage=percentage, inclusive=inclusive
        )["id"]

    def subscribe(self, price: str, customer: str | None = None, **params: object) -> dict:
        """A new subscription to one price."""
        quantity = params.pop("quantity", 1)
        return self.post(
            "subscriptions",
            customer=customer or self.customer(),
            items=[{"price": price, "quantity": quantity}],
            **params,
        )

    def change(self, subscription: dict, behavior: str = "create_prorations", **item) -> dict:
        """Change the only item of a subscription."""
        change = {"id": subscription["items"]["data"][0]["id"], **item}
        path = f"subscriptions/{subscription['id']}"
        return self.post(path, items=[change], proration_behavior=behavior)

    def invoices(self, subscription: dict) -> list[dict]:
        """A subscription's invoices, oldest first."""
        found = self.get("invoices", subscription=subscription["id"], limit=100)
        return found["data"][::-1]

    def invoice(self, subscription: dict) -> dict:
        """A subscription's newest invoice."""
        return self.invoices(subscription)[-1]

    def lines(self, invoice: dict) -> list[dict]:
        """All lines of an invoice, of which the object itself shows ten."""
        return self.get(f"invoices/{invoice['id']}/lines", limit=100)["data"]

    def event_types(self) -> list[str]:
        """The types of all events, in order."""
        return [event["type"] for event in self.simulator.events]
