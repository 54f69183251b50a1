"""The second story: half a year in which money takes every way there is."""

from collections import defaultdict
from collections.abc import Iterator

from . import settlement_cast
from .clock import DAY, from_unix, to_unix
from .story import Story


class SettlementStory(Story):
    """Disputes, failed refunds and debits, partial payments, pauses, usage, payouts of all kinds.

    Played like `Story`. `expected` gives the invoices' figures, `settled` those of the balance.
    """

    cast = settlement_cast

    def set_up(self) -> None:
        """The same as the first story, with meters, other ways to pay, and the account's rules."""
        self.simulator.act("change_settings", **self.cast.SETTINGS)
        for key, params in self.cast.METERS.items():
            meter = self.simulator.request("POST", "/v1/billing/meters", params)
            self.ids[f"meter:{key}"] = meter["id"]
        super().set_up()
        for key, params in self.cast.TAX_IDS.items():
            self._request("POST", f"customers/{self.ids[f'customer:{key}']}/tax_ids", **params)

    def _price_params(self, key: str, params: dict) -> dict:
        if key not in self.cast.METERED:
            return params
        meter = self.ids[f"meter:{self.cast.METERED[key]}"]
        return {**params, "recurring": {**params["recurring"], "meter": meter}}

    def _customer_params(self, key: str, params: dict) -> dict:
        exempt = {"tax_exempt": self.cast.EXEMPT[key]} if key in self.cast.EXEMPT else {}
        method = self.cast.METHODS.get(key, "pm_card_visa")
        return {**params, **exempt, **(_default(method) if method else {})}

    def _request(self, method: str, path: str, **params: object) -> dict:
        return self.simulator.request(method, f"/v1/{path}", params)

    def _path(self, customer: str) -> str:
        return f"subscriptions/{self.ids[f'subscription:{customer}']}"

    @property
    def _now(self) -> int:
        return to_unix(self.simulator.now)

    # What customers do

    def _subscribe(
        self,
        customer: str,
        plans: tuple[str, ...],
        quantities: dict[str, int] | None = None,
        tax: str | None = None,
        coupon: str | None = None,
        backdated_days: int | None = None,
        **params: object,
    ) -> None:
        params["customer"] = self.ids[f"customer:{customer}"]
        params["items"] = [
            {"price": self.ids[f"price:{plan}"], **self._quantity(plan, quantities or {})}
            for plan in plans
        ]
        if tax:
            params["default_tax_rates"] = [self.ids[f"tax_rate:{tax}"]]
        if coupon:
            params["discounts"] = [{"coupon": coupon}]
        if backdated_days:
            params["backdate_start_date"] = self._now - backdated_days * DAY
        self._create("subscription", "subscriptions", customer, params)

    def _quantity(self, plan: str, quantities: dict[str, int]) -> dict:
        return {"quantity": quantities[plan]} if plan in quantities else {}

    def _schedule(self, customer: str, phases: tuple[tuple[str, int], ...]) -> None:
        params = {
            "customer": self.ids[f"customer:{customer}"],
            "phases": [
                {
                    "items": [{"price": self.ids[f"price:{plan}"]}],
                    "duration": {"interval": "month", "interval_count": months},
                }
                for plan, months in phases
            ],
        }
        schedule = self._create("schedule", "subscription_schedules", customer, params)
        self.ids[f"subscription:{customer}"] = schedule["subscription"]

    def _use(self, customer: str, amount: int) -> None:
        payload = {"stripe_customer_id": self.ids[f"customer:{customer}"], "value": amount}
        self._request("POST", "billing/meter_events", event_name="api_calls", payload=payload)

    def _grant(self, customer: str, amount: int) -> None:
        self._request(
            "POST",
            "billing/credit_grants",
            customer=self.ids[f"customer:{customer}"],
            category="promotional",
            amount={"type": "monetary", "monetary": {"currency": "usd", "value": amount}},
            applicability_config={"scope": {"price_type": "metered"}},
        )

    def _pause_collection(self, customer: str, behavior: str, days: int) -> None:
        pause = {"behavior": behavior, "resumes_at": self._now + days * DAY}
        self._request("POST", self._path(customer), pause_collection=pause)

    def _pause(self, customer: str) -> None:
        self.simulator.act("pause_subscription", subscription=self.ids[f"subscription:{customer}"])

    def _resume(self, customer: str) -> None:
        self._request("POST", f"{self._path(customer)}/resume")

    def _leave_on(self, customer: str, days: int) -> None:
        self._request("POST", self._path(customer), cancel_at=self._now + days * DAY)

    def _stay(self, customer: str) -> None:
        self._request("POST", self._path(customer), cancel_at="")

    def _lose_account(self, customer: str) -> None:
        self._update_customer(customer, _default("pm_sepaDebit_insufficientFunds"))

    def _renew_account(self, customer: str) -> None:
        self._update_customer(customer, _default("pm_sepaDebit_success"))

    # What customers pay, and what they get back

    def _open_invoice(self, customer: str, status: str = "open") -> dict:
        """The oldest invoice that waits for money."""
        params = {"customer": self.ids[f"customer:{customer}"], "status": status, "limit": 100}
        return self._request("GET", "invoices", **params)["data"][-1]

    def _pay_outside(self, customer: str, amount: int, status: str = "open") -> None:
        invoice = self._open_invoice(customer, status)
        record = self._request(
            "POST",
            "payment_records/report_payment",
            amount_requested={"currency": invoice["currency"], "value": amount},
            initiated_at=self._now,
            outcome="guaranteed",
            payment_method_details={"type": "custom", "custom": {"display_name": "Wire"}},
        )
        path = f"invoices/{invoice['id']}/attach_payment"
        self._request("POST", path, payment_record=record["id"])

    def _pay_by_card(self, customer: str, amount: int) -> None:
        """More than what is due becomes credit."""
        invoice = self._open_invoice(customer)
        intent = self._request(
            "POST",
            "payment_intents",
            amount=amount,
            currency=invoice["currency"],
            customer=invoice["customer"],
            payment_method="pm_card_visa",
            confirm=True,
        )
        path = f"invoices/{invoice['id']}/attach_payment"
        self._request("POST", path, payment_intent=intent["id"])

    def _give_up(self, customer: str) -> None:
        path = f"invoices/{self._open_invoice(customer)['id']}/mark_uncollectible"
        self._request("POST", path)

    def _goodwill(self, customer: str, amount: int) -> None:
        path = f"customers/{self.ids[f'customer:{customer}']}/balance_transactions"
        self._request("POST", path, amount=amount, currency="usd", description="Goodwill")

    def _bill_by_hand(self, customer: str, amounts: tuple[int, ...]) -> None:
        """A manual invoice, whose negative total becomes credit."""
        customer_id = self.ids[f"customer:{customer}"]
        invoice = self._request("POST", "invoices", customer=customer_id, auto_advance=False)
        for amount in amounts:
            item = {"customer": customer_id, "invoice": invoice["id"], "amount": amount}
            self._request("POST", "invoiceitems", **item, description="Workshop")
        self._request("POST", f"invoices/{invoice['id']}/finalize")

    def _charge_of(self, customer: str) -> dict:
        """The first charge of a customer."""
        params = {"customer": self.ids[f"customer:{customer}"], "limit": 100}
        return self._request("GET", "charges", **params)["data"][-1]

    def _refund(self, customer: str, amount: int) -> None:
        self._request("POST", "refunds", charge=self._charge_of(customer)["id"], amount=amount)

    def _credit_outside(self, customer: str, amount: int) -> None:
        """A credit note for money that went back by bank transfer."""
        invoice = self._newest_invoice(customer)
        self._request(
            "POST",
            "credit_notes",
            invoice=invoice["id"],
            amount=amount,
            out_of_band_amount=amount,
        )

    # What banks and Stripe do

    def _act(self, customer: str, name: str, **options: object) -> None:
        if name == "fail_payout_of":
            self._fail_payout_of(**options)
        else:
            self.simulator.act(name, **options)

    def _fail_payout_of(self, which: int, code: str) -> None:
        """A payout that had counted as paid, the newest one with -1."""
        paid = [each for each in self._all("payouts") if each["status"] == "paid"][::-1]
        self.simulator.act("fail_payout", payout=paid[which]["id"], code=code)

    def _pay_out(self, customer: str, amount: int) -> None:
        self._request("POST", "payouts", amount=amount, currency="usd")

    def _dispute(self, customer: str, key: str, **options: object) -> None:
        dispute = self.simulator.act(
            "open_dispute", charge=self._charge_of(customer)["id"], **options
        )
        self.ids[f"dispute:{key}"] = dispute["id"]

    def _answer(self, customer: str, key: str, evidence: str) -> None:
        path = f"disputes/{self.ids[f'dispute:{key}']}"
        self._request("POST", path, evidence={"uncategorized_text": evidence})

    def _decide(self, customer: str, key: str, outcome: str) -> None:
        dispute = self.ids[f"dispute:{key}"]
        self.simulator.act("decide_dispute", dispute=dispute, outcome=outcome)

    # What should be in the books

    def settled(self) -> dict[str, dict[str, dict[str, int]]]:
        """By month (YYYY-MM) and settlement currency: gross by reporting category, fees and net.

        Months are those of the balance transactions' creation. What is in the reserve counts as
        gone, as it does for the balance that can be paid out.
        """
        figures: dict = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
        for entry in self._balance_transactions():
            month = f"{from_unix(entry['created']):%Y-%m}"
            figure = figures[month][entry["currency"]]
            figure[entry["reporting_category"]] += entry["amount"]
            figure["fees"] += entry["fee"]
            figure["net"] += entry["net"]
        return {
            month: {currency: dict(figure) for currency, figure in figures[month].items()}
            for month in sorted(figures)
        }

    def _balance_transactions(self) -> Iterator[dict]:
        return (
            entry
            for entry in self._all("balance_transactions")
            if entry["balance_type"] == "payments"
        )


def _default(method: str) -> dict:
    """Parameters that make a test card or account the customer's default."""
    return {"payment_method": method, "invoice_settings": {"default_payment_method": method}}
