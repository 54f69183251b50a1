"""One deferred balance of the old books, as its row in the file says it."""

from odoo import api, fields, models

from .revenue_rule import METHODS


class RevenueOpeningRow(models.Model):
    """What a row says and, once it is booked, the entry that carries it.

    The journal item knows its row: whether it is deferred, how and to which accounts was said in
    the file. Rows that are not booked are replaced by the next preview.
    """

    _name = "saas.revenue.opening.row"
    _description = "Row of Deferred Balances"
    _order = "import_id desc, row_number, id"
    _rec_name = "reference"
    _check_company_auto = True

    import_id = fields.Many2one(
        "saas.revenue.opening.import",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="import_id.company_id", store=True, index=True)
    row_number = fields.Integer(string="Row", readonly=True, help="Line of the file.")
    reference = fields.Char(readonly=True, help="Of the old books; booked once for ever.")
    customer = fields.Char(string="Customer in the File", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    name = fields.Char(string="Description", readonly=True)
    service_start = fields.Date(readonly=True, help="First day served, as the file says it.")
    service_end = fields.Date(
        string="Service End (exclusive)", readonly=True, help="First day not served any more."
    )
    service_last_day = fields.Date(string="Service Until", compute="_compute_service_last_day")
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(
        string="To Be Earned", readonly=True, help="From the cut-over date on; negative takes back."
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    company_amount = fields.Monetary(
        string="To Be Earned (company currency)",
        readonly=True,
        currency_field="company_currency_id",
        help="At the rate it was billed at.",
    )
    rule_id = fields.Many2one("saas.revenue.rule", readonly=True, ondelete="restrict")
    method = fields.Selection(METHODS, readonly=True)
    deferred_account_id = fields.Many2one("account.account", readonly=True, ondelete="restrict")
    revenue_account_id = fields.Many2one("account.account", readonly=True, ondelete="restrict")
    error = fields.Text(readonly=True, help="What is wrong with the row, and what to do about it.")
    move_id = fields.Many2one(
        "account.move",
        string="Entry",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Carries the row once it is booked. Deleting its draft lets the row be booked again.",
    )

    _booked_once = models.UniqueIndex(
        "(company_id, reference) WHERE move_id IS NOT NULL",
        "This reference is booked already.",
    )

    @api.depends("service_end")
    def _compute_service_last_day(self):
        for row in self:
            row.service_last_day = row.service_end and fields.Date.subtract(row.service_end, days=1)

    def _prepare_item(self):
        """The journal item that carries what is still to be earned; service begins anew."""
        self.ensure_one()
        return {
            "name": self.name,
            "account_id": self.deferred_account_id.id,
            "partner_id": self.partner_id.id,
            "product_id": self.product_id.id,
            "currency_id": self.currency_id.id,
            "amount_currency": -self.amount,
            "balance": -self.company_amount,
            "tax_ids": [],
            # The file names none; Odoo would look for one customer by customer.
            "analytic_distribution": False,
            "saas_opening_row_id": self.id,
            "saas_service_start": max(self.service_start, self.import_id.cutover_date),
            "saas_service_end": self.service_end,
        }
