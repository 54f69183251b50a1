"""Every family of Stripe's API versions, read as one."""

import copy
import json

from odoo.tests import BaseCase, tagged

from ..canonical import InvalidData, serialise
from ..providers.stripe import Envelope, Ignored, MalformedEvent, normalise, route_for
from ..providers.stripe.readers import NEWEST_VERSION, family_of, is_known, upgrade
from ..providers.stripe.readers.families import FAMILIES
from ..providers.stripe.routing import ROUTES, ByFamily, Route
from .fixture import NEWEST, VERSIONS, envelope, event, event_types

#: Credit grants came with acacia, invoice payments and overpayments with basil.
SINCE = {
    "billing.credit_balance_transaction.created": "2025-02-24.acacia",
    "billing.credit_grant.created": "2025-02-24.acacia",
    "billing.credit_grant.updated": "2025-02-24.acacia",
    "invoice.overpaid": "2025-08-27.basil",
    "invoice_payment.paid": "2025-08-27.basil",
}
#: One payment, as the older families and as the newer ones tell it.
OLD_PAYMENT, NEW_PAYMENT = "charge.succeeded", "invoice_payment.paid"


def read(version, event_type):
    """(type, text of the record, text of the record before) of a fixture."""
    told = envelope(version, event_type)
    route = route_for(told.type, told.api_version)
    if isinstance(route, Ignored):
        return None
    record, previous, _version = normalise(told, route.canonical_type)
    return (
        route.canonical_type,
        serialise.dumps(record),
        previous and serialise.dumps(previous),
    )


