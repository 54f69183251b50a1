"""What one segment had recognised by one run."""

from odoo import api, fields, models


class RevenuePosting(models.Model):
    """Written by the run's one statement and never changed.

    `amount = period_amount + prior_amount`: the share of the run's own month, and the catch-up of
    months before it (the segment was booked late, or those months were not run).
    """

    _name = "saas.revenue.posting"
    _description = "Revenue Postings"
    _inherit = ["saas.revenue.append.only"]
    _order = "id desc"
    _log_access = False  # who and when is the run's; the rows are many
    _append_only_columns = (
        "segment_id",
        "schedule_id",
        "run_id",
        "period",
        "date",
        "amount",
        "company_amount",
        "period_amount",
        "prior_amount",
        "period_company_amount",
        "prior_company_amount",
        "move_line_id",
        "deferred_move_line_id",
    )

    segment_id = fields.Many2one(
        "saas.revenue.segment", required=True, readonly=True, ondelete="restrict"
    )
    schedule_id = fields.Many2one(
        "saas.revenue.schedule", required=True, readonly=True, index=True, ondelete="restrict"
    )
    run_id = fields.Many2one(
        "saas.revenue.run", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    period = fields.Date(
        required=True, readonly=True, help="First day of the month the revenue belongs to."
    )
    date = fields.Date(
        string="Accounting Date",
        required=True,
        readonly=True,
        help="Date of the journal entry; later than the period where the period was locked.",
    )
    amount = fields.Monetary(readonly=True)
    period_amount = fields.Monetary(string="This Period", readonly=True)
    prior_amount = fields.Monetary(string="Prior Periods", readonly=True)
    company_amount = fields.Monetary(
        string="Amount (company currency)", readonly=True, currency_field="company_currency_id"
    )
    period_company_amount = fields.Monetary(
        string="This Period (company currency)",
        readonly=True,
        currency_field="company_currency_id",
    )
    prior_company_amount = fields.Monetary(
        string="Prior Periods (company currency)",
        readonly=True,
        currency_field="company_currency_id",
    )
    is_final = fields.Boolean(
        readonly=True, help="The segment is fully recognised: later runs need not look at it."
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Revenue Item",
        readonly=True,
        index=True,
        ondelete="restrict",
        help="The journal item that carries this revenue together with others of its group; none "
        "where these add up to nothing.",
    )
    deferred_move_line_id = fields.Many2one(
        "account.move.line",
        string="Deferred Item",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Journal Entry")
    deferred_account_id = fields.Many2one(related="schedule_id.deferred_account_id")
    revenue_account_id = fields.Many2one("account.account", compute="_compute_revenue_account_id")
    partner_id = fields.Many2one(related="schedule_id.partner_id")
    currency_id = fields.Many2one(related="schedule_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )

    _segment_run_unique = models.Constraint(
        "UNIQUE (segment_id, run_id)", "A run posts each segment once."
    )
    _shares_add_up = models.Constraint(
        "CHECK (amount = period_amount + prior_amount"
        " AND company_amount = period_company_amount + prior_company_amount)",
        "The shares of a posting must add up to it.",
    )
    _final_idx = models.Index("(segment_id) WHERE is_final")

    @api.depends("segment_id.revenue_account_id", "schedule_id.revenue_account_id")
    def _compute_revenue_account_id(self):
        for posting in self:
            posting.revenue_account_id = (
                posting.segment_id.revenue_account_id or posting.schedule_id.revenue_account_id
            )

    def action_open_schedule(self):
        return self.schedule_id.get_formview_action()
