"""What a difference shows: an amount on each side, and where to see either side."""

from odoo import api, fields, models


class SaasReconciliationSides(models.AbstractModel):
    _name = "saas.reconciliation.sides"
    _description = "Two Sides of a Reconciliation"
    _check_company_auto = True

    check = fields.Char(
        required=True,
        readonly=True,
        help="R0 opening, R1 billed, R2 collected, R3 cash, R4 deferred, R5 recognised,"
        " R6 complete, R7 schedules, R8 tax.",
    )
    month = fields.Date(readonly=True, help="Its first day.")
    day = fields.Date(
        readonly=True,
        help="The provider's accounting day, else that of the books; empty where it belongs to the"
        " month as a whole.",
    )
    connection_id = fields.Many2one(
        "saas.billing.connection", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    key = fields.Char(
        required=True, readonly=True, help="Tells the lines of one check and month apart."
    )
    label = fields.Char(required=True, readonly=True)
    currency_id = fields.Many2one(
        "res.currency", readonly=True, help="Empty where things are counted, not money."
    )
    left_amount = fields.Monetary(readonly=True, string="Expected")
    right_amount = fields.Monetary(readonly=True, string="In the Books")
    difference = fields.Monetary(compute="_compute_difference", store=True)
    difference_class = fields.Selection(
        [
            ("missing", "Missing in the Books"),
            ("unexpected", "Only in the Books"),
            ("duplicate", "Duplicate"),
            ("amount", "Different Amount"),
            ("timing", "Different Month"),
            ("state", "Different State"),
            ("tax_rounding", "Tax Rounding"),
            ("fx", "Exchange Rate"),
            ("manual", "Manual Entry"),
            ("unknown", "Unknown"),
        ],
        readonly=True,
        string="Class",
        help="Empty on control totals.",
    )
    reason = fields.Char(readonly=True, help="What is known about the cause.")
    user_id = fields.Many2one("res.users", string="Owner", readonly=True)
    right_model = fields.Char(readonly=True)
    right_res_id = fields.Many2oneReference(model_field="right_model", readonly=True)
    external_id = fields.Char(readonly=True, string="External ID", index=True)
    dashboard_url = fields.Char(compute="_compute_dashboard_url", string="At the Provider")

    @api.depends("left_amount", "right_amount", "currency_id")
    def _compute_difference(self):
        for each in self:
            difference = each.left_amount - each.right_amount
            currency = each.currency_id
            each.difference = currency.round(difference) if currency else difference

    @api.depends("connection_id", "external_id")
    def _compute_dashboard_url(self):
        for each in self:
            connection = each.connection_id
            each.dashboard_url = (
                connection._get_dashboard_url(each.external_id)
                if connection and each.external_id
                else False
            )

    def action_open(self):
        """Open the record in the books; without one, the events that should have made it."""
        self.ensure_one()
        if self.right_res_id:
            return self.env[self.right_model].browse(self.right_res_id)._get_records_action()
        return self.action_open_events()

    def action_open_events(self):
        """Events of the object: why it is in the books as it is, or is not there."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_billing_connector.action_billing_event"
        )
        return {**action, "domain": [("object_id", "=", self.external_id)], "context": {}}

    def action_open_provider(self):
        """Open the object in the provider's dashboard."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.dashboard_url, "target": "new"}