@tagged("post_install", "-at_install")
class TestStripeReaders(BaseCase):
    def test_every_handled_type_has_a_fixture_in_every_family(self):
        handled = {name for name, route in ROUTES.items() if isinstance(route, (Route, ByFamily))}
        for version in VERSIONS:
            expected = {name for name in handled if SINCE.get(name, "") <= version}
            self.assertEqual(event_types(version), expected, version)

    def test_the_same_facts_read_the_same_in_every_family(self):
        for event_type in sorted(event_types(NEWEST)):
            expected = read(NEWEST, event_type)
            for version in VERSIONS:
                if event_type not in event_types(version) or event_type == OLD_PAYMENT:
                    continue
                with self.subTest(event_type, version=version):
                    self.assertIsNotNone(expected)
                    self.assertEqual(read(version, event_type), expected)

    def test_a_payment_is_one_record_whichever_event_tells_it(self):
        told = {
            version: read(version, each)
            for version in VERSIONS
            for each in (OLD_PAYMENT, NEW_PAYMENT)
            if each in event_types(version) and read(version, each)[0] == "payment"
        }
        self.assertEqual(set(told), set(VERSIONS))
        self.assertEqual(len(set(told.values())), 1, told)
        self.assertEqual(route_for(OLD_PAYMENT, NEWEST).canonical_type, "charge")

    def test_a_debit_that_took_days_is_paid_when_it_succeeded(self):
        told = event("2020-08-27", OLD_PAYMENT)
        told["created"] = told["data"]["object"]["created"] + 4 * 86400
        parsed = Envelope.parse(json.dumps(told))
        self.assertEqual(normalise(parsed, "payment")[0].paid_at, parsed.created_at)

    def test_a_charge_without_an_invoice_is_no_payment_of_one(self):
        told = envelope("2020-08-27", OLD_PAYMENT)
        told.obj["invoice"] = None
        with self.assertRaises(InvalidData):
            normalise(told, "payment")

    def test_upgrading_leaves_alone_what_is_new_already(self):
        for version in VERSIONS:
            for event_type in sorted(event_types(version)):
                told = envelope(version, event_type)
                route = route_for(told.type, told.api_version)
                if isinstance(route, Ignored):
                    continue
                before = copy.deepcopy(told.obj)
                once = upgrade(route.canonical_type, told.obj, version)
                self.assertEqual(told.obj, before, "the received object is evidence")
                self.assertEqual(upgrade(route.canonical_type, once, None), once, event_type)

    def test_an_object_without_a_version_is_read_right_whatever_it_is(self):
        for version in VERSIONS:
            told = event(version, "invoice.finalized")
            told["api_version"] = None
            record, *_rest = normalise(Envelope.parse(json.dumps(told)), "invoice")
            expected, *_rest = normalise(envelope(version, "invoice.finalized"), "invoice")
            self.assertEqual(record, expected, version)

    def test_lists_completed_at_another_version_fit_in(self):
        old, new = (envelope(each, "invoice.finalized").obj for each in ("2020-08-27", NEWEST))
        mixed = {**old, "lines": new["lines"]}
        self.assertEqual(
            upgrade("invoice", mixed, "2020-08-27")["lines"],
            upgrade("invoice", new, NEWEST)["lines"],
        )

    def test_the_family_is_told_by_name_then_by_date(self):
        for version, family, known in (
            ("2020-08-27", "dated", True),
            ("2024-06-20", "dated", True),
            ("2024-09-30.acacia", "acacia", True),
            ("2025-03-31.basil", "basil", True),
            ("2025-10-29.clover", "clover", True),
            ("2026-08-26.dahlia", "dahlia", True),
            (NEWEST_VERSION, "endive", True),
            ("2027-01-27.endive", "endive", True),
            ("2025-08-27.basil; checkout_beta=v1", "basil", True),
            (None, "dated", True),
            ("2019-12-03", "dated", False),
            ("2027-03-31.fuchsia", "endive", False),
            ("2025-04-30.preview", "basil", False),
            ("2031-01-01", "endive", False),
            ("tomorrow", "endive", False),
        ):
            self.assertEqual((family_of(version).name, is_known(version)), (family, known), version)

    def test_an_unknown_newer_version_reads_as_the_newest(self):
        told = event(VERSIONS[-1], "invoice.finalized")
        told["api_version"] = "2027-03-31.fuchsia"
        parsed = Envelope.parse(json.dumps(told))
        self.assertTrue(parsed.version_unknown)
        expected, *_rest = normalise(envelope(VERSIONS[-1], "invoice.finalized"), "invoice")
        self.assertEqual(normalise(parsed, "invoice")[0], expected)

    def test_families_lie_in_order_and_the_newest_needs_no_upgrade(self):
        since = [family.since for family in FAMILIES]
        self.assertEqual(since, sorted(since))
        self.assertFalse(FAMILIES[-1].upgrades)

    def test_thin_events_name_the_setting_to_change(self):
        for thin in (
            {"object": "v2.core.event", "type": "v1.invoice.paid"},
            {"object": "v2.core.event", "type": "v2.core.account.updated"},
            {"object": "event", "type": "v1.customer.subscription.updated"},
        ):
            body = {"id": "evt_1", "created": "2026-10-01T00:00:00Z", "livemode": True, **thin}
            with self.assertRaises(MalformedEvent) as caught:
                Envelope.parse(json.dumps(body))
            self.assertIn("payload style to “Snapshot”", str(caught.exception))

    def test_before_and_after_of_an_old_event_are_both_in_the_newest_shape(self):
        told = envelope("2020-08-27", "customer.subscription.updated")
        told.previous_attributes["current_period_end"] = 1772323200
        told.previous_attributes["current_period_start"] = 1769904000
        record, previous, _version = normalise(told, "subscription")
        self.assertEqual(previous.items[0].period.end, record.items[0].period.start)
        self.assertEqual((previous.status, record.status), ("active", "cancelling"))
        self.assertLess(previous.items[0].quantity, record.items[0].quantity)

    def test_what_is_deleted_is_marked_so(self):
        for event_type in ("customer", "customer.tax_id", "product", "price", "coupon"):
            told = envelope(NEWEST, f"{event_type}.deleted")
            route = route_for(told.type)
            self.assertTrue(normalise(told, route.canonical_type)[0].deleted, event_type)
