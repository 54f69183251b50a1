from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    saas_drain_service = fields.Integer(
        "Service Workers",
        help="How many scheduled actions share customers, catalogue and subscriptions.",
    )
    saas_drain_accounting = fields.Integer(
        "Accounting Workers",
        help="How many scheduled actions share invoices and money. They are shared out by company:"
        " more workers than companies with a connection gain nothing.",
    )

    @api.model
    def get_values(self):
        drain = self.env["saas.billing.drain"]
        return super().get_values() | {
            "saas_drain_service": len(drain._get_workers("service")),
            "saas_drain_accounting": len(drain._get_workers("accounting")),
        }

    def set_values(self):
        result = super().set_values()
        drain = self.env["saas.billing.drain"]
        drain._set_workers("service", self.saas_drain_service)
        drain._set_workers("accounting", self.saas_drain_accounting)
        return result
