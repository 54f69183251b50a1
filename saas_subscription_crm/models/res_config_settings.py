from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    saas_crm_activation = fields.Selection(related="company_id.saas_crm_activation", readonly=False)
