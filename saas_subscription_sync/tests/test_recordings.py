"""Recorded objects of Stripe, wrapped in events and processed, give exactly their amounts."""

import itertools
import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from unittest import skipUnless

from odoo.addons.saas_billing_connector.providers.stripe import Envelope
from odoo.tools import float_repr

from .common import SyncCase

RECORDINGS = Path(os.environ.get("STRIPE_RECORDINGS") or "../shared/stripe_recordings")
API_VERSION = "2025-10-29.clover"
#: Stripe's object -> the type of the event that tells it, what is referred to first.
EVENTS = {
    "customer": "customer.updated",
    "product": "product.updated",
    "price": "price.updated",
    "subscription": "customer.subscription.updated",
    "invoice": "invoice.paid",
}
FILES = {
    "change_quantity",
    "create_with_quantity",
    "percent_coupon",
    "subscription_with_two_items",
    "swap_plan_monthly_to_yearly",
}


def _objects(value):
    """Every Stripe object inside `value`, the inner ones first."""
    if isinstance(value, list):
        for each in value:
            yield from _objects(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _objects(each)
        if value.get("object") in EVENTS and value.get("id"):
            yield value


@skipUnless(RECORDINGS.is_dir(), "STRIPE_RECORDINGS names no folder with recordings")
class TestRecordings(SyncCase):
    def _read(self, path):
        """The last recorded state of every object, by type and id."""
        found = {}
        for exchange in json.loads(path.read_text(encoding="utf-8")):
            for obj in _objects(exchange["body"]):
                if obj["object"] != "invoice" or obj.get("status") in ("open", "paid"):
                    found[obj["object"], obj["id"]] = obj
        return found

    def _complete(self, found):
        """Stand-ins for what the recordings only name."""
        for (kind, _id), obj in list(found.items()):
            for named in self._get_named(kind, obj):
                found.setdefault((named["object"], named["id"]), named)
        return found

    def _get_named(self, kind, obj):
        if kind in ("invoice", "subscription"):
            yield {"object": "customer", "id": obj["customer"], "name": "Recorded"}
        if kind == "price":
            yield {"object": "product", "id": obj["product"], "name": "Recorded"}
        for line in obj["lines"]["data"] if kind == "invoice" else ():
            details = line["pricing"]["price_details"]
            yield {"object": "product", "id": details["product"], "name": "Recorded"}
            yield {
                "object": "price",
                "id": details["price"],
                "product": details["product"],
                "currency": line["currency"],
            }

    def _process_in_events(self, found):
        """Take the objects into the inbox as Stripe would have told them; the events."""
        events, numbers = self.env["saas.billing.event"].sudo(), itertools.count(1)
        for kind, event_type in EVENTS.items():
            for obj in (obj for (each, _id), obj in found.items() if each == kind):
                number = next(numbers)
                body = {
                    "id": f"evt_recorded_{number}",
                    "object": "event",
                    "type": event_type,
                    "api_version": API_VERSION,
                    "created": 1762000000 + number,
                    "livemode": False,
                    "data": {"object": obj},
                }
                text = json.dumps(body)
                events._store(self.connection.id, Envelope.parse(text), text)
        events = events.search([("connection_id", "=", self.connection.id)], order="id")
        self.env["saas.billing.drain"]._process_events(self.connection, events)
        events.invalidate_recordset()
        return events

    def test_amounts_periods_and_prorations(self):
        paths = {path.stem: path for path in RECORDINGS.glob("*.json")}
        self.assertEqual(paths.keys(), FILES)
        for name, path in sorted(paths.items()):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                found = self._complete(self._read(path))
                events = self._process_in_events(found)
                states = {event.object_id: event.state for event in events}
                self.assertEqual(set(states.values()), {"done"}, states)
                invoices = [obj for (kind, _id), obj in found.items() if kind == "invoice"]
                self.assertTrue(invoices)
                for obj in invoices:
                    self._check(obj)
                savepoint.rollback()

    def _check(self, obj):
        move = self.bound("invoice", obj["id"])
        digits = move.currency_id.decimal_places
        booked = [self._get_booked(line, digits) for line in move.invoice_line_ids]
        self.assertEqual(booked, [self._get_billed(line) for line in obj["lines"]["data"]])
        total = Decimal(float_repr(move.amount_total, digits)).scaleb(digits)
        self.assertEqual((total, move.saas_number), (obj["total"], obj["number"]))

    def _get_booked(self, line, digits):
        net = Decimal(float_repr(line.price_subtotal, digits)).scaleb(digits)
        period = (str(line.saas_service_start), str(line.saas_service_end))
        return line.saas_line_id, net, line.saas_proration, period

    def _get_billed(self, line):
        discounts = sum(each["amount"] for each in line.get("discount_amounts") or ())
        details = line["parent"].get(line["parent"]["type"]) or {}
        period = tuple(
            str(datetime.fromtimestamp(line["period"][edge], UTC).date())
            for edge in ("start", "end")
        )
        return line["id"], line["amount"] - discounts, bool(details.get("proration")), period
