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
    issue_id = fields.Many2one(
        "saas.billing.issue",
        compute="_compute_issue_id",
        string="Waits for This",
        help="The open issue that approving the mapping clears.",
    )

    def _compute_issue_id(self):
        issues = self.env["saas.billing.issue"].search(
            [
                ("connection_id", "in", self.connection_id.ids),
                ("code", "=", self._get_issue_code()),
                ("key", "in", self.mapped("external_id")),
                ("state", "=", "open"),
            ]
        )
        by_cause = {(issue.connection_id, issue.key): issue for issue in issues}
        for mapping in self:
            mapping.issue_id = by_cause.get((mapping.connection_id, mapping.external_id), False)

    def _get_issue_code(self):
        """Code of the issue that a missing approval raises."""
        raise NotImplementedError

    def _get_target_field(self):
        """Name of the field that an approval needs."""
        raise NotImplementedError

    def _is_complete(self):
        """Whether it says all that booking needs."""
        return bool(self[self._get_target_field()])

    @api.constrains("state")
    def _check_complete(self):
        target = self._get_target_field()
        for mapping in self:
            if mapping.state == "approved" and not mapping._is_complete():
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

    def action_preview(self):
        """See what approving would clear and book, before it is approved."""
        self.ensure_one()
        if not self.issue_id:
            raise UserError(
                self.env._("Nothing waits for “%s”: it can be approved at once.", self.name)
            )
        return self.env["saas.billing.replay"]._open_for_issue(self.issue_id, self)

    def action_approve_or_preview(self):
        """Approve what nothing waits for, and preview the others, one replay each.

        :returns: window action of the previews, or None where there are none
        """
        drafts = self.filtered(lambda mapping: mapping.state == "draft")
        waited_for = drafts.filtered("issue_id")
        (drafts - waited_for).action_approve()
        if not waited_for:
            return None
        replays = self.env["saas.billing.replay"]
        for mapping in waited_for:
            replays |= replays._preview_for_issue(mapping.issue_id, mapping)
        return replays._get_records_action(name=self.env._("Replay"))

    def action_open_issue(self):
        """What waits for this mapping."""
        return self.issue_id._get_records_action()

    def _grant_in_preview(self):
        """Take the approval for given; the preview takes it back."""
        self.write({"state": "approved"})

    def _decide_for_replay(self):
        """Approve for good what the preview took for approved; whether it is approved now."""
        if self.state != "approved":
            self.action_approve()
        return self.state == "approved"

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
