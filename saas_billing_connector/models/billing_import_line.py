"""One list of an import: how far it was read, and what came of it."""

from datetime import UTC, timedelta

from odoo import api, fields, models

from ..canonical import NeedsHuman

#: Canonical type -> label, in the order in which they refer to each other.
OBJECT_TYPES = {
    "customer": "Customers",
    "product": "Products",
    "price": "Prices",
    "tax_rate": "Tax Rates",
    "coupon": "Coupons",
    "subscription": "Subscriptions",
    "invoice_item": "Pending Invoice Items",
    "invoice": "Invoices",
    "charge": "Charges",
    "payment": "Payments",
    "credit_note": "Credit Notes",
    "refund": "Refunds",
    "dispute": "Disputes",
    "payout": "Payouts",
    "balance_transaction": "Balance Transactions",
}


class SaasBillingImportLine(models.Model):
    _name = "saas.billing.import.line"
    _description = "Imported List"
    _order = "sequence, id"
    _rec_name = "object_type"

    import_id = fields.Many2one(
        "saas.billing.import", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="import_id.company_id", store=True)
    object_type = fields.Selection(
        selection=list(OBJECT_TYPES.items()), required=True, readonly=True, string="Objects"
    )
    sequence = fields.Integer(readonly=True)
    selected = fields.Boolean("Import", default=True)
    state = fields.Selection(
        [
            ("todo", "Not Started"),
            ("running", "Running"),
            ("done", "Done"),
            ("blocked", "Needs Attention"),
        ],
        required=True,
        default="todo",
        readonly=True,
        copy=False,
    )
    cursor = fields.Char(readonly=True, copy=False)
    reached_at = fields.Datetime(
        "Read Back To",
        readonly=True,
        copy=False,
        help="Creation time of the oldest object read; lists are read from the newest on.",
    )
    read_count = fields.Integer("Read", readonly=True, copy=False)
    new_count = fields.Integer(
        "New", readonly=True, copy=False, help="Objects that were not in the inbox in this state."
    )
    unchanged_count = fields.Integer("Unchanged", compute="_compute_unchanged_count")
    problem = fields.Text(readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress")
    remaining = fields.Char(compute="_compute_progress")

    _type_unique = models.Constraint(
        "UNIQUE(import_id, object_type)", "An import reads each list once."
    )

    @api.depends("read_count", "new_count")
    def _compute_unchanged_count(self):
        for line in self:
            line.unchanged_count = line.read_count - line.new_count

    @api.depends("state", "reached_at", "import_id.since_at", "import_id.until_at")
    def _compute_progress(self):
        for line in self:
            start, end = line.import_id.since_at, line.import_id.until_at
            line.progress = 0
            line.remaining = False
            if line.state == "done":
                line.progress = 100
                line.remaining = self.env._("nothing")
            elif line.reached_at and start and end and end > start:
                line.progress = 100 * (end - line.reached_at) / (end - start)
                line.remaining = self.env._("back to %s", start.date())
            elif line.state != "todo":
                line.remaining = self.env._("unknown: Stripe does not say")

    def _import_page(self, reader):
        """Read and store the next page, and note how far the list was read."""
        page = self._read_page(reader)
        new = self.import_id._store(page)
        values = {
            "state": "running" if page.after else "done",
            "cursor": page.after,
            "read_count": self.read_count + len(page.objects),
            "new_count": self.new_count + new,
        }
        if page.reached_at:
            values["reached_at"] = page.reached_at.replace(tzinfo=None)
        self.write(values)

    def _read_page(self, reader):
        """The next page; from the time reached on where Stripe does not know the cursor any more.

        An object that was deleted since cannot be a cursor.
        """
        since, until = self.import_id.since_at, self.import_id.until_at
        since = since.replace(tzinfo=UTC) if since else None
        try:
            return reader.page(self.object_type, since, until.replace(tzinfo=UTC), self.cursor)
        except NeedsHuman as outcome:
            if not self.cursor or outcome.code != "stripe_request":
                raise
        until = self.reached_at + timedelta(seconds=1)
        return reader.page(self.object_type, since, until.replace(tzinfo=UTC))
