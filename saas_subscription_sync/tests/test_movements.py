"""Movements are a function of one event, and they add up."""

from decimal import Decimal

from odoo.addons.saas_subscription_sync.rules.amounts import allocate, fits, unit_price
from odoo.addons.saas_subscription_sync.rules.movements import movements
from odoo.tests import BaseCase, tagged

from . import factory

DECIMALS = {"USD": 2}


@tagged("post_install", "-at_install")
class TestMovements(BaseCase):
    def _kinds(self, previous, record, event_type="subscription.updated"):
        found = movements(previous, record, event_type, DECIMALS)
        return [(each.item_id, each.kind, each.after - each.before) for each in found]

    def test_kinds(self):
        sub, item = factory.subscription, factory.item
        small, big = item(amount="1200"), item(amount="2400")
        other = item("si_2", amount="600")
        trial = sub("sub_1", small, status="trialing")
        active = sub("sub_1", small)
        tried = item(period=factory.period(factory.at(1), factory.at(1, 15)))
        cases = {
            "created": (None, active, "created", [("si_1", "new", Decimal(100))]),
            "created in trial": (None, trial, "created", []),
            "trial converts": (trial, active, "updated", [("si_1", "new", Decimal(100))]),
            "bigger": (active, sub("s", big), "updated", [("si_1", "expansion", Decimal(100))]),
            "smaller": (sub("s", big), active, "updated", [("si_1", "contraction", Decimal(-100))]),
            "seats": (
                active,
                sub("s", item(amount="1200", quantity="3")),
                "updated",
                [("si_1", "expansion", Decimal(200))],
            ),
            "item added": (
                active,
                sub("s", small, other),
                "updated",
                [("si_2", "expansion", Decimal(50))],
            ),
            "item removed": (
                sub("s", small, other),
                active,
                "updated",
                [("si_2", "contraction", Decimal(-50))],
            ),
            "other price, same worth": (
                active,
                sub("s", item(price_id="price_2")),
                "updated",
                [("si_1", "plan_change", Decimal(0))],
            ),
            "past due": (active, sub("s", small, status="past_due"), "updated", []),
            "paused": (
                active,
                sub("s", small, status="paused", pause_reason="pause_requested"),
                "updated",
                [("si_1", "pause", Decimal(-100))],
            ),
            "paused long after its trial": (
                sub("s", small, trial=tried.period),
                sub("s", small, status="paused", trial=tried.period),
                "updated",
                [("si_1", "pause", Decimal(-100))],
            ),
            "resumed": (
                sub("s", small, status="paused", pause_reason="pause_requested"),
                active,
                "updated",
                [("si_1", "resume", Decimal(100))],
            ),
            "given up": (
                sub("s", small, status="past_due"),
                sub("s", small, status="suspended"),
                "updated",
                [("si_1", "pause", Decimal(-100))],
            ),
            "trial ends without a card": (
                trial,
                sub("s", tried, status="paused", trial=tried.period),
                "updated",
                [],
            ),
            "card after the trial": (
                sub("s", tried, status="paused", trial=tried.period),
                active,
                "updated",
                [("si_1", "new", Decimal(100))],
            ),
            "collection paused": (
                active,
                sub("s", small, pause_collection="void"),
                "updated",
                [("si_1", "pause", Decimal(0))],
            ),
            "collection resumed, and a seat more": (
                sub("s", small, pause_collection="void"),
                sub("s", item(amount="1200", quantity="2")),
                "updated",
                [("si_1", "expansion", Decimal(100)), ("si_1", "resume", Decimal(0))],
            ),
            "cancelled at once, as an update tells": (
                active,
                sub("s", small, status="cancelled"),
                "updated",
                [("si_1", "churn", Decimal(-100))],
            ),
            "deleted: what was before is not told": (
                None,
                sub("s", small, status="cancelled"),
                "deleted",
                [],
            ),
            "imported": (None, active, "imported", []),
            "reactivated": (
                sub("s", small, status="cancelled"),
                active,
                "updated",
                [("si_1", "reactivation", Decimal(100))],
            ),
            "notice without change": (None, active, "trial_will_end", []),
        }
        for name, (previous, record, event_type, expected) in cases.items():
            with self.subTest(name):
                found = self._kinds(previous, record, f"customer.subscription.{event_type}")
                self.assertEqual(found, expected)

    def test_metered_items_count_nothing(self):
        metered = factory.item(metered=True)
        self.assertEqual(
            self._kinds(None, factory.subscription("s", metered), "subscription.created"),
            [("si_1", "new", Decimal(0))],
        )

    def test_amounts_are_rounded_before_they_are_subtracted(self):
        before = factory.subscription("s", factory.item(amount="100"))
        after = factory.subscription("s", factory.item(amount="200"))
        (movement,) = movements(before, after, "subscription.updated", DECIMALS)
        self.assertEqual((movement.before, movement.after), (Decimal("8.33"), Decimal("16.67")))


@tagged("post_install", "-at_install")
class TestAmounts(BaseCase):
    def test_allocate_is_exact(self):
        for total, weights in (
            ("100", "1 1 1"),
            ("0.01", "5 5"),
            ("17.01", "100 20 50"),
            ("-10", "1 2"),
            ("10", "100 -50"),
            ("7", "0 0"),
        ):
            with self.subTest(total=total, weights=weights):
                shares = allocate(Decimal(total), [Decimal(each) for each in weights.split()], 2)
                self.assertEqual(sum(shares), Decimal(total))
                self.assertTrue(all(fits(share, 2) for share in shares))

    def test_unit_price(self):
        cases = {
            ("100", "4"): ("4", "25"),
            ("100", "3"): ("1", "100"),
            ("5", "10000"): ("10000", "0.0005"),
            ("-9.99", "3"): ("3", "-3.33"),
            ("10", "0"): ("1", "10"),
            ("10", "0.125"): ("1", "10"),
        }
        for given, expected in cases.items():
            with self.subTest(given):
                found = unit_price(*map(Decimal, given))
                self.assertEqual(found, tuple(map(Decimal, expected)))
