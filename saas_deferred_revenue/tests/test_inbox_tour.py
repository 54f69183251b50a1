"""An operator clears issues: previews, applies, and finds them closed."""

from odoo.tests import tagged

from . import stripe_year
from .test_controller_tour import TourCase


@tagged("post_install", "-at_install")
class TestInboxTour(TourCase):
    def setUp(self):
        super().setUp()
        self.operator = self.create_user(
            "operator_tour", "saas_billing_connector.group_saas_operator"
        )
        self._process_at_once()

    def test_parked_event_is_mended(self):
        self.play(stripe_year.MASTER_DATA)
        self.company.fiscalyear_lock_date = "2026-01-31"
        (event,) = self.play(stripe_year.BILLED)
        self.assertEqual(event.state, "parked")
        self.start_tour("/odoo", "saas_inbox_parked", login=self.operator.login, timeout=120)
        self.assertEqual((event.state, event.issue_id.state), ("parked", "open"))
        self.company.fiscalyear_lock_date = False
        self.start_tour("/odoo", "saas_inbox_mended", login=self.operator.login, timeout=120)
        self.assertEqual((event.state, event.issue_id.state), ("done", "closed"))

    def test_an_unmapped_tax_is_mapped_and_its_class_clears(self):
        self.connection.tax_policy = "park"
        self.play(stripe_year.MASTER_DATA)
        (invoice,) = self.play(stripe_year.BILLED)
        payment, paid = self.play(stripe_year.PAID)
        self.assertEqual(paid.state, "parked")
        self.assertEqual((invoice.state, payment.state), ("parked", "waiting"))
        issue = invoice.issue_id
        self.assertEqual((issue.key, issue.waiting_count), ("txr_vat", 1))
        self.assertEqual(len(issue.activity_ids), 1)
        self.start_tour("/odoo", "saas_tax_mapped", login=self.operator.login, timeout=120)
        self.assertEqual((paid.state, payment.state), ("done", "done"))
        self.assertEqual(invoice.state, "superseded", "the paid snapshot tells all")
        self.assertEqual(issue.state, "closed")
        self.assertFalse(issue.activity_ids)
        replay = issue.replay_ids
        self.assertEqual(replay.applied_by_id, self.operator)
        self.assertIn("Revenue Schedule", replay.effect_ids.mapped("label"))
        mapping = self.env["saas.tax.mapping"].search([("external_id", "=", "txr_vat")])
        self.assertEqual(mapping.approved_by_id, self.operator)

    def _process_at_once(self):
        """Stand-in for the scheduler, which does not run in tests."""
        events = type(self.env["saas.billing.event"])
        requeue = events._requeue

        def requeue_and_process(event):
            requeue(event)
            drain = event.env["saas.billing.drain"].sudo()
            connection = self.connection.with_env(drain.env)
            inbox = drain.env["saas.billing.event"]
            while pending := inbox.search([("state", "=", "pending")], order="id"):
                drain._process_events(connection, pending)
                drain._wake_due()

        self.patch(events, "_requeue", requeue_and_process)
