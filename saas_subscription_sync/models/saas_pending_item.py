"""What waits at the provider for its next invoice: prorations and one-off items."""

from datetime import timedelta

from odoo import api, fields, models


class SaasPendingItem(models.Model):
    """Follows its newest snapshot until a final invoice bills it or the provider deletes it."""

    _name = "saas.pending.item"
    _description = "Unbilled Item"
    _order = "created_on desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Description", required=True, readonly=True)
    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, precompute=True, index=True
    )
    external_id = fields.Char(required=True, readonly=True, string="External ID")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
    )
    subscription_id = fields.Many2one(
        "saas.subscription",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    subscription_item_id = fields.Many2one(
        "saas.subscription.item",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    catalog_mapping_id = fields.Many2one(
        "saas.catalog.mapping",
        string="Price",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    product_id = fields.Many2one(related="catalog_mapping_id.product_id")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(
        readonly=True, help="Before discounts and taxes; negative for time not used."
    )
    proration = fields.Boolean(
        readonly=True, help="The item adjusts a period that is billed already or will be."
    )
    service_start = fields.Date(required=True, readonly=True, help="First day served.")
    service_end = fields.Date(
        string="Service End (exclusive)",
        required=True,
        readonly=True,
        help="First day not served any more: the period is half-open.",
    )
    service_last_day = fields.Date(
        string="Service Until", compute="_compute_service_last_day", help="Last day served."
    )
    state = fields.Selection(
        [("pending", "Pending"), ("invoiced", "Invoiced"), ("deleted", "Deleted")],
        required=True,
        readonly=True,
        default="pending",
    )
    created_on = fields.Date(
        string="Pending Since", required=True, readonly=True, help="Day on which it came to be."
    )
    settled_on = fields.Date(
        string="Pending Until",
        readonly=True,
        help="Accounting date of its invoice, or the day on which it was deleted: from then on it"
        " does not wait any more.",
    )
    invoice_id = fields.Many2one(
        "account.move",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="None where the invoice belongs to the books before the cut-over.",
    )

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "An invoice item is kept once per connection."
    )

    @api.depends("service_start", "service_end")
    def _compute_service_last_day(self):
        for item in self:
            is_point = item.service_start == item.service_end
            item.service_last_day = not is_point and item.service_end - timedelta(days=1)

    # ── billed ───────────────────────────────────────────────────────────────────────────────

    @api.model
    def _settle(self, connection, external_ids):
        """Note which items a final invoice bills; the earliest one where several name an item.

        :param external_ids: the provider's ids of items, known or not
        :returns: the items that changed
        """
        items = self.search(
            [("connection_id", "=", connection.id), ("external_id", "in", list(external_ids))]
        )
        bills = self._get_bills(connection, items.mapped("external_id"))
        changed = self.browse()
        for item in items:
            if bill := bills.get(item.external_id):
                day, _name, move = bill
                if (item.state, item.settled_on, item.invoice_id) != ("invoiced", day, move):
                    item.write({"state": "invoiced", "settled_on": day, "invoice_id": move.id})
                    changed |= item
        return changed

    def _get_bills(self, connection, external_ids):
        """{external id: (accounting date, name, invoice)} of the invoices that bill items.

        Without an invoice where it belongs to the books before the cut-over.
        """
        lines = self.env["account.move.line"].search(
            [
                ("saas_invoice_item_id", "in", external_ids),
                ("move_id.saas_connection_id", "=", connection.id),
                ("parent_state", "=", "posted"),
            ]
        )
        facts = self.env["saas.opening.fact"].search(
            [
                ("invoice_item_id", "in", external_ids),
                ("position_id.connection_id", "=", connection.id),
            ]
        )
        none = self.env["account.move"]
        found = [
            (line.saas_invoice_item_id, (line.date, line.move_id.saas_external_id, line.move_id))
            for line in lines
        ]
        found += [(fact.invoice_item_id, (fact.date, fact.document_id, none)) for fact in facts]
        bills = {}
        for external_id, bill in sorted(found, key=lambda each: each[1][:2]):
            bills.setdefault(external_id, bill)
        return bills
