"""The story that demo and tests play: fourteen months of a small software company's billing."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from . import story_cast
from .clock import add_months, from_unix
from .simulator import DEFAULT_START

MONTHS = story_cast.MONTHS
FIGURES = (
    "billed", "billed_ex_tax", "voided", "voided_ex_tax", "credited", "credited_ex_tax",
    "collected", "refunded",
)  # fmt: skip


class Story:
    """Plays the story on a simulator, in the process or over HTTP (`SimulatorClient`).

    `start` is the first instant of the story's month 0. With `extras`, one later month also has a
    partial credit note with refund and a voided invoice.
    """

    cast = story_cast

    def __init__(self, simulator, start: datetime = DEFAULT_START, *, extras: bool = False):
        self.simulator = simulator
        self.start = start.astimezone(UTC)
        self.extras = extras
        self.ids: dict[str, str] = {}
        """Ids of products, prices, tax rates, customers and subscriptions by `kind:key`."""

    # Playing

    def set_up(self) -> None:
        """Create catalogue, tax rates, coupons and customers, the latter with working cards."""
        self._advance_to(self.start)
        for key, params in self.cast.PRODUCTS.items():
            self._create("product", "products", key, params)
        for key, params in self.cast.PRICES.items():
            product = self.ids[f"product:{params['product']}"]
            params = {**self._price_params(key, params), "product": product, "lookup_key": key}
            self._create("price", "prices", key, params)
        for key, params in self.cast.TAX_RATES.items():
            self._create("tax_rate", "tax_rates", key, params)
        for key, params in self.cast.COUPONS.items():
            self._create("coupon", "coupons", key, {**params, "id": key})
        for key, params in self.cast.CUSTOMERS.items():
            self._create("customer", "customers", key, self._customer_params(key, params))

    def _price_params(self, key: str, params: dict) -> dict:
        return params

    def _customer_params(self, key: str, params: dict) -> dict:
        return {**params, **_card("pm_card_visa")}

    def months(self) -> Iterator[int]:
        """The months of the story, 0 to 13 for the first one."""
        return iter(range(self.cast.MONTHS))

    def month_start(self, month: int) -> datetime:
        """The first instant of a month of the story."""
        return add_months(self.start, month)

    def play(self, month: int) -> dict:
        """Do what happens in `month` and go on to the first instant of the next one.

        Returns counts of tasks, events and deliveries while time passed.
        """
        counts: dict[str, int] = defaultdict(int)
        for scene in self.cast.SCENES:
            if scene.month == month and (self.extras or not scene.extra):
                self._count(counts, self._advance_to(self._moment(scene)))
                getattr(self, f"_{scene.action}")(scene.customer, **scene.options)
        self._count(counts, self._advance_to(self.month_start(month + 1)))
        return dict(counts)

    def resume(self) -> None:
        """Find the ids again in a simulator that an earlier process set up."""
        for kind, path in PATHS.items():
            for obj in self._all(path):
                if "story" in obj["metadata"]:
                    self.ids[f"{kind}:{obj['metadata']['story']}"] = obj["id"]

    def _moment(self, scene: story_cast.Scene) -> datetime:
        first, following = self.month_start(scene.month), self.month_start(scene.month + 1)
        days = min(scene.day, (following - first).days) - 1
        return first + timedelta(days=days, hours=scene.hour)

    def _advance_to(self, moment: datetime) -> dict:
        return self.simulator.advance_to(moment) if moment > self.simulator.now else {}

    def _count(self, counts: dict[str, int], result: dict) -> None:
        for name in set(result) - {"now"}:
            counts[name] += result[name]

    def _create(self, kind: str, path: str, key: str, params: dict) -> dict:
        params = {**params, "metadata": {"story": key}}
        created = self.simulator.request("POST", f"/v1/{path}", params)
        self.ids[f"{kind}:{key}"] = created["id"]
        return created

    # What customers do

    def _subscribe(
        self,
        customer: str,
        plan: str,
        quantity: int = 1,
        tax: str | None = None,
        coupon: str | None = None,
        set_up_fee: str | None = None,
        trial_days: int | None = None,
    ) -> None:
        params: dict = {
            "customer": self.ids[f"customer:{customer}"],
            "items": [{"price": self.ids[f"price:{plan}"], "quantity": quantity}],
        }
        if tax:
            params["default_tax_rates"] = [self.ids[f"tax_rate:{tax}"]]
        if coupon:
            params["discounts"] = [{"coupon": coupon}]
        if trial_days:
            params["trial_period_days"] = trial_days
        if set_up_fee:
            self._bill_with_next_invoice(customer, set_up_fee)
        self._create("subscription", "subscriptions", customer, params)

    def _bill_with_next_invoice(self, customer: str, price: str) -> None:
        """A waiting item without a service period."""
        params = {
            "customer": self.ids[f"customer:{customer}"],
            "pricing": {"price": self.ids[f"price:{price}"]},
        }
        self.simulator.request("POST", "/v1/invoiceitems", params)

    def _change_item(self, customer: str, proration_behavior: str, **change: object) -> None:
        path = f"/v1/subscriptions/{self.ids[f'subscription:{customer}']}"
        item = self.simulator.request("GET", path)["items"]["data"][0]["id"]
        params = {"items": [{"id": item, **change}], "proration_behavior": proration_behavior}
        self.simulator.request("POST", path, params)

    def _upgrade(self, customer: str, plan: str) -> None:
        self._change_item(customer, "create_prorations", price=self.ids[f"price:{plan}"])

    def _add_seats(self, customer: str, quantity: int) -> None:
        self._change_item(customer, "always_invoice", quantity=quantity)

    def _lose_card(self, customer: str) -> None:
        self._update_customer(customer, _card("pm_card_chargeCustomerFail"))

    def _renew_card(self, customer: str) -> None:
        self._update_customer(customer, _card("pm_card_mastercard"))

    def _update_customer(self, customer: str, params: dict) -> None:
        path = f"/v1/customers/{self.ids[f'customer:{customer}']}"
        self.simulator.request("POST", path, params)

    def _leave(self, customer: str) -> None:
        path = f"/v1/subscriptions/{self.ids[f'subscription:{customer}']}"
        self.simulator.request("DELETE", path)

    def _leave_at_period_end(self, customer: str) -> None:
        path = f"/v1/subscriptions/{self.ids[f'subscription:{customer}']}"
        self.simulator.request("POST", path, {"cancel_at_period_end": True})

    def _credit(self, customer: str, amount: int) -> None:
        """Part of the newest invoice is credited and refunded; it bears no tax."""
        invoice = self._newest_invoice(customer)
        line = {
            "type": "invoice_line_item",
            "invoice_line_item": invoice["lines"]["data"][0]["id"],
            "amount": amount,
        }
        params = {"invoice": invoice["id"], "lines": [line], "refund_amount": amount}
        self.simulator.request("POST", "/v1/credit_notes", params)

    def _bill_by_mistake(self, customer: str, amount: int) -> None:
        """A manual invoice is finalised and then voided."""
        customer_id = self.ids[f"customer:{customer}"]
        invoice = self.simulator.request(
            "POST", "/v1/invoices", {"customer": customer_id, "auto_advance": False}
        )
        item = {"customer": customer_id, "invoice": invoice["id"], "amount": amount}
        self.simulator.request("POST", "/v1/invoiceitems", {**item, "description": "Workshop"})
        for step in ("finalize", "void"):
            self.simulator.request("POST", f"/v1/invoices/{invoice['id']}/{step}")

    def _newest_invoice(self, customer: str) -> dict:
        params = {"customer": self.ids[f"customer:{customer}"], "limit": 1}
        return self.simulator.request("GET", "/v1/invoices", params)["data"][0]

    # What should be in the books

    def expected(self) -> dict[str, dict[str, dict[str, int]]]:
        """Figures by month (YYYY-MM) and currency, in minor units, from the simulator's lists.

        `billed` counts invoices in the month of finalisation, `voided` and `credited` take away
        in the month of the void or credit note; `collected` and `refunded` are charges and
        refunds in their own currency.
        """
        figures: dict = defaultdict(lambda: defaultdict(lambda: dict.fromkeys(FIGURES, 0)))

        def add(seconds: int | None, obj: dict, figure: str, amount: int) -> None:
            if seconds is not None:
                month = f"{from_unix(seconds):%Y-%m}"
                figures[month][obj["currency"]][figure] += amount

        for invoice in self._all("invoices"):
            moments = invoice["status_transitions"]
            for figure, moment in (("billed", "finalized_at"), ("voided", "voided_at")):
                add(moments[moment], invoice, figure, invoice["total"])
                net = invoice["total_excluding_tax"]
                add(moments[moment], invoice, f"{figure}_ex_tax", net)
        for note in self._all("credit_notes"):
            if note["status"] == "issued":
                add(note["created"], note, "credited", note["total"])
                add(note["created"], note, "credited_ex_tax", note["total_excluding_tax"])
        for charge in self._all("charges"):
            add(charge["created"], charge, "collected", charge["amount_captured"])
        for refund in self._all("refunds"):
            add(refund["created"], refund, "refunded", refund["amount"])
        return {month: dict(figures[month]) for month in sorted(figures)}

    def _all(self, path: str) -> Iterator[dict]:
        """Every object of a list, page by page."""
        params: dict = {"limit": 100}
        if path == "subscriptions":
            params["status"] = "all"
        while True:
            page = self.simulator.request("GET", f"/v1/{path}", params)
            yield from page["data"]
            if not page["has_more"]:
                return
            params["starting_after"] = page["data"][-1]["id"]


def _card(card: str) -> dict:
    """Parameters that give a customer a test card as default."""
    return {"payment_method": card, "invoice_settings": {"default_payment_method": card}}


PATHS = {
    "product": "products",
    "price": "prices",
    "tax_rate": "tax_rates",
    "coupon": "coupons",
    "customer": "customers",
    "subscription": "subscriptions",
}
