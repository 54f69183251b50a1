"""One control total, or one difference with its class, its owner and both sides."""

from odoo import api, fields, models


class SaasReconciliationLine(models.Model):
    _name = "saas.reconciliation.line"
    _description = "Reconciliation Line"
    _inherit = "saas.append.only"
    _order = "run_id desc, check, id"
    _rec_name = "label"

    run_id = fields.Many2one(
        "saas.reconciliation.run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    check = fields.Char(
        required=True,
        readonly=True,
        help="R0 opening, R1 billed, R2 collected, R4 deferred, R5 recognised …",
    )
    label = fields.Char(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    account_id = fields.Many2one("account.account", readonly=True, check_company=True)
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
            ("tax_rounding", "Tax Rounding"),
            ("fx", "Exchange Rate"),
            ("manual", "Manual Entry"),
            ("unknown", "Unknown"),
        ],
        readonly=True,
        string="Class",
        help="Empty on control totals.",
    )
    user_id = fields.Many2one("res.users", string="Owner", readonly=True)
    left_model = fields.Char(readonly=True)
    left_res_id = fields.Many2oneReference(model_field="left_model", readonly=True)
    right_model = fields.Char(readonly=True)
    right_res_id = fields.Many2oneReference(model_field="right_model", readonly=True)
    external_id = fields.Char(readonly=True, string="External ID", index=True)

    @api.depends("left_amount", "right_amount", "currency_id")
    def _compute_difference(self):
        for line in self:
            line.difference = line.currency_id.round(line.left_amount - line.right_amount)

    def action_open(self):
        """Open the record in the books, or else the one that was expected."""
        self.ensure_one()
        model, res_id = self.right_model, self.right_res_id
        if not res_id:
            model, res_id = self.left_model, self.left_res_id
        if not res_id:
            return self._get_events_action()
        return self.env[model].browse(res_id)._get_records_action()

    def _get_events_action(self):
        """Events of the object that has no record: why it is missing."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_billing_connector.action_billing_event"
        )
        return {**action, "domain": [("object_id", "=", self.external_id)], "context": {}}
