"""What a signed month consisted of, entry by entry: whatever changes later is told from it."""

from odoo import fields, models


class RevenueCloseEntry(models.Model):
    """Written by the signature's one statement; see `revenue_close_sql`.

    There is no reference to the entry itself: what was signed stays known after it is deleted.
    """

    _name = "saas.revenue.close.entry"
    _description = "Entry of a Signed Month"
    _inherit = ["saas.revenue.append.only"]
    _order = "signoff_id desc, id"
    _log_access = False  # who and when is the signature's; the rows are many
    _append_only_columns = (
        "signoff_id",
        "company_id",
        "res_model",
        "res_id",
        "what",
        "name",
        "billed_amount",
        "collected_amount",
        "deferred_amount",
        "recognised_amount",
        "digest",
    )

    signoff_id = fields.Many2one(
        "saas.revenue.close.signoff", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True, string="Entry"
    )
    what = fields.Char(required=True, readonly=True)
    name = fields.Char(readonly=True)
    billed_amount = fields.Monetary(
        string="Billed", currency_field="company_currency_id", readonly=True
    )
    collected_amount = fields.Monetary(
        string="Collected", currency_field="company_currency_id", readonly=True
    )
    deferred_amount = fields.Monetary(
        string="Deferred", currency_field="company_currency_id", readonly=True
    )
    recognised_amount = fields.Monetary(
        string="Recognised", currency_field="company_currency_id", readonly=True
    )
    digest = fields.Char(readonly=True)

    _entry_unique = models.Constraint(
        "UNIQUE (signoff_id, res_model, res_id)", "An entry stands once in what was signed."
    )
