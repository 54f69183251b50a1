"""Recorded invoices of Stripe, normalised and handled, give exactly their amounts."""

import json
import os
from decimal import Decimal
from pathlib import Path
from unittest import skipUnless

from odoo.addons.saas_billing_connector.providers.stripe import normalise_object
from odoo.tools import float_repr

from .common import SyncCase

RECORDINGS = Path(os.environ.get("STRIPE_RECORDINGS") or "../shared/stripe_recordings")
TYPES = ("customer", "product", "price", "subscription", "invoice")


def _objects(value):
    """Every Stripe object inside `value`, the inner ones first."""
    if isinstance(value, list):
        for each in value:
            yield from _objects(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _objects(each)
        if value.get("object") in TYPES and value.get("id"):
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

    def test_amounts(self):
        paths = sorted(RECORDINGS.glob("*.json"))
        self.assertTrue(paths)
        for path in paths:
            with self.subTest(path.name), self.env.cr.savepoint() as savepoint:
                found = self._complete(self._read(path))
                records = [
                    normalise_object(kind, obj)
                    for kind in TYPES
                    for (each, _id), obj in found.items()
                    if each == kind
                ]
                changes = self.deliver(*records)
                invoices = [obj for (kind, _id), obj in found.items() if kind == "invoice"]
                self.assertTrue(invoices)
                self.assertDone(*changes)
                for obj in invoices:
                    self._check(obj)
                savepoint.rollback()

    def _check(self, obj):
        move = self.bound("invoice", obj["id"])
        digits = move.currency_id.decimal_places
        booked = [
            Decimal(float_repr(line.price_subtotal, digits)).scaleb(digits)
            for line in move.invoice_line_ids
        ]
        billed = [
            line["amount"] - sum(each["amount"] for each in line.get("discount_amounts") or ())
            for line in obj["lines"]["data"]
        ]
        self.assertEqual(booked, billed)
        self.assertEqual(
            Decimal(float_repr(move.amount_total, digits)).scaleb(digits), obj["total"]
        )
        self.assertEqual(
            move.invoice_line_ids.mapped("saas_proration"),
            [
                bool((line["parent"].get(line["parent"]["type"]) or {}).get("proration"))
                for line in obj["lines"]["data"]
            ],
        )
