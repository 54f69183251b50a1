"""What a person decides about revenue: proposed by one, decided by another, kept as it was made."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: Days after which a proposal that nobody decided expires.
EXPIRY_DAYS = 60
ACCOUNTANT = "saas_deferred_revenue.group_revenue_accountant"
MANAGER = "saas_deferred_revenue.group_revenue_manager"
STATES = [
    ("draft", "Draft"),
    ("proposed", "To Decide"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
    ("expired", "Expired"),
]


class RevenueDecision(models.AbstractModel):
    """The flow of a proposal; a model says what its author tells and what approval does.

    It brings `name`, `company_id` and the methods `_prepare_to_propose`, `_apply`,
    `_get_limit` and `_get_decided_amount`.
    """

    _name = "saas.revenue.decision"
    _description = "Decision about Revenue"
    _inherit = ["mail.thread", "mail.activity.mixin"]

    #: What the author decides; all else follows from it and from the buttons.
    _proposal_fields = frozenset()

    reason = fields.Text(tracking=True, help="Why; who decides and who audits will want to know.")
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False, tracking=True, index=True
    )
    proposed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    proposed_on = fields.Datetime(readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_on = fields.Datetime(readonly=True, copy=False)
    may_decide = fields.Boolean(compute="_compute_may_decide")
    may_withdraw = fields.Boolean(compute="_compute_may_decide")

    _two_people = models.Constraint(
        "CHECK (state NOT IN ('approved', 'rejected') OR decided_by_id != proposed_by_id)",
        "A proposal is decided by somebody else than its author.",
    )

    @api.depends_context("uid")
    @api.depends("state", "proposed_by_id")
    def _compute_may_decide(self):
        for proposal in self:
            proposal.may_decide = proposal._may_decide(self.env.user)
            proposal.may_withdraw = (
                proposal.state == "proposed" and proposal.proposed_by_id == self.env.user
            )

    # ------------------------------------------------------------------
    # What a model says of itself
    # ------------------------------------------------------------------

    def _prepare_to_propose(self):
        """Note what the proposal would do.

        :raise UserError: where there is nothing to decide
        """
        raise NotImplementedError

    def _apply(self):
        """Do what was proposed, as superuser.

        :raise UserError: where it would do something else by now than what was shown
        """
        raise NotImplementedError

    def _get_limit(self):
        """Up to what amount an accountant decides, in company currency; zero: about nothing."""
        raise NotImplementedError

    def _get_decided_amount(self):
        """What the decision is about, in company currency."""
        raise NotImplementedError

    # ------------------------------------------------------------------
    # Kept as it was made
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                self._check_proposal_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_proposal_fields(vals)
            told = self._proposal_fields.intersection(vals)
            if told and any(proposal.state != "draft" for proposal in self):
                raise UserError(
                    self.env._("What was proposed is not changed: withdraw it and propose anew.")
                )
        return super().write(vals)

    def _check_proposal_fields(self, vals):
        kept = {name for name in vals if name in self._fields} - self._proposal_fields
        if any(not name.startswith(("message_", "activity_")) for name in kept):
            raise UserError(self.env._("A proposal is decided by its buttons, never edited."))

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(proposal.state != "draft" for proposal in self):
            raise UserError(self.env._("Proposals are kept: they tell who changed what and why."))

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    def action_propose(self):
        """Ask for a decision."""
        self._check_state("draft")
        self.check_access("write")
        for proposal in self:
            if not proposal.reason:
                raise UserError(self.env._("Say why: a proposal needs a reason."))
            proposal._prepare_to_propose()
        self.sudo().write(
            {
                "state": "proposed",
                "proposed_by_id": self.env.uid,
                "proposed_on": fields.Datetime.now(),
            }
        )
        for proposal in self:
            proposal._notify_approvers()

    def action_approve(self):
        """Do what was proposed."""
        self._check_deciders()
        for proposal in self.sudo():
            proposal._apply()
        self._decide("approved")

    def action_reject(self):
        """Leave everything as it is."""
        self._check_deciders()
        self._decide("rejected")

    def action_withdraw(self):
        """The author thinks better of it."""
        self._check_state("proposed")
        if not self.env.su and self.proposed_by_id != self.env.user:
            raise UserError(self.env._("Only who has proposed it withdraws it."))
        self._decide("withdrawn")

    def _check_state(self, *states):
        for proposal in self:
            if proposal.state not in states:
                raise UserError(self.env._("“%s” has been decided already.", proposal.name))

    def _check_deciders(self):
        self._check_state("proposed")
        self.check_access("read")
        for proposal in self:
            if proposal.proposed_by_id == self.env.user:
                raise UserError(
                    self.env._("You have proposed “%s”: a second person decides.", proposal.name)
                )
            if not proposal._may_decide(self.env.user):
                raise AccessError(
                    self.env._("Deciding about “%s” needs another role.", proposal.name)
                )

    def _may_decide(self, user):
        """Whether a user may approve or reject: the role for its amount, and not the author."""
        return bool(
            self.state == "proposed"
            and user != self.proposed_by_id
            and self.company_id in user.company_ids
            and user.has_group(self._get_approver_group())
        )

    def _get_approver_group(self):
        """Accountants decide up to a limit, managers about everything."""
        limit, amount = self._get_limit(), self._get_decided_amount()
        if limit and self.company_id.currency_id.compare_amounts(amount, limit) < 1:
            return ACCOUNTANT
        return MANAGER

    def _notify_approvers(self):
        """An activity for everybody who may decide."""
        approvers = self.company_id._get_people(self._get_approver_group())
        for user in approvers - self.proposed_by_id:
            self.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Approve or reject: %s", self.name),
                note=self.reason,
                user_id=user.id,
            )

    def _decide(self, state):
        decided = self.sudo()
        decided.write(
            {"state": state, "decided_by_id": self.env.uid, "decided_on": fields.Datetime.now()}
        )
        # An index allows one waiting proposal: this one must leave before another one enters.
        decided.flush_recordset()
        decided.activity_unlink(["mail.mail_activity_data_todo"])

    # ------------------------------------------------------------------
    # Expiry
    # ------------------------------------------------------------------

    @api.model
    def _expire(self):
        """End proposals that nobody decided in time; everything stays as it was."""
        expired = self.search(self._get_expired_domain())
        expired.write({"state": "expired"})
        expired.activity_unlink(["mail.mail_activity_data_todo"])

    def _get_expired_domain(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=EXPIRY_DAYS)
        return [("state", "=", "proposed"), ("proposed_on", "<", limit)]
