"""Proposed changes of configuration and what became of them; kept for good."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class SaasBillingProposal(models.Model):
    _name = "saas.billing.proposal"
    _description = "Proposed Change of Configuration"
    _inherit = ["saas.no.secret", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "res_name"

    res_model = fields.Char(required=True, readonly=True, string="Record Model")
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True, string="Record"
    )
    res_name = fields.Char(required=True, readonly=True, string="What")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    author_id = fields.Many2one("res.users", required=True, readonly=True, string="Proposed By")
    reason = fields.Text(help="Why; the second person will want to know.")
    changes = fields.Json(
        required=True, readonly=True, help="Field, value before and value after, one by one."
    )
    changes_table = fields.Html(compute="_compute_changes_table", sanitize=False, string="Change")
    changes_text = fields.Char(compute="_compute_changes_table", string="Change in Words")
    state = fields.Selection(
        [
            ("pending", "To Decide"),
            ("applied", "Applied"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        readonly=True,
        default="pending",
        tracking=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, string="Decided By")
    decided_at = fields.Datetime(readonly=True)
    may_decide = fields.Boolean(compute="_compute_may_decide")
    may_withdraw = fields.Boolean(compute="_compute_may_decide")

    _pending_unique = models.UniqueIndex(
        "(res_model, res_id) WHERE state = 'pending'",
        "A change of this record waits for a decision already.",
    )
    _two_people = models.Constraint(
        "CHECK (state NOT IN ('applied', 'rejected') OR decided_by_id != author_id)",
        "A proposal is decided by somebody else than its author.",
    )

    @api.depends("changes")
    def _compute_changes_table(self):
        for proposal in self:
            proposal.changes_table = self.env["ir.qweb"]._render(
                "saas_billing_connector.proposal_table", {"changes": proposal.changes or []}
            )
            proposal.changes_text = "; ".join(
                f"{change['label']}: {change['before_text'] or '–'} → {change['after_text'] or '–'}"
                for change in proposal.changes or []
            )

    @api.depends_context("uid")
    @api.depends("state", "author_id")
    def _compute_may_decide(self):
        for proposal in self:
            proposal.may_decide = proposal._may_decide(self.env.user)
            proposal.may_withdraw = (
                proposal.state == "pending" and proposal.author_id == self.env.user
            )

    # ── kept as it was made ──────────────────────────────────────────────────────────────────

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - {"reason"}:
                raise UserError(self.env._("A proposal is decided by its buttons, never edited."))
            self._check_author()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Proposals are kept: they tell who changed what and why."))

    # ── deciding ─────────────────────────────────────────────────────────────────────────────

    def _get_record(self):
        return self.env[self.res_model].browse(self.res_id).exists()

    def _get_values(self):
        """What is to be written."""
        return {change["field"]: change["after"] for change in self.changes}

    def _may_decide(self, user):
        """Whether a user may apply or reject the proposal: the right role, not the author."""
        return bool(
            self
            and self.state == "pending"
            and user != self.author_id
            and self.company_id in user.company_ids
            and any(user.has_group(group) for group in self._get_approver_groups())
        )

    def _get_approver_groups(self):
        return self.env[self.res_model]._get_approver_groups()

    def _get_approvers(self):
        """Everybody who may decide."""
        groups = [self.env.ref(group).id for group in self._get_approver_groups()]
        return (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("all_group_ids", "in", groups),
                    ("company_ids", "in", self.company_id.ids),
                    ("share", "=", False),
                    ("id", "!=", self.author_id.id),
                ]
            )
        )

    def _notify_approvers(self):
        """An activity for everybody who may decide; who they are."""
        approvers = self._get_approvers()
        for user in approvers:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Approve or reject a change of %s", self.res_name),
                note=self.changes_table,
                user_id=user.id,
            )
        return approvers

    def _check_pending(self):
        self.ensure_one()
        if self.state != "pending":
            raise UserError(self.env._("The proposal has been decided already."))

    def _check_author(self):
        for proposal in self:
            if proposal.state != "pending" or proposal.author_id != self.env.user:
                raise UserError(
                    self.env._(
                        "%(author)s has proposed a change of “%(name)s”: approve or reject it"
                        " before you propose another one.",
                        author=proposal.author_id.name,
                        name=proposal.res_name,
                    )
                )

    def _check_decider(self):
        self.check_access("read")
        self._check_pending()
        if self.author_id == self.env.user:
            raise UserError(
                self.env._("You have proposed this yourself: it takes a second person to decide.")
            )
        if not self._may_decide(self.env.user):
            raise AccessError(self.env._("Deciding about this change needs another role."))

    def action_approve(self):
        """Apply the change."""
        self._check_decider()
        record = self.sudo()._get_record()
        if not record:
            raise UserError(self.env._("The record does not exist any more: reject the proposal."))
        for change in self.changes:
            current = record._prepare_change(change["field"], change["after"])
            if not current or current["before"] != change["before"]:
                raise UserError(
                    self.env._(
                        "“%s” has been changed since the proposal was made: reject it and propose"
                        " anew.",
                        change["label"],
                    )
                )
        self._decide("applied")
        record.write(self._get_values())
        if hasattr(record, "message_post"):
            record.message_post(
                body=self.env._(
                    "Changed by two people: proposed by %(author)s, approved by %(user)s. %(text)s",
                    author=self.author_id.name,
                    user=self.env.user.name,
                    text=self.changes_text,
                )
            )

    def action_reject(self):
        """Leave everything as it is."""
        self._check_decider()
        self._decide("rejected")

    def action_withdraw(self):
        """The author thinks better of it."""
        self._check_pending()
        self._check_author()
        self._decide("withdrawn")

    def _decide(self, state):
        proposals = self.sudo()
        proposals.write(
            {"state": state, "decided_by_id": self.env.uid, "decided_at": fields.Datetime.now()}
        )
        # The index allows one pending proposal: this one must leave before another one enters.
        proposals.flush_recordset()
        proposals.activity_unlink(["mail.mail_activity_data_todo"])

    def action_open_record(self):
        """Open what the proposal is about."""
        self.ensure_one()
        return self._get_record().get_formview_action()
