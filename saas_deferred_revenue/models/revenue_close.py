"""One company-month: what has to hold before it is closed, who signed it, what changed since."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..recognition.calendar import month_start, next_month
from .revenue_close_sql import TOTALS, keep_entries, month_entries

#: What whoever opens a close decides.
SCOPE_FIELDS = frozenset({"company_id", "period"})
#: Signed months that the scheduled action looks at again.
WATCHED_MONTHS = 24


class RevenueClose(models.Model):
    """A checklist that is computed, never ticked; two people sign, and everything they do is kept.

    The books stay open for Odoo: whoever wants them shut sets a lock date. A later change of a
    signed month is not prevented but seen, with its amount.
    """

    _name = "saas.revenue.close"
    _description = "Month-end Close"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "period desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    period = fields.Date(
        required=True,
        default=lambda self: self.env["saas.revenue.run"]._get_last_complete_month(),
        tracking=True,
        help="First day of the month that is closed.",
    )
    state = fields.Selection(
        [("open", "Open"), ("prepared", "Prepared"), ("signed", "Signed")],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    line_ids = fields.One2many("saas.revenue.close.line", "close_id", readonly=True, copy=False)
    signoff_ids = fields.One2many(
        "saas.revenue.close.signoff", "close_id", readonly=True, copy=False
    )
    checked_on = fields.Datetime(readonly=True, copy=False)
    open_count = fields.Integer(readonly=True, copy=False, string="Still Open")
    billed_amount = fields.Monetary(
        string="Billed",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Invoices less credit notes of the month, before taxes.",
    )
    collected_amount = fields.Monetary(
        string="Collected",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Payments less refunds of the month.",
    )
    deferred_amount = fields.Monetary(
        string="Deferred at the End",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Balance of the deferred revenue accounts at the end of the month.",
    )
    recognised_amount = fields.Monetary(
        string="Recognised",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Revenue of the month.",
    )
    changed_amount = fields.Monetary(
        string="Changed since Sign-off",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="The largest change of a control total since the month was signed.",
    )
    is_amber = fields.Boolean(
        string="Changed since Sign-off?", compute="_compute_is_amber", store=True
    )
    prepared_by_id = fields.Many2one("res.users", compute="_compute_signers")
    signed_by_id = fields.Many2one("res.users", compute="_compute_signers")
    may_sign = fields.Boolean(compute="_compute_may_sign")

    _month_unique = models.Constraint(
        "UNIQUE (company_id, period)", "This month of the company has its close already."
    )
    _period_is_month = models.Constraint(
        "CHECK (EXTRACT(DAY FROM period) = 1)", "A close is of a month: it names its first day."
    )

    @api.depends("period")
    def _compute_name(self):
        for close in self:
            close.name = close.period and close.period.strftime("%Y-%m")

    @api.depends("state", "changed_amount")
    def _compute_is_amber(self):
        for close in self:
            close.is_amber = close.state == "signed" and bool(close.changed_amount)

    @api.depends("state", "signoff_ids")
    def _compute_signers(self):
        """Whose signatures hold: none of them does once the month was reopened."""
        for close in self:
            close.prepared_by_id = close.state != "open" and close._get_signoff("prepared").user_id
            close.signed_by_id = close.state == "signed" and close._get_signoff("signed").user_id

    @api.depends_context("uid")
    @api.depends("state", "signoff_ids")
    def _compute_may_sign(self):
        for close in self:
            close.may_sign = close._may_sign(self.env.user)

    # ------------------------------------------------------------------
    # Kept as it was made
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        prepared = []
        for vals in vals_list:
            self._check_only_scope(vals)
            if vals.get("period"):
                vals = {**vals, "period": month_start(fields.Date.to_date(vals["period"]))}
            prepared.append(vals)
        return super().create(prepared)

    def write(self, vals):
        self._check_only_scope(vals)
        if SCOPE_FIELDS.intersection(vals) and self.signoff_ids:
            raise UserError(self.env._("A close that somebody signed stays with its month."))
        return super().write(vals)

    def _check_only_scope(self, vals):
        told = {name for name in vals if not name.startswith(("message_", "activity_"))}
        if not self.env.su and not told <= SCOPE_FIELDS:
            raise AccessError(self.env._("A close is signed by its buttons, never edited."))

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_signed(self):
        if self.signoff_ids:
            raise UserError(self.env._("A close that somebody signed is kept."))

    # ------------------------------------------------------------------
    # Checking
    # ------------------------------------------------------------------

    def action_check(self):
        """Go through the checklist and add up the month anew."""
        self.check_access("write")
        self._check_month()

    def _check_month(self):
        for close in self.sudo():
            lines = close._prepare_lines()
            totals = close._get_totals()
            close.write(
                {
                    **totals,
                    "checked_on": fields.Datetime.now(),
                    "open_count": sum(line["state"] == "open" for line in lines),
                    "changed_amount": close._get_change(totals),
                    "line_ids": [Command.clear(), *map(Command.create, lines)],
                }
            )

    def _get_totals(self):
        """Control totals of the month as the books tell them now."""
        self.ensure_one()
        month = (self.company_id, self.period, self.period)
        billed = self.env["saas.reconciliation.run"]._get_month_figures(*month)[self.period]
        earned = self.env["saas.revenue.proof"]._get_month_figures(*month)[self.period]
        return {
            "billed_amount": billed["billed"],
            "collected_amount": billed["collected"],
            "deferred_amount": float(earned["deferred"]),
            "recognised_amount": float(earned["recognised"]),
        }

    def _get_change(self, totals):
        """The largest change of a control total since the last sign-off; zero before there is one.

        :param totals: as `_get_totals` gives them
        """
        signed = self._get_signoff("signed")
        if self.state != "signed" or not signed:
            return 0.0
        changes = [totals[name] - signed[name] for name in TOTALS]
        return self.company_currency_id.round(max(changes, key=abs))

    # ------------------------------------------------------------------
    # Signing
    # ------------------------------------------------------------------

    def action_prepare(self):
        """A revenue accountant vouches for the month."""
        self.check_access("write")
        for close in self:
            if close.state != "open":
                raise UserError(self.env._("%s is prepared already.", close.name))
            close._check_complete()
            close._sign("prepared")
            close._notify_managers()

    def action_sign(self):
        """A revenue manager, who did not prepare it, signs the month."""
        for close in self:
            if close.state != "prepared":
                raise UserError(
                    self.env._("%s has to be prepared before it is signed.", close.name)
                )
            if close.prepared_by_id == self.env.user:
                raise UserError(
                    self.env._("You have prepared %s: a second person signs it.", close.name)
                )
            if not close._may_sign(self.env.user):
                raise AccessError(self.env._("Only revenue managers sign a month."))
            close._check_complete()
            close._sign("signed")
            close.sudo().activity_unlink(["mail.mail_activity_data_todo"])

    def _reopen(self, reason):
        """Take the signatures back, for a reason that is kept.

        :raises UserError: where there is nothing to take back
        """
        for close in self:
            if close.state == "open":
                raise UserError(self.env._("%s is open.", close.name))
            close._sign("reopened", reason)
            close.sudo().activity_unlink(["mail.mail_activity_data_todo"])

    def _check_complete(self):
        """Everything on the list holds today, whatever it said when somebody looked last."""
        self._check_month()
        if next_month(self.period) > fields.Date.today():
            raise UserError(self.env._("The month %s is not over yet.", self.name))
        waiting = self.line_ids.filtered(lambda line: line.state == "open")
        if waiting:
            raise UserError(
                self.env._(
                    "%(month)s cannot be closed yet:\n%(lines)s",
                    month=self.name,
                    lines="\n".join(f"– {line.name}" for line in waiting),
                )
            )

    def _sign(self, kind, reason=False):
        close = self.sudo()
        state = {"prepared": "prepared", "signed": "signed", "reopened": "open"}[kind]
        signoffs = self.env["saas.revenue.close.signoff"].sudo()
        signoff = signoffs.create(
            {
                "close_id": close.id,
                "kind": kind,
                "user_id": self.env.uid,
                "reason": reason,
                "trace_mark": signoffs._get_trace_mark(),
                **{name: close[name] for name in TOTALS},
            }
        )
        close.write({"state": state, "changed_amount": 0.0})
        if kind == "signed":
            self.env.flush_all()
            self.env.cr.execute(keep_entries(signoff, close._get_entries()))
            self.env["saas.revenue.close.day"].sudo()._keep(signoff)

    def _get_entries(self):
        """What the month consists of now, as a statement; see `revenue_close_sql`."""
        return month_entries(
            self.company_id.id,
            self.period,
            next_month(self.period),
            self.env["saas.revenue.proof"]._get_deferred_account_ids(self.company_id),
        )

    def _get_signoff(self, kind):
        """The newest signature of a kind."""
        return self.signoff_ids.filtered(lambda each: each.kind == kind).sorted("id")[-1:]

    def _may_sign(self, user):
        """Whether a user may sign: the role, the company, and not who prepared it."""
        return bool(
            self.state == "prepared"
            and user != self.prepared_by_id
            and self.company_id in user.company_ids
            and user.has_group("saas_deferred_revenue.group_revenue_manager")
        )

    def _notify_managers(self):
        for user in self.company_id._get_revenue_managers() - self.env.user:
            self.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Sign the close of %s", self.name),
                user_id=user.id,
            )

    # ------------------------------------------------------------------
    # After the sign-off
    # ------------------------------------------------------------------

    @api.model
    def _cron_watch(self):
        """Look at signed months again; whoever signed a month that changed is told once."""
        since = month_start(fields.Date.today()) - relativedelta(months=WATCHED_MONTHS)
        closes = self.search([("state", "=", "signed"), ("period", ">=", since)])
        self.env["ir.cron"]._commit_progress(remaining=len(closes))
        for close in closes:
            close._watch()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _watch(self):
        """Check a signed month again, and tell who signed it when it has changed."""
        was_amber = self.is_amber
        self._check_month()
        if self.is_amber and not was_amber:
            self._tell_of_change()

    def _tell_of_change(self):
        signed = self._get_signoff("signed")
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("%s changed after it was signed", self.name),
            user_id=signed.user_id.id,
        )

    # ------------------------------------------------------------------
    # Comparing
    # ------------------------------------------------------------------

    def action_compare(self):
        """Compare with the month before, or two selected months with each other."""
        if len(self) > 2 or len(self.company_id) > 1:
            raise UserError(self.env._("Choose one month, or two months of one company."))
        return self.env["saas.revenue.close.compare"]._compare(self)

    def _get_month_before(self):
        """The close of the month before, where there is one."""
        before = month_start(self.period - timedelta(days=1))
        return self.search([("company_id", "=", self.company_id.id), ("period", "=", before)])

    def action_open_changes(self):
        """What is not as it was when the month was signed, and who or what did it."""
        compares = self.env["saas.revenue.close.compare"]
        return compares.create({"close_id": self.id}).action_open_changes()
