"""What a run shows: amounts by account, and what stands in its way with its money."""

from odoo import fields, models


class RevenueRunLine(models.Model):
    """Written by the preview and again by the posting, from the same figures that were posted."""

    _name = "saas.revenue.run.line"
    _description = "Month-end Revenue Run Line"
    _order = "run_id, kind, id"
    _check_company_auto = True

    run_id = fields.Many2one("saas.revenue.run", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    kind = fields.Selection(
        [
            ("amount", "Amount"),
            ("accrual", "Unbilled"),
            ("blocker", "Blocker"),
            ("warning", "Warning"),
        ],
        required=True,
    )
    name = fields.Char(string="What")
    deferred_account_id = fields.Many2one("account.account", check_company=True)
    revenue_account_id = fields.Many2one("account.account", check_company=True)
    currency_id = fields.Many2one("res.currency")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    amount = fields.Monetary()
    company_amount = fields.Monetary(currency_field="company_currency_id")
    prior_company_amount = fields.Monetary(
        string="Of Which Prior Periods", currency_field="company_currency_id"
    )
    record_count = fields.Integer(string="Records")
    res_model = fields.Char()
    res_domain = fields.Char()

    def action_open_records(self):
        """Open the records behind a blocker or a warning."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self.res_model,
            "view_mode": "list,form",
            "domain": self.res_domain,
        }
