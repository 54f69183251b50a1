"""Failed payments: attempts and the next retry on the subscription, an activity for its owner."""

from datetime import UTC, datetime
from decimal import Decimal

from freezegun import freeze_time
from odoo.addons.saas_billing_connector.canonical import NeedsHuman, Superseded
from odoo.tests import new_test_user
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from . import factory
from .common import SyncCase

LATE_SECOND = int((datetime(2026, 3, 9, 12, tzinfo=UTC) - factory.YEAR_START).total_seconds())
RETRY = datetime(2026, 3, 12, 12, tzinfo=UTC)


@freeze_time("2026-03-10 12:00:00")
class TestSubscriptionDunning(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        self.subscription = self.bound("subscription", "sub_1")
        self.seconds = iter(range(LATE_SECOND, LATE_SECOND + 1000))

    def invoice(self, *, kind="payment_failed", **values):
        line = factory.line("1200", factory.tax("240", "1200"), subscription_id="sub_1")
        values = {
            "attempts": 1,
            "next_attempt_at": RETRY,
            "amount_remaining": Decimal(1440),
            "subscription_id": "sub_1",
            **values,
        }
        return self.change(
            factory.invoice("in_1", line, **values), kind=kind, second=next(self.seconds)
        )

    def late(self, **values):
        record = factory.subscription(status="past_due", **values)
        return self.change(record, previous=factory.subscription(), second=next(self.seconds))

    def paid(self, before="past_due"):
        return self.change(
            factory.subscription(),
            previous=factory.subscription(status=before),
            second=next(self.seconds),
        )

    def activities(self):
        return self.env["mail.activity"].search(
            [("saas_subscription_id", "=", self.subscription.id)]
        )

    def test_attempts_and_next_retry_are_shown(self):
        self.deliver(self.invoice())
        self.assertRecordValues(
            self.subscription,
            [
                {
                    "failed_attempts": 1,
                    "next_attempt_at": datetime(2026, 3, 12, 12),
                    "amount_late": 1440.0,
                }
            ],
        )
        self.deliver(self.invoice(attempts=2, next_attempt_at=None))
        self.assertRecordValues(
            self.subscription,
            [{"failed_attempts": 2, "next_attempt_at": False, "amount_late": 1440.0}],
        )
        self.deliver(self.invoice(kind="paid", status="paid", amount_remaining=Decimal(0)))
        self.assertRecordValues(
            self.subscription,
            [{"failed_attempts": 0, "next_attempt_at": False, "amount_late": 0.0}],
        )
        self.assertEqual(self.subscription.dunning_ids.state, "paid")

    def test_any_order_tells_the_same(self):
        changes = [
            self.invoice(),
            self.invoice(attempts=2, next_attempt_at=None),
            self.invoice(kind="paid", status="paid", attempts=3, amount_remaining=Decimal(0)),
        ]
        for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1, 2)):
            with self.subTest(order), self.env.cr.savepoint() as savepoint:
                for index in order:
                    self.deliver(changes[index])
                self.assertFalse(self.subscription.failed_attempts)
                self.assertFalse(
                    self.subscription.dunning_ids.filtered(lambda r: r.state == "open")
                )
                savepoint.rollback()
            self.env.invalidate_all()

    def test_paid_at_the_first_attempt_is_no_failure(self):
        self.deliver(self.invoice(kind="paid", status="paid", next_attempt_at=None))
        self.assertFalse(self.subscription.dunning_ids)

    def test_a_debit_under_way_is_no_failure(self):
        self.deliver(self.invoice(kind="updated", next_attempt_at=None))
        self.assertFalse(self.subscription.dunning_ids)

    def test_a_parked_invoice_is_late_all_the_same(self):
        self.deliver(factory.tax_rate("txr_7", "7"))
        line = factory.line("1200", factory.tax("84", "1200", "txr_7"), subscription_id="sub_1")
        record = factory.invoice(
            "in_7",
            line,
            attempts=1,
            next_attempt_at=RETRY,
            subscription_id="sub_1",
            amount_remaining=Decimal(1284),
        )
        (change,) = self.deliver(self.change(record, kind="payment_failed"))
        self.assertOutcome(change, NeedsHuman, "unmapped_tax")
        self.assertEqual(self.subscription.amount_late, 1284.0)

    def test_an_older_failure_than_what_was_applied_begins_nothing(self):
        failed = self.invoice()
        self.deliver(self.invoice(kind="voided", status="void", voided_at=factory.at(3, 10)))
        self.deliver(failed)
        self.assertOutcome(failed, Superseded)
        self.assertFalse(self.subscription.dunning_ids)

    def test_account_owner_gets_one_activity_that_closes_itself(self):
        seller = new_test_user(self.env, "seller", "base.group_user")
        self.subscription.partner_id.user_id = seller
        self.deliver(self.late())
        activity = self.activities()
        self.assertRecordValues(
            activity,
            [{"user_id": seller.id, "res_model": "res.partner", "automated": True}],
        )
        self.assertEqual(activity.res_id, self.subscription.partner_id.id)
        self.assertIn("access ends on", activity.summary)
        # A seller without any right on billing may see and finish it.
        self.assertTrue(activity.with_user(seller).has_access("write"))
        self.deliver(
            self.change(
                factory.subscription(status="suspended"),
                previous=factory.subscription(status="past_due"),
                second=next(self.seconds),
            )
        )
        self.assertEqual(self.activities(), activity)
        self.assertIn("is suspended", activity.summary)
        self.deliver(self.paid("suspended"))
        self.assertFalse(self.activities())
        self.assertFalse(activity.active)

    def test_without_a_seller_the_connection_answers(self):
        self.deliver(self.late())
        self.assertEqual(self.activities().user_id, self.connection.user_id)

    def test_a_pause_asks_nobody(self):
        record = factory.subscription(status="paused", pause_reason="pause_requested")
        self.deliver(self.change(record, previous=factory.subscription()))
        self.assertEqual(self.subscription.access, "suspended")
        self.assertFalse(self.activities())

    @mute_logger("odoo.sql_db")
    def test_a_subscription_has_one_open_activity_by_constraint(self):
        self.deliver(self.late())
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.activities().copy()
            self.env.flush_all()
