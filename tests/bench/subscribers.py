"""Many simulated subscribers, whose events go straight into the inbox."""

import json
from datetime import UTC, datetime

from odoo.addons.saas_billing_connector.providers.stripe import Envelope

from tests.stripe_simulator import StripeSimulator
from tests.stripe_simulator.clock import add_months

START = datetime(2025, 9, 1, tzinfo=UTC)
TAX_RATES = {
    "vat": {"display_name": "VAT", "percentage": 20, "inclusive": False, "country": "GB"},
    "gst": {"display_name": "GST", "percentage": 10, "inclusive": True, "country": "AU"},
}
#: Monthly plans, given out in turn: (minor units, currency, tax behaviour, tax rate).
PLANS = (
    (99_00, "usd", "exclusive", "vat"),
    (249_00, "usd", "exclusive", "vat"),
    (99_00, "usd", "inclusive", "gst"),
    (89_00, "eur", "exclusive", None),
)
CARD = {
    "payment_method": "pm_card_visa",
    "invoice_settings": {"default_payment_method": "pm_card_visa"},
}


class Subscribers:
    """Customers with a monthly plan each, all renewed on the first of the month.

    :param connection: saas.billing.connection that receives the events
    """

    def __init__(self, connection):
        self.connection = connection
        self.simulator = StripeSimulator(START, seed=1)
        self._stored = 0

    def sign_up(self, count):
        """Create catalogue, customers and subscriptions; the first month is billed and paid."""
        rates = {key: self._create("tax_rates", params) for key, params in TAX_RATES.items()}
        plans = [self._prepare_plan(plan, rates) for plan in PLANS]
        for number in range(count):
            customer = self._create("customers", {"name": f"Subscriber {number}", **CARD})
            plan = plans[number % len(plans)]
            self._create("subscriptions", {"customer": customer, **plan})

    def _prepare_plan(self, plan, rates):
        """Parameters of a subscription to a plan whose product and price are created for it."""
        amount, currency, behavior, rate = plan
        price = self._create(
            "prices",
            {
                "product": self._create("products", {"name": f"Plan {amount} {currency}"}),
                "unit_amount": amount,
                "currency": currency,
                "tax_behavior": behavior,
                "recurring": {"interval": "month"},
            },
        )
        taxes = {"default_tax_rates": [rates[rate]]} if rate else {}
        return {"items": [{"price": price, "quantity": 1}], **taxes}

    def _create(self, path, params):
        return self.simulator.request("POST", f"/v1/{path}", params)["id"]

    def advance_to_month(self, number):
        """Let time pass to the end of the first day of month `number`; renewals are paid then."""
        self.simulator.advance_to(add_months(START, number).replace(hour=23))

    def store_events(self):
        """Put what happened since the last call into the inbox."""
        inbox = self.connection.env["saas.billing.event"]
        events = self.simulator.events
        for event in events[self._stored :]:
            text = json.dumps(event)
            inbox._store(self.connection.id, Envelope.parse(text), text)
        self._stored = len(events)
