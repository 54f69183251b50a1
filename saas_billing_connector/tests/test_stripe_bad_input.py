"""Input that Stripe should not send, or sends rarely: a clear refusal, or an exact reading."""

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..canonical import InvalidData
from ..providers.stripe import Envelope, normalise, normalise_object, route_for
from .fixture import NEWEST, VERSIONS, envelope, event, event_types

#: event type → changes of its object that nobody may guess the meaning of
UNKNOWN_VALUES = {
    "invoice.finalized": {"status": "teleported"},
    "customer.subscription.created": {"status": "hibernating"},
    "credit_note.created": {"status": "disowned"},
    "invoice_payment.paid": {"status": "promised"},
    "billing.credit_balance_transaction.created": {"type": "gift"},
}
#: event type → changes that are carried on as text
CARRIED = {
    "charge.dispute.created": ({"status": "appeal_under_review", "reason": "sorcery"}, "status"),
    "refund.created": ({"status": "hovering"}, "status"),
    "payout.paid": ({"status": "afloat"}, "status"),
    "subscription_schedule.updated": ({"status": "dormant"}, "status"),
    "customer.tax_id.created": ({"type": "mars_vat"}, "kind"),
    "billing.credit_grant.created": ({"category": "inherited"}, "category"),
}


def garbled(value):
    """Every way to garble one field of a JSON value: (where, garbled copy of the whole)."""
    for name, part in value.items():
        replacements = [None, "x", [], {}, 1.5, True]
        if isinstance(part, int) and not isinstance(part, bool):
            replacements.append(str(part))
        for replacement in replacements:
            yield f"{name}={replacement!r}", {**value, name: replacement}


@tagged("post_install", "-at_install")
class TestStripeBadInput(BaseCase):
    def test_garbled_fields_are_refused_or_read_but_never_crash(self):
        """Numbers as strings, nulls where objects were, texts where lists were; in every family."""
        for version in VERSIONS:
            for event_type in sorted(event_types(version)):
                told = envelope(version, event_type)
                canonical_type = getattr(
                    route_for(told.type, told.api_version), "canonical_type", None
                )
                for where, obj in garbled(told.obj) if canonical_type else ():
                    try:
                        normalise_object(canonical_type, obj, version)
                    except InvalidData:
                        continue
                    except Exception as error:
                        raise AssertionError(f"{version} {event_type} {where}") from error

    def test_amounts_as_strings_are_refused(self):
        for event_type, name in (
            ("invoice.finalized", "total"),
            ("invoice.finalized", "amount_due"),
            ("credit_note.created", "total"),
            ("refund.created", "amount"),
            ("invoice_payment.paid", "amount_paid"),
            ("payout.paid", "amount"),
            ("charge.dispute.created", "amount"),
            ("invoiceitem.created", "amount"),
        ):
            told = envelope(NEWEST, event_type)
            told.obj[name] = str(told.obj[name])
            with self.assertRaises(InvalidData) as caught:
                normalise(told, route_for(told.type).canonical_type)
            self.assertIn("not an integer amount", caught.exception.message)

    def test_not_a_number_is_refused(self):
        told = event(NEWEST, "invoice.finalized")
        told["data"]["object"]["lines"]["data"][0]["quantity_decimal"] = float("nan")
        with self.assertRaises(InvalidData):
            normalise(Envelope.parse(json.dumps(told)), "invoice")

    def test_unknown_values_that_decide_money_or_access_are_refused_by_name(self):
        for event_type, changes in UNKNOWN_VALUES.items():
            told = envelope(NEWEST, event_type)
            told.obj.update(changes)
            with self.assertRaises(InvalidData) as caught:
                normalise(told, route_for(told.type).canonical_type)
            self.assertIn(f"“{next(iter(changes.values()))}”", caught.exception.message)

    def test_other_unknown_values_are_carried_on(self):
        for event_type, (changes, field) in CARRIED.items():
            told = envelope(NEWEST, event_type)
            told.obj.update(changes)
            record, *_rest = normalise(told, route_for(told.type).canonical_type)
            self.assertEqual(getattr(record, field), next(iter(changes.values())))

    def test_a_tax_of_unknown_behaviour_is_neither_on_top_nor_within(self):
        told = envelope(NEWEST, "invoice.finalized")
        told.obj["lines"]["data"][0]["taxes"][0]["tax_behavior"] = "beside"
        with self.assertRaises(InvalidData) as caught:
            normalise(told, "invoice")
        self.assertEqual(caught.exception.key, "tax.tax_behavior")

    def test_a_usage_type_of_tomorrow_promises_no_revenue(self):
        told = envelope(NEWEST, "customer.subscription.created")
        told.obj["items"]["data"][0]["price"]["recurring"]["usage_type"] = "wished_for"
        record, *_rest = normalise(told, "subscription")
        self.assertEqual(record.items[0].mrr, 0)

    def test_ten_thousand_lines(self):
        told = envelope("2020-08-27", "invoice.finalized")
        lines = told.obj["lines"]
        lines["data"] = [
            {**copy.copy(line), "id": f"il_{number}_{place}"}
            for number in range(3334)
            for place, line in enumerate(lines["data"])
        ]
        told.obj["total"] *= 3334
        record, *_rest = normalise(told, "invoice")
        self.assertEqual(len(record.lines), 10002)
        self.assertEqual(record.total, 3334 * Decimal("114.00"))

    def test_events_of_long_ago_and_of_tomorrow_are_read(self):
        for year in (2011, 2025, 2099):
            told = event(NEWEST, "customer.updated")
            told["created"] = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
            parsed = Envelope.parse(json.dumps(told))
            self.assertEqual(parsed.created_at.year, year)
            self.assertTrue(normalise(parsed, "customer")[0].external_id)

    def test_instants_beyond_the_calendar_are_refused(self):
        told = envelope(NEWEST, "refund.created")
        told.obj["created"] = 10**18
        with self.assertRaises(InvalidData):
            normalise(told, "refund")

    def test_an_expandable_field_may_be_an_object_everywhere(self):
        for event_type, names in (
            ("invoice.finalized", ("customer",)),
            ("credit_note.created", ("customer", "invoice")),
            ("invoice_payment.paid", ("invoice",)),
            ("refund.created", ("charge", "payment_intent", "balance_transaction")),
            ("charge.dispute.created", ("charge", "payment_intent")),
            ("payout.paid", ("balance_transaction",)),
            ("customer.subscription.updated", ("customer", "latest_invoice")),
            ("subscription_schedule.updated", ("customer", "subscription")),
            ("invoiceitem.created", ("customer", "invoice")),
            ("billing.credit_balance_transaction.created", ("credit_grant",)),
        ):
            told = envelope(NEWEST, event_type)
            canonical_type = route_for(told.type).canonical_type
            expected = normalise_object(canonical_type, told.obj, NEWEST)
            for name in names:
                if told.obj[name]:
                    told.obj[name] = {"id": told.obj[name], "object": name}
            self.assertEqual(normalise_object(canonical_type, told.obj, NEWEST), expected)

    def test_a_customer_account_owns_what_names_no_customer(self):
        told = event(NEWEST, "invoice.finalized")
        told["data"]["object"].update(customer=None, customer_account="acct_customer")
        parsed = Envelope.parse(json.dumps(told))
        self.assertEqual(parsed.lane, "acct_customer")
        self.assertEqual(normalise(parsed, "invoice")[0].customer_id, "acct_customer")
