"""One entry that is not as it was when its month was signed, and who or what did it."""

from odoo import fields, models

KINDS = [
    ("new", "Added"),
    ("changed", "Changed"),
    ("gone", "Removed"),
    ("earlier", "In Earlier Months"),
]
WHATS = [
    ("invoice", "Invoice"),
    ("credit_note", "Credit Note"),
    ("payment", "Payment"),
    ("run", "Run"),
    ("statement", "Statement"),
    ("entry", "Journal Entry"),
]


class RevenueCloseChange(models.TransientModel):
    """Amounts are now less then, in company currency, and add up to the change of each total."""

    _name = "saas.revenue.close.change"
    _description = "Change of a Signed Month"
    _order = "id"

    compare_id = fields.Many2one(
        "saas.revenue.close.compare", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_currency_id = fields.Many2one(related="compare_id.company_currency_id")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    what = fields.Selection(WHATS, readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True, string="Entry")
    name = fields.Char(string="Document", readonly=True)
    date = fields.Date(readonly=True, help="Accounting date as it is now.")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    who = fields.Char(readonly=True, help="The kind of event, or the person.")
    event_id = fields.Many2one("saas.billing.event", readonly=True)
    user_id = fields.Many2one("res.users", string="Person", readonly=True)
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

    def action_open_entry(self):
        """The document or journal entry, where it is still there."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).exists()._get_records_action()

    def action_open_event(self):
        return self.event_id.get_formview_action()
