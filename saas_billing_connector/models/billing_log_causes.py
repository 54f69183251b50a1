"""Causes that the log itself has."""

from odoo import api, models

from .billing_issue_cause import Cause


class SaasBillingIssue(models.Model):
    _inherit = "saas.billing.issue"

    @api.model
    def _get_causes(self):
        return {
            **super()._get_causes(),
            "id_conflict": Cause(
                self.env._("An event's id was used twice"),
                self.env._(
                    "Compare the two events and ask the provider which one is right. If it is the"
                    " first, set the second one aside; if it is the second, correct what the first"
                    " one did by hand, then set it aside."
                ),
                self.env._("Compare the Events"),
            ),
            "body_removed": Cause(
                self.env._("The body of an event is not kept any more"),
                self.env._(
                    "The retention policy removed it before this kind of object was read. Import"
                    " the objects of that time from the provider instead."
                ),
            ),
            "log_altered": Cause(
                self.env._("The log was changed behind Odoo's back"),
                self.env._(
                    "Find out who has access to the database, and restore the row from a backup;"
                    " or write on the check why the change is in order."
                ),
                self.env._("Open the Check"),
                "_open_log_check",
            ),
        }

    def _open_log_check(self):
        checks = self.env["saas.billing.seal.check"].search([("issue_id", "=", self.id)], limit=1)
        return checks._get_records_action()
