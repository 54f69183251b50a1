"""Causes that come with a cut-over."""

from odoo import api, models
from odoo.addons.saas_billing_connector.models.billing_issue_cause import Cause


# The opening is a concern of its own; the other causes have their file.
# pylint: disable=consider-merging-classes-inherited
class SaasBillingIssue(models.Model):
    _inherit = "saas.billing.issue"

    @api.model
    def _get_causes(self):
        return {
            **super()._get_causes(),
            "opening_not_booked": Cause(
                self.env._("Opening positions are not booked yet"),
                self.env._(
                    "Payments and credits since the cut-over wait for them. Compare the opening"
                    " positions with the old books, then book them; what waits follows by itself."
                ),
                self.env._("Open Opening Positions"),
                "_open_opening",
            ),
            "opening_settled": Cause(
                self.env._("A payment came for an invoice that the old books had as paid"),
                self.env._("Find out what it is for and book it by hand."),
                self.env._("Open Opening Positions"),
                "_open_opening",
            ),
            "opening_credit_note_void": Cause(
                self.env._("A credit note of the old books was voided"),
                self.env._("Book by hand what that brings back."),
            ),
        }

    def _open_opening(self):
        return self.connection_id.action_open_opening()
