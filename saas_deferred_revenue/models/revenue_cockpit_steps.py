"""What may be done next with a month by whoever looks at it."""

from collections.abc import Callable
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..recognition.calendar import next_month
from .decision import ACCOUNTANT, MANAGER


class Step(NamedTuple):
    """One button: whether this user is offered it now, and what it does."""

    label: str
    is_offered: bool
    act: Callable
    #: What is asked before it is done.
    question: str = ""


class RevenueCockpit(models.AbstractModel):
    _inherit = "saas.revenue.cockpit"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def get_close(self, company_id, month):
        """The close's state and signatures, and the buttons of this user.

        :returns: `steps` is empty for those who only read; `next` is the code of the step that
            comes next
        """
        cockpit, company, period = self._enter(company_id, month)
        close = cockpit._find_close(company, period)
        steps = cockpit._get_offered(company, period, close)
        labels = dict(close._fields["state"]._description_selection(cockpit.env))
        kinds = dict(close.signoff_ids._fields["kind"]._description_selection(cockpit.env))
        return {
            "id": close.id,
            "state": close.state or "open",
            "label": labels[close.state or "open"],
            "link": cockpit._link_record(close),
            "changed_amount": close.changed_amount if close.is_amber else 0.0,
            "signoffs": [
                {
                    "id": each.id,
                    "label": kinds[each.kind],
                    "user": each.user_id.display_name,
                    "on": fields.Datetime.to_string(each.signed_on),
                    "reason": each.reason or "",
                }
                for each in close.signoff_ids
            ],
            "steps": [
                {"code": code, "label": step.label, "question": step.question}
                for code, step in steps.items()
            ],
            "next": close.state != "signed" and next(iter(steps), False),
            "hint": cockpit._get_hint(period, close),
        }

    @api.model
    def act(self, company_id, month, code):
        """Do one of the steps that the page offers.

        :returns: the action that follows, or False
        :raises UserError: where the step is not to be done (any more)
        """
        cockpit, company, period = self._enter(company_id, month)
        close = cockpit._find_close(company, period)
        step = cockpit._get_offered(company, period, close).get(code)
        if not step:
            raise UserError(
                self.env._("This is not what comes next, or not by you. Look at the month again.")
            )
        return step.act(company, period, close) or False

    def _find_close(self, company, period):
        return self.env["saas.revenue.close"].search(
            [("company_id", "=", company.id), ("period", "=", period)]
        )

    def _get_offered(self, company, period, close):
        steps = self._get_steps(company, period, close)
        return {code: step for code, step in steps.items() if step.is_offered}

    def _get_steps(self, company, period, close):
        """The steps of a close, by their code; of those that are offered the first comes next."""
        today = fields.Date.today()
        has_begun, is_over = period <= today, next_month(period) <= today
        is_accountant = self.env.user.has_group(ACCOUNTANT)
        is_open = close.state not in ("prepared", "signed")
        is_due = is_accountant and is_open and not self._is_posted(company, period, close)
        is_complete = close.checked_on and not close.open_count
        reconcile = Step(
            self.env._("Run Reconciliation"),
            has_begun and self._may_reconcile(company, period),
            self._act_reconcile,
        )
        check = Step(self.env._("Check"), is_accountant and has_begun, self._act_check)
        looks = {"reconcile": reconcile, "check": check}
        if is_complete or self._is_done(close, "reconciliation"):
            looks = {"check": check, "reconcile": reconcile}
        return {
            "sign": Step(self.env._("Sign"), close.may_sign, self._act_sign),
            "prepare": Step(
                self.env._("Prepare"),
                is_accountant and is_over and is_complete and close.state == "open",
                self._act_prepare,
            ),
            "post": Step(
                self.env._("Post Run"),
                is_due and is_over,
                self._act_post,
                self.env._("Post one journal entry with everything due by the end of this month?"),
            ),
            "preview": Step(
                self.env._("Preview Run"),
                is_due and has_begun,
                self._act_preview,
            ),
            **looks,
            "reopen": Step(
                self.env._("Reopen"),
                bool(close) and not is_open and self.env.user.has_group(MANAGER),
                self._act_reopen,
            ),
        }

    def _is_done(self, close, code):
        """Whether a line of the checklist was done when somebody looked last."""
        return close.line_ids.filtered(lambda line: line.code == code).state == "done"

    def _is_posted(self, company, period, close):
        """Whether the month's revenue is posted, as the checklist or else the runs say."""
        if close.checked_on:
            return self._is_done(close, "run")
        last = self.env["saas.revenue.run"]._get_last_posted_month(company)
        return bool(last) and last >= period

    def _may_reconcile(self, company, period):
        runs = self.env["saas.reconciliation.run"]
        return bool(
            runs.has_access("create")
            and self._get_connections(company)
            and not runs._get_newest(company, period, "running")
        )

    def _get_hint(self, period, close):
        """Why the next step is not offered, where that is not plain."""
        if next_month(period) > fields.Date.today():
            return self.env._(
                "The month is not over yet: it can be previewed and reconciled, not posted."
            )
        if close.state == "prepared" and close.prepared_by_id == self.env.user:
            return self.env._("You have prepared it: a second person signs it.")
        if close.state == "open" and close.open_count:
            return self.env._("Before it is prepared, every check has to be done.")
        return ""

    # ------------------------------------------------------------------
    # Doing it, by the methods of the records
    # ------------------------------------------------------------------

    def _act_check(self, company, period, close):
        close = close or close.create({"company_id": company.id, "period": period})
        close.action_check()

    def _act_prepare(self, company, period, close):
        close.action_prepare()

    def _act_sign(self, company, period, close):
        close.action_sign()

    def _act_reopen(self, company, period, close):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_deferred_revenue.action_revenue_close_reopen"
        )
        return {**action, "context": {"default_close_id": close.id}}

    def _act_preview(self, company, period, close):
        run = self._get_run(company, period)
        run.action_preview()
        return self._link_record(run)

    def _act_post(self, company, period, close):
        self._get_run(company, period).action_post()
        # What the list says of the run is not so any more.
        if close:
            close.action_check()

    def _get_run(self, company, period):
        return self.env["saas.revenue.run"]._get_or_create_open_run(company, period)

    def _act_reconcile(self, company, period, close):
        run = self.env["saas.reconciliation.run"].create(
            {"company_id": company.id, "date_from": period, "date_to": next_month(period)}
        )
        run.action_run()
        if close.has_access("write") and close:
            close.action_check()
