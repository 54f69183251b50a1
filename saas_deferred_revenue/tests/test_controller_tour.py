"""A controller walks from a subscription to the ledger and back to the event that caused it."""

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon
from odoo.addons.saas_billing_connector.tests.common import ConnectorMixin
from odoo.tests import new_test_user, tagged

from . import stripe_year
from .common import month


class TourCase(ConnectorMixin, AccountTestInvoicingHttpCommon):
    """The books of one customer, made by the events of the billing platform."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        vat = cls.tax_sale_a.copy({"name": "VAT 20 %", "amount": 20})
        cls.env["account.tax"].search([("company_id", "=", cls.company.id)]).active = False
        vat.active = True
        cls.set_up_connection(company_id=cls.company.id)

    @classmethod
    def get_default_groups(cls):
        return (
            super().get_default_groups()
            | cls.env.ref("saas_billing_connector.group_saas_admin")
            | cls.env.ref("saas_deferred_revenue.group_revenue_manager")
        )

    def play(self, story):
        """Store events and process them as the drain would; the rows."""
        events = self.receive(*(self.event(kind, obj) for kind, obj in story))
        self.process(events.sudo())
        return events

    def create_user(self, login, *groups, name="Connie Controller"):
        return new_test_user(
            self.env,
            login,
            name=name,
            groups=",".join(("account.group_account_user", *groups)),
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
            tz="UTC",
        )


@tagged("post_install", "-at_install")
class TestControllerTour(TourCase):
    def setUp(self):
        super().setUp()
        for story in (stripe_year.MASTER_DATA, stripe_year.BILLED, stripe_year.PAID):
            events = self.play(story)
            self.assertEqual(set(events.mapped("state")), {"done"})
        self.controller = self.create_user(
            "controller_tour",
            "saas_deferred_revenue.group_revenue_manager",
            "saas_billing_connector.group_saas_auditor",
        )
        self.env = self.env(user=self.controller)
        self.env["saas.revenue.run"]._post_month(self.company, month("2026-01"))

    def test_from_subscription_to_event(self):
        self.start_tour("/odoo", "saas_controller", login=self.controller.login, timeout=120)

    def test_smart_buttons_lead_both_ways(self):
        """Every neighbour of the chain opens the other, by a button that the controller has."""
        event = self.env["saas.billing.event"].search([("event_type", "=", "invoice.finalized")])
        schedule = self.env["saas.revenue.schedule"].search(
            [("move_id.saas_external_id", "=", "in_year")]
        )
        chain = {
            "event": event,
            "subscription": schedule.subscription_id,
            "invoice": schedule.move_id,
            "schedule": schedule,
            "run": schedule.posting_ids.run_id,
            "entry": schedule.posting_ids.run_id.move_ids,
            "postings": schedule.posting_ids,
        }
        for start, button, end in (
            ("event", "action_open_documents", "invoice"),
            ("invoice", "action_open_saas_events", "event"),
            ("event", "action_open_revenue_schedules", "schedule"),
            ("schedule", "action_open_events", "event"),
            ("subscription", "action_open_invoices", "invoice"),
            ("invoice", "action_open_saas_subscriptions", "subscription"),
            ("subscription", "action_open_revenue_schedules", "schedule"),
            ("schedule", "action_open_subscription", "subscription"),
            ("invoice", "action_open_saas_revenue_schedules", "schedule"),
            ("schedule", "action_open_invoice", "invoice"),
            ("schedule", "action_open_runs", "run"),
            ("run", "action_open_schedules", "schedule"),
            ("run", "action_open_entries", "entry"),
            ("entry", "action_open_saas_revenue_run", "run"),
            ("entry", "action_open_saas_revenue_postings", "postings"),
        ):
            with self.subTest(f"{start} → {end}"):
                self.assertIn(f'name="{button}"', chain[start].get_view(view_type="form")["arch"])
                self.assertLessEqual(chain[end], self._open(chain[start], button))

    def _open(self, record, button):
        """Records that a smart button shows."""
        action = getattr(record, button)()
        model = self.env[action["res_model"]]
        if action.get("res_id"):
            return model.browse(action["res_id"])
        return model.search(action["domain"])
