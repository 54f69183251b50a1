"""What a customer never paid."""

from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    saas_written_off_amount = fields.Monetary(
        string="Written Off",
        compute="_compute_saas_written_off_amount",
        compute_sudo=True,
        groups="account.group_account_invoice,account.group_account_readonly",
        help="Of invoices of the current company, in its currency.",
    )

    def _compute_saas_written_off_amount(self):
        rows = self.env["saas.revenue.write.off"]._read_group(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
                ("state", "=", "approved"),
            ],
            ["partner_id"],
            ["company_amount:sum"],
        )
        amounts = {partner.id: amount for partner, amount in rows}
        for partner in self:
            partner.saas_written_off_amount = amounts.get(partner.commercial_partner_id.id, 0.0)

    def action_open_saas_write_offs(self):
        """Write-offs of this customer's invoices."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_deferred_revenue.action_revenue_write_off"
        )
        domain = [("partner_id", "=", self.commercial_partner_id.id)]
        return {**action, "domain": domain, "context": {}}
