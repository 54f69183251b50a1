"""Who prepared, signed and reopened a month, with the control totals that they saw."""

from odoo import api, fields, models


class RevenueCloseSignoff(models.Model):
    _name = "saas.revenue.close.signoff"
    _description = "Sign-offs of a Month-end Close"
    _inherit = ["saas.revenue.append.only"]
    _order = "id desc"
    _append_only_columns = ("close_id", "kind", "user_id", "signed_on", "reason", "trace_mark")

    close_id = fields.Many2one(
        "saas.revenue.close", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="close_id.company_id", store=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    kind = fields.Selection(
        [("prepared", "Prepared"), ("signed", "Signed"), ("reopened", "Reopened")],
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one("res.users", required=True, readonly=True, string="By")
    signed_on = fields.Datetime(
        required=True, readonly=True, default=lambda self: fields.Datetime.now(), string="On"
    )
    reason = fields.Text(readonly=True)
    billed_amount = fields.Monetary(
        string="Billed", currency_field="company_currency_id", readonly=True
    )
    collected_amount = fields.Monetary(
        string="Collected", currency_field="company_currency_id", readonly=True
    )
    deferred_amount = fields.Monetary(
        string="Deferred at the End", currency_field="company_currency_id", readonly=True
    )
    recognised_amount = fields.Monetary(
        string="Recognised", currency_field="company_currency_id", readonly=True
    )

    trace_mark = fields.Integer(
        readonly=True, help="Newest effect of an event at that moment: later ones are changes."
    )

    _reason_to_reopen = models.Constraint(
        "CHECK (kind != 'reopened' OR reason IS NOT NULL)", "Reopening a month needs a reason."
    )

    @api.model
    def _get_trace_mark(self):
        return self.env["saas.billing.trace"].search([], order="id desc", limit=1).id
