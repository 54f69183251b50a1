"""From an event straight to the documents and subscriptions that it touched."""

from odoo import fields, models


class SaasBillingEvent(models.Model):
    _inherit = "saas.billing.event"

    saas_document_count = fields.Integer(compute="_compute_effect_counts", string="Documents")
    saas_payment_count = fields.Integer(compute="_compute_effect_counts", string="Payments")
    saas_subscription_count = fields.Integer(
        compute="_compute_effect_counts", string="Subscriptions"
    )

    def _compute_effect_counts(self):
        counts = self.env["saas.billing.trace"]._count_records(self)
        for event in self:
            event.saas_document_count = counts.get((event.id, "account.move"), 0)
            event.saas_payment_count = counts.get((event.id, "account.payment"), 0)
            event.saas_subscription_count = len(event._get_subscriptions())

    def _get_effect_ids(self, model):
        self.ensure_one()
        traces = self.trace_ids.filtered(lambda trace: trace.res_model == model)
        return list(dict.fromkeys(traces.mapped("res_id")))

    def _get_subscriptions(self):
        """Subscriptions that the event created, changed or moved."""
        subscriptions = self.env["saas.subscription"].browse(
            self._get_effect_ids("saas.subscription")
        )
        movements = self.env["saas.subscription.change"].browse(
            self._get_effect_ids("saas.subscription.change")
        )
        return subscriptions | movements.subscription_id

    def action_open_documents(self):
        """Invoices, credit notes and reversals that the event created or settled."""
        moves = self.env["account.move"].browse(self._get_effect_ids("account.move"))
        return moves._get_records_action(name=self.env._("Documents of %s", self.external_id))

    def action_open_payments(self):
        """Payments and refunds that the event created."""
        payments = self.env["account.payment"].browse(self._get_effect_ids("account.payment"))
        return payments._get_records_action(name=self.env._("Payments of %s", self.external_id))

    def action_open_subscriptions(self):
        """Subscriptions that the event created, changed or moved."""
        return self._get_subscriptions()._get_records_action(name=self.env._("Subscriptions"))
