"""Causes that come with money given back."""

from odoo import api, models
from odoo.addons.saas_billing_connector.models.billing_issue_cause import Cause


# Money is a concern of its own; the other causes have their file.
# pylint: disable=consider-merging-classes-inherited
class SaasBillingIssue(models.Model):
    _inherit = "saas.billing.issue"

    @api.model
    def _get_causes(self):
        return {
            **super()._get_causes(),
            "refund_failed": Cause(
                self.env._("A refund failed and the money came back"),
                self.env._(
                    "The books have it on the provider's account again and owe it to the customer."
                    " Approve or decline the credit note if it still waits, pay the customer"
                    " another way, settle the credit note with that payment, then replay."
                ),
                self.env._("Open Refund"),
                "_open_refund",
            ),
            # No event waits for these two: their owner gets the activities of the records.
            "credit_to_approve": Cause(
                self.env._("Money was given back without a credit note"),
                self.env._("Approve or decline the credit note that the books propose."),
            ),
            "dispute": Cause(
                self.env._("A customer's bank disputes a payment"),
                self.env._("Answer it at the provider before the deadline."),
            ),
        }

    def _open_refund(self):
        domain = [
            ("saas_connection_id", "=", self.connection_id.id),
            ("saas_external_id", "=", self.key),
        ]
        return self.env["account.payment"].search(domain)._get_records_action()
