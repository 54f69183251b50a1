"""The life of a version: proposed by its author, approved by another manager, then superseded."""

from odoo import api, models
from odoo.exceptions import UserError

#: What the buttons write.
DECIDED_FIELDS = frozenset(
    {
        "state",
        "proposed_by_id",
        "proposed_on",
        "decided_by_id",
        "decided_on",
        "month_ids",
        "backtested_on",
        "backtest_line_count",
    }
)


class RevenueRule(models.Model):
    """What is turned down or withdrawn is a draft again, to be improved and proposed anew.

    What the system sets up it approves itself: such a version has no author.
    """

    _inherit = "saas.revenue.rule"  # pylint: disable=consider-merging-classes-inherited

    _two_people = models.Constraint(
        "CHECK (state NOT IN ('approved', 'superseded') OR decided_by_id != proposed_by_id)",
        "A version of a rule is approved by somebody else than its author.",
    )

    # ------------------------------------------------------------------
    # Kept as it was made
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        settled = self.filtered(lambda rule: rule.state != "draft")
        if settled and not set(vals) <= self._get_mutable_fields():
            if settled[0].state == "proposed":
                raise UserError(
                    self.env._("“%s” waits for a decision: withdraw it first.", settled[0].name)
                )
            raise UserError(
                self.env._(
                    "“%s” is not a draft any more. Open a new version instead.", settled[0].name
                )
            )
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def _get_mutable_fields(self):
        """Fields of a version that was proposed which say nothing about the treatment."""
        chatter = {name for name in self._fields if name.startswith(("message_", "activity_"))}
        return {"sequence", "name"} | chatter | (DECIDED_FIELDS if self.env.su else set())

    def _check_proposal_fields(self, vals):
        if DECIDED_FIELDS.intersection(vals):
            raise UserError(self.env._("The state of a revenue rule changes by its buttons."))

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(rule.state != "draft" for rule in self):
            raise UserError(self.env._("Only drafts of revenue rules can be deleted."))

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    def _prepare_to_propose(self):
        self.sudo()._backtest()

    def _check_state(self, *states):
        for rule in self:
            if rule.state == "draft" and "draft" not in states:
                raise UserError(self.env._("“%s” is a draft: propose it first.", rule.name))
        return super()._check_state(*states)

    def _check_deciders(self):
        if not self.env.su:
            return super()._check_deciders()
        return self._check_state("draft", "proposed")

    def _get_limit(self):
        """Only managers decide about rules."""
        return 0

    def _get_decided_amount(self):
        return 0

    def _apply(self):
        """Let go of the versions that begin on the first day of this one or later.

        One that begins earlier goes on deciding about the documents from before that day.
        """
        self._get_replaced_versions()._set_state("superseded")

    def _set_state(self, state):
        self.sudo().write({"state": state})
        # The index allows one approved version: the old one must leave before the new one enters.
        self.env.flush_all()

    def _decide(self, state):
        return super()._decide("approved" if state == "approved" else "draft")

    def _send_back(self, reason):
        """Make a proposed version a draft again: its author withdraws it, others reject it."""
        self.ensure_one()
        if self.may_withdraw:
            self.action_withdraw()
        else:
            self.action_reject()
        self.message_post(body=reason)

    # ------------------------------------------------------------------
    # Versions
    # ------------------------------------------------------------------

    def action_new_version(self):
        """Open a draft that will replace this rule for the invoices posted after its approval."""
        self.ensure_one()
        latest = self.search(self._get_code_domain(), order="version desc", limit=1)
        draft = self.copy({"code": self.code, "version": latest.version + 1, "name": self.name})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": draft.id,
            "view_mode": "form",
        }

    def _get_code_domain(self):
        return [("company_id", "=", self.company_id.id), ("code", "=", self.code)]

    def _get_replaced_versions(self):
        """Versions in force that this one takes the place of."""
        domain = [*self._get_code_domain(), ("state", "=", "approved")]
        if self.date_from:
            domain.append(("date_from", ">=", self.date_from))
        return self.search(domain)
