"""Who owns which kind of cause on a connection."""

from odoo import api, fields, models


class SaasBillingIssueOwner(models.Model):
    _name = "saas.billing.issue.owner"
    _description = "Owner of a Kind of Issue"
    _order = "connection_id, code"
    _rec_name = "code"

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    code = fields.Selection(
        selection="_get_codes",
        string="Cause",
        required=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Gets the issues of this kind and their activities.",
    )

    _code_unique = models.Constraint(
        "UNIQUE(connection_id, code)", "A kind of cause has one owner per connection."
    )

    @api.model
    def _get_codes(self):
        return self.env["saas.billing.issue"]._get_cause_codes()


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    issue_owner_ids = fields.One2many(
        "saas.billing.issue.owner",
        "connection_id",
        string="Issue Owners",
        help="Causes that are not listed go to the connection's responsible.",
    )

    def _get_issue_owner(self, code):
        """The user who owns issues with this code; empty where nobody does."""
        self.ensure_one()
        named = self.issue_owner_ids.filtered(lambda owner: owner.code == code)
        return named.user_id or self.user_id
