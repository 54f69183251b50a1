"""Contacts that are merged keep what the billing provider knows them by."""

from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_reference_fields(self, src_partners, dst_partner):
        self.env["saas.billing.link"]._follow(src_partners, dst_partner)
        result = super()._update_reference_fields(src_partners, dst_partner)
        if dst_partner.active:
            self.env["saas.customer"].sudo()._contacts_changed(dst_partner)
        return result
