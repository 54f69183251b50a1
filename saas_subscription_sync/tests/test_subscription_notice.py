"""Mails to customers: off by default, once per cause, in their language, never about history."""

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from freezegun import freeze_time
from odoo.addons.saas_billing_connector.canonical import MissingDependency, OutOfScope
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from . import factory
from .common import SyncCase

KINDS = ("failed", "card", "suspended", "restored")
NOW = factory.at(3, 10)


@freeze_time("2026-03-10 12:00:00")
class TestSubscriptionNotice(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        self.subscription = self.bound("subscription", "sub_1")
        second = int((NOW - factory.YEAR_START).total_seconds())
        self.seconds = iter(range(second, second + 1000))

    def switch_on(self):
        self.connection.sudo().write(
            {
                f"{kind}_template_id": self.env.ref(
                    f"saas_subscription_sync.mail_template_{kind}"
                ).id
                for kind in KINDS
            }
        )

    def failed(self, **values):
        line = factory.line("1200", factory.tax("240", "1200"), subscription_id="sub_1")
        values = {
            "attempts": 1,
            "next_attempt_at": NOW + timedelta(days=3),
            "amount_remaining": Decimal(1440),
            "hosted_url": "https://pay.example/in_1",
            "subscription_id": "sub_1",
            **values,
        }
        record = factory.invoice("in_1", line, **values)
        return self.change(record, kind="payment_failed", second=next(self.seconds))

    def turn(self, before, after):
        return self.change(
            factory.subscription(status=after),
            previous=factory.subscription(status=before),
            second=next(self.seconds),
        )

    def mails(self):
        domain = [("model", "=", "saas.subscription"), ("res_id", "=", self.subscription.id)]
        return self.env["mail.mail"].search(domain, order="id")

    def play(self):
        self.deliver(self.failed())
        self.deliver(self.turn("active", "past_due"))
        self.deliver(self.turn("past_due", "suspended"))
        self.deliver(self.turn("suspended", "active"))

    def test_off_by_default(self):
        self.play()
        self.assertFalse(self.mails())
        self.assertFalse(self.subscription.notice_ids)

    def test_each_cause_is_mailed_once(self):
        self.switch_on()
        self.play()
        subjects = ["Your payment failed", "Access is suspended", "Access is restored"]
        self.assertEqual(self.mails().mapped("subject"), subjects)
        self.assertEqual(self.mails().recipient_ids, self.subscription.partner_id)
        self.assertIn("1,440.00", self.mails()[0].body_html)
        self.assertIn("https://pay.example/in_1", self.mails()[0].body_html)
        self.deliver(self.failed())
        self.assertEqual(len(self.mails()), 3)
        self.deliver(self.failed(attempts=2))
        self.assertEqual(len(self.mails()), 4)
        self.assertEqual(set(self.mails().mapped("state")), {"outgoing"})

    def test_in_the_language_of_the_billing_contact(self):
        self.switch_on()
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("saas_subscription_sync.mail_template_failed")
        template.with_context(lang="fr_FR").subject = "Votre paiement a échoué"
        contact = self.env["res.partner"].create(
            {
                "name": "Comptabilité",
                "type": "invoice",
                "parent_id": self.subscription.partner_id.id,
                "email": "compta@example.com",
                "lang": "fr_FR",
            }
        )
        self.deliver(self.failed())
        self.assertEqual(self.mails().subject, "Votre paiement a échoué")
        self.assertEqual(self.mails().recipient_ids, contact)

    def test_history_is_not_mailed(self):
        self.switch_on()
        old = self.failed(), self.turn("active", "suspended")
        with freeze_time("2026-03-12"):
            self.deliver(*old)
        self.assertEqual(self.subscription.access, "suspended")
        self.assertFalse(self.mails())

    def test_imports_are_not_mailed(self):
        self.switch_on()
        imported = self.turn("active", "suspended")
        self.env.cr.execute(
            "UPDATE saas_billing_event SET source = 'backfill' WHERE id = %s", [imported.event.id]
        )
        imported.event.invalidate_recordset()
        self.deliver(imported)
        self.assertEqual(self.subscription.access, "suspended")
        self.assertFalse(self.mails())

    def test_a_card_that_expires_is_mailed_once(self):
        self.switch_on()
        self.deliver(factory.subscription("sub_2", factory.item("si_2")))
        expiring = [
            self.change(factory.card_expiry(), kind="expiring", second=next(self.seconds))
            for _repeated in range(2)
        ]
        self.assertDone(*self.deliver(*expiring))
        mail = self.env["mail.mail"].search([("subject", "=", "Your card is about to expire")])
        self.assertEqual(len(mail), 1)

    def test_a_card_of_nobody_waits_and_of_a_former_customer_is_left(self):
        unknown, former = self.deliver(
            factory.card_expiry("card_2", "cus_9"), factory.customer("cus_2")
        )
        self.assertOutcome(unknown, MissingDependency, key="customer:cus_9")
        (left,) = self.deliver(factory.card_expiry("card_3", "cus_2"))
        self.assertOutcome(left, OutOfScope)

    def test_suspension_by_time_is_mailed(self):
        self.switch_on()
        self.deliver(self.turn("active", "past_due"))
        self.assertFalse(self.mails())
        with freeze_time("2026-03-20"):
            self.subscription.sudo()._refresh_access("time")
        self.assertEqual(self.mails().subject, "Access is suspended")

    def test_pause_and_decisions_are_not_mailed_as_late_payment(self):
        self.switch_on()
        self.deliver(self.turn("active", "paused"))
        self.deliver(self.turn("paused", "active"))
        self.assertFalse(self.mails())

    def test_a_broken_template_stops_nothing_but_itself(self):
        self.switch_on()
        model = self.env.registry["mail.template"]
        with (
            patch.object(model, "send_mail_batch", side_effect=ValueError("bad template")),
            mute_logger("odoo.addons.saas_subscription_sync.models.saas_subscription_notice"),
        ):
            (change,) = self.deliver(self.turn("active", "suspended"))
        self.assertDone(change)
        self.assertEqual(self.subscription.access, "suspended")
        issue = self.env["saas.billing.issue"].search([("code", "=", "mail_template")])
        self.assertEqual(issue.state, "open")

    @mute_logger("odoo.sql_db")
    def test_once_per_cause_by_constraint(self):
        self.switch_on()
        self.deliver(self.failed())
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.subscription.notice_ids.sudo().copy()
            self.env.flush_all()
