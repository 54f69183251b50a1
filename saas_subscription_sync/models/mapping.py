"""What mappings of prices and of tax rates share: one decision, its state and its author."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class SaasMapping(models.AbstractModel):
    _name = "saas.mapping"
    _description = "Mapping of an External Object"
    _inherit = ["saas.second.person", "mail.thread"]
    _check_company_auto = True
    _order = "state desc, id desc"

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    external_id = fields.Char(required=True, string="External ID")
    name = fields.Char(required=True)
    active = fields.Boolean(default=True, help="Off: archived at the provider.")
    state = fields.Selection(
        [("draft", "To Approve"), ("approved", "Approved")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)

    def _get_issue_code(self):
        """Code of the issue that a missing approval raises."""
        raise NotImplementedError

    def _get_target_field(self):
        """Name of the field that an approval needs."""
        raise NotImplementedError

    @api.constrains("state")
    def _check_complete(self):
        target = self._get_target_field()
        for mapping in self:
            if mapping.state == "approved" and not mapping[target]:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” needs a value in “%(field)s” before it can be approved.",
                        name=mapping.name,
                        field=self._fields[target]._description_string(self.env),
                    )
                )

    @api.model
    def _get_two_person_fields(self):
        return {self._get_target_field(), "state"}

    def _is_in_force(self, names):
        return self.state == "approved"

    @api.model
    def _get_approver_groups(self):
        return [*super()._get_approver_groups(), "saas_billing_connector.group_saas_operator"]

    def write(self, vals):
        """Whoever decides is stamped; the stamp is never the caller's to set."""
        if not self.env.su and not vals.keys().isdisjoint(("approved_by_id", "approved_at")):
            raise UserError(self.env._("A mapping is approved by its button."))
        target = self._get_target_field()
        before = {mapping: (mapping.state, mapping[target]) for mapping in self}
        result = super().write(vals)
        decided = self.filtered(lambda mapping: before[mapping] != (mapping.state, mapping[target]))
        approved = decided.filtered(lambda mapping: mapping.state == "approved")
        for mappings, stamp in (
            (approved, self._prepare_approval()),
            (decided - approved, {"approved_by_id": False, "approved_at": False}),
        ):
            super(SaasMapping, mappings.sudo()).write(stamp)
        return result

    def action_approve(self):
        """Approve, and process again what waited for it."""
        self.check_access("write")
        if not self.env.user.has_group("saas_billing_connector.group_saas_operator"):
            raise UserError(self.env._("Approving a mapping needs the role Billing Operator."))
        self.write({"state": "approved"})
        for mapping in self:
            self.env["saas.billing.issue"]._resolve(
                mapping.connection_id, self._get_issue_code(), mapping.external_id
            )

    def action_reset(self):
        """Take the approval back; documents that are booked stay as they are.

        As the mapping is in force, a second person has to agree.
        """
        self.check_access("write")
        self.write({"state": "draft"})

    def _prepare_approval(self):
        """Values of an approval by whoever or whatever works now."""
        return {
            "state": "approved",
            "approved_by_id": self.env.uid,
            "approved_at": fields.Datetime.now(),
        }
