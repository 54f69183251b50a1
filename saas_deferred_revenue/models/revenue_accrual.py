"""What one unbilled item had earned by one month end."""

from odoo import fields, models


class RevenueAccrual(models.Model):
    """Written by the run's one statement and never changed.

    Booked on the month's last day and taken back on the day after, by the same run: what is left
    on the unbilled account at any later day is nothing, and no month counts the revenue twice.
    """

    _name = "saas.revenue.accrual"
    _description = "Unbilled Accruals"
    _inherit = ["saas.revenue.append.only"]
    _order = "id desc"
    _log_access = False  # who and when is the run's
    _append_only_columns = (
        "item_id",
        "run_id",
        "period",
        "date",
        "reversal_date",
        "currency_id",
        "amount",
        "company_amount",
        "revenue_account_id",
        "unbilled_account_id",
        "move_line_id",
        "unbilled_move_line_id",
        "reversal_move_line_id",
        "reversal_unbilled_move_line_id",
    )

    item_id = fields.Many2one(
        "saas.pending.item",
        string="Unbilled Item",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    run_id = fields.Many2one(
        "saas.revenue.run", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    period = fields.Date(
        required=True, readonly=True, help="First day of the month at whose end the item waited."
    )
    date = fields.Date(string="Accounting Date", required=True, readonly=True)
    reversal_date = fields.Date(string="Taken Back On", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(
        readonly=True, help="Earned by the end of the month; negative for time not used."
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    company_amount = fields.Monetary(
        string="Amount (company currency)",
        readonly=True,
        currency_field="company_currency_id",
        help="At the rate of the month's last day.",
    )
    revenue_account_id = fields.Many2one("account.account", required=True, readonly=True)
    unbilled_account_id = fields.Many2one("account.account", required=True, readonly=True)
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Revenue Item",
        readonly=True,
        index=True,
        ondelete="restrict",
        help="The journal item that carries the accrual together with others of its group; none "
        "where these add up to nothing.",
    )
    unbilled_move_line_id = fields.Many2one(
        "account.move.line",
        string="Unbilled Journal Item",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    reversal_move_line_id = fields.Many2one(
        "account.move.line",
        string="Revenue Item, Taken Back",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    reversal_unbilled_move_line_id = fields.Many2one(
        "account.move.line",
        string="Unbilled Journal Item, Taken Back",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Journal Entry")
    partner_id = fields.Many2one(related="item_id.partner_id")

    _run_item_unique = models.Constraint("UNIQUE (run_id, item_id)", "A run accrues an item once.")
    _company_period_idx = models.Index("(company_id, period)")
