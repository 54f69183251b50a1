from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    saas_crm_activation = fields.Selection(
        [
            ("propose", "Propose to mark it won"),
            ("win", "Mark it won"),
            ("nothing", "Leave it alone"),
        ],
        string="Activated Subscriptions",
        required=True,
        default="propose",
        help="What becomes of the customer's open opportunity when a subscription becomes active."
        " Where several are open, it is always proposed.",
    )
