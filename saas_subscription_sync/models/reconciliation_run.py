"""One check of some months of one company: its parts, its control totals, every difference.

A run is made of parts, see `reconciliation_part`. A small one is done when the button comes back;
a large one goes on in the scheduled actions.
"""

import time

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .reconciliation_part import OPEN

#: What whoever reconciles decides; all else follows from it.
SCOPE_FIELDS = frozenset({"company_id", "connection_id", "date_from", "date_to"})
#: Seconds that a run started by hand may take before it goes on in the background.
AT_ONCE = 8


class SaasReconciliationRun(models.Model):
    _name = "saas.reconciliation.run"
    _description = "Reconciliation Run"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    connection_id = fields.Many2one(
        "saas.billing.connection",
        check_company=True,
        index=True,
        ondelete="restrict",
        help="Empty: every connection of the company.",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
    )
    date_to = fields.Date(
        string="To (exclusive)",
        required=True,
        default=lambda self: fields.Date.context_today(self) + relativedelta(months=1, day=1),
        help="First day of the month after the last one checked.",
    )
    state = fields.Selection(
        [
            ("draft", "Not Run"),
            ("running", "Running"),
            ("attention", "Needs Attention"),
            ("done", "Done"),
        ],
        required=True,
        default="draft",
        readonly=True,
        index=True,
        copy=False,
    )
    is_scheduled = fields.Boolean(
        string="Nightly", readonly=True, copy=False, help="Started by the scheduled action."
    )
    executed_at = fields.Datetime("Started", readonly=True, copy=False)
    executed_by_id = fields.Many2one("res.users", "Started By", readonly=True, copy=False)
    finished_at = fields.Datetime("Finished", readonly=True, copy=False)
    part_ids = fields.One2many("saas.reconciliation.part", "run_id", readonly=True)
    progress = fields.Float(compute="_compute_progress")
    problem = fields.Text(compute="_compute_progress")
    line_ids = fields.One2many("saas.reconciliation.line", "run_id", readonly=True)
    total_ids = fields.One2many(
        "saas.reconciliation.line",
        "run_id",
        domain=[("difference_class", "=", False)],
        readonly=True,
        string="Control Totals",
    )
    difference_ids = fields.One2many(
        "saas.reconciliation.line",
        "run_id",
        domain=[("difference_class", "!=", False)],
        readonly=True,
        string="Differences Found",
    )
    is_clean = fields.Boolean(
        string="Clean",
        readonly=True,
        copy=False,
        help="Every check was made, every control total agrees, no difference.",
    )
    difference_count = fields.Integer(readonly=True, copy=False, string="Differences")
    open_count = fields.Integer(
        readonly=True,
        copy=False,
        string="Not Explained",
        help="Differences that nobody had explained when the run ended.",
    )

    @api.depends("date_from", "date_to", "connection_id")
    def _compute_name(self):
        for run in self:
            last = run.date_to and run.date_to - relativedelta(months=1)
            months = [f"{day:%Y-%m}" for day in (run.date_from, last) if day]
            name = " – ".join(dict.fromkeys(months))
            run.name = f"{run.connection_id.name} {name}" if run.connection_id else name

    @api.depends("part_ids.state", "part_ids.problem")
    def _compute_progress(self):
        for run in self:
            parts = run.part_ids
            ended = parts.filtered(lambda part: part.state not in OPEN)
            run.progress = 100 * len(ended) / len(parts) if parts else 0
            run.problem = "\n".join(sorted(set(parts.filtered("problem").mapped("problem"))))

    @api.constrains("date_from", "date_to")
    def _check_months(self):
        for run in self:
            if run.date_from.day != 1 or run.date_to.day != 1 or run.date_from >= run.date_to:
                raise ValidationError(
                    self.env._(
                        "A reconciliation covers whole months: it starts on the first day of a"
                        " month and ends before the first day of a later one."
                    )
                )
            if run.date_to > fields.Date.context_today(run) + relativedelta(months=1, day=1):
                raise ValidationError(
                    self.env._(
                        "There is nothing to reconcile yet in months that have not begun. Let the"
                        " reconciliation end with the running month at the latest."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_only_scope(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_only_scope(vals)
        if SCOPE_FIELDS & vals.keys() and any(run.state != "draft" for run in self):
            raise UserError(self.env._("A reconciliation that has run cannot be changed."))
        return super().write(vals)

    def _check_only_scope(self, vals):
        """A person says what is checked; what came of it is written by the run itself."""
        if not self.env.su and not vals.keys() <= SCOPE_FIELDS:
            raise AccessError(self.env._("The result of a reconciliation is written by itself."))

    @api.ondelete(at_uninstall=False)
    def _unlink_draft(self):
        if any(run.state != "draft" for run in self):
            raise UserError(self.env._("A reconciliation that has run is kept."))

    # ── what is checked ──────────────────────────────────────────────────────────────────────

    @api.model
    def _get_checks(self):
        """Name of the method that makes each check, by the check's code; addons add theirs.

        The method is called on the run narrowed to one month, and to one connection for the checks
        of `_get_needed_readings`. It returns values of reconciliation lines, each with `label`,
        `currency_id`, `left_amount`, `right_amount`; those with a `difference_class` are
        differences, the others control totals.
        """
        return {}

    @api.model
    def _get_needed_readings(self):
        """Canonical types that a check compares with the books, by the check's code.

        These checks are made per connection; all others, once for the company.
        """
        return {}

    @api.model
    def _get_titles(self):
        """What checks and readings are called."""
        return {}

    def _get_months(self):
        """First days of the months of this run."""
        count = (self.date_to.year - self.date_from.year) * 12
        count += self.date_to.month - self.date_from.month
        return [self.date_from + relativedelta(months=number) for number in range(count)]

    def _get_connections(self):
        """Connections that this run covers."""
        self.ensure_one()
        return self.connection_id or self.env["saas.billing.connection"].search(
            [("company_id", "=", self.company_id.id)]
        )

    def _prepare_parts(self):
        """Values of the parts: each list is read once per month, whatever checks need it."""
        checks, parts = self._get_checks(), []
        needed = {
            code: readings
            for code, readings in self._get_needed_readings().items()
            if code in checks
        }
        readings = dict.fromkeys(code for check in needed for code in needed[check])
        for month in self._get_months():
            for connection in self._get_connections():
                common = {"run_id": self.id, "month": month, "connection_id": connection.id}
                parts += [{**common, "kind": "reading", "code": code} for code in readings]
                parts += [{**common, "kind": "check", "code": code} for code in needed]
            parts += [
                {"run_id": self.id, "month": month, "kind": "check", "code": code}
                for code in checks
                if code not in needed
            ]
        return parts

    def _narrow(self, part):
        """This run, not stored, for the month and connection of a part alone."""
        return self.new(
            {
                "company_id": self.company_id.id,
                "connection_id": (part.connection_id or self.connection_id).id,
                "date_from": part.month,
                "date_to": part.month + relativedelta(months=1),
            },
            origin=self,
        )

    # ── running ──────────────────────────────────────────────────────────────────────────────

    @api.model
    def _run_checks(self, company, date_from, date_to):
        """Create a run over all connections of `company` and execute it to its end.

        :param date_from: first day of the first month
        :param date_to: first day of the month after the last
        """
        run = self.with_company(company).create(
            {"company_id": company.id, "date_from": date_from, "date_to": date_to}
        )
        run._start()
        run._work_until(float("inf"))
        return run

    def action_run(self):
        """Execute the checks; what a few seconds do not suffice for goes on in the background."""
        self.check_access("write")
        for run in self:
            run._check_can_run()
            run._start()
            run._work_until(time.monotonic() + AT_ONCE)
        return True

    def action_run_again(self):
        """A new run over the same months: the old one stays as it was."""
        self.ensure_one()
        again = self.create(self._prepare_again())
        again.action_run()
        return again._get_records_action()

    def action_try_again(self):
        """Make the checks that could not be made."""
        self.check_access("write")
        stopped = self.filtered(lambda run: run.state == "attention").sudo()
        stopped.part_ids._try_again()
        stopped.write({"state": "running", "finished_at": False})
        stopped._work_until(time.monotonic() + AT_ONCE)
        return True

    def action_open_differences(self):
        """The differences that this run found, by class."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_subscription_sync.action_reconciliation_line"
        )
        context = {"search_default_differences": 1, "search_default_group_class": 1}
        return {**action, "domain": [("run_id", "=", self.id)], "context": context}

    def _check_can_run(self):
        if self.state != "draft":
            raise UserError(self.env._("This reconciliation has run already. Run it again."))
        if not self._get_connections():
            raise UserError(
                self.env._(
                    "%s has no billing connection, so there is nothing to reconcile with. Connect"
                    " its account under SaaS Revenue → Configuration → Connections.",
                    self.company_id.name,
                )
            )

    def _prepare_again(self):
        return {
            "company_id": self.company_id.id,
            "connection_id": self.connection_id.id,
            "date_from": self.date_from,
            "date_to": self.date_to,
        }

    def _start(self):
        for run in self:
            run.env["saas.reconciliation.part"].sudo().create(run._prepare_parts())
            run.sudo().write(
                {
                    "state": "running",
                    "executed_at": fields.Datetime.now(),
                    "executed_by_id": self.env.uid,
                }
            )

    def _work_until(self, deadline):
        """Work on the parts until the deadline; the scheduled actions do the rest."""
        self.sudo().part_ids._work_until(deadline)
        self.sudo()._finish_if_ended()
        if any(run.state == "running" for run in self):
            self.env["saas.reconciliation.part"]._wake()

    @api.model
    def _finish_ended(self):
        """Close runs whose last part has ended, in whichever transaction that was."""
        self.sudo().search([("state", "=", "running")])._finish_if_ended()

    def _finish_if_ended(self):
        for run in self.filtered(lambda run: run.state == "running"):
            if all(part.state not in OPEN for part in run.part_ids):
                run._finish()

    def _finish(self):
        failed = self.part_ids.filtered(lambda part: part.state == "failed")
        lines = self.env["saas.reconciliation.line"]
        found = [("run_id", "=", self.id), ("difference_class", "!=", False)]
        differs = [("run_id", "=", self.id), ("difference", "!=", 0)]
        count = lines.search_count(found)
        self.env["saas.reconciliation.fact"]._forget(self.part_ids)
        self.write(
            {
                "state": "attention" if failed else "done",
                "finished_at": fields.Datetime.now(),
                "is_clean": not (failed or count or lines.search_count(differs, limit=1)),
                "difference_count": count,
                "open_count": self.env["saas.reconciliation.difference"]._count_open(self),
            }
        )
        self._get_connections()._tell_differences()

    # ── figures ──────────────────────────────────────────────────────────────────────────────

    @api.model
    def _get_month_figures(self, company, first_month, last_month):
        """What was billed and collected per month, in company currency, credits taken off.

        :param first_month: a day of the first month
        :param last_month: a day of the last month, which is included
        :returns: {first day of month: {"billed", "billed_incl_tax", "collected"}}
        """
        start, end = first_month.replace(day=1), last_month + relativedelta(months=1, day=1)
        scope = (company, start, end)
        figures = {}
        while start < end:
            figures[start] = {"billed": 0.0, "billed_incl_tax": 0.0, "collected": 0.0}
            start += relativedelta(months=1)
        billed = self.env["account.move"]._read_group(
            self._get_billed_domain(*scope),
            ["date:month"],
            ["amount_untaxed_signed:sum", "amount_total_signed:sum"],
        )
        for month, untaxed, total in billed:
            figures[month] |= {"billed": untaxed, "billed_incl_tax": total}
        collected = self.env["account.payment"]._read_group(
            self._get_collected_domain(*scope),
            ["date:month"],
            ["amount_company_currency_signed:sum"],
        )
        for month, amount in collected:
            figures[month]["collected"] = amount
        return figures

    @api.model
    def _get_billed_domain(self, company, start, end):
        """Documents whose `amount_untaxed_signed` adds up to what was billed.

        :param end: first day that does not count any more
        """
        return [
            *self._get_span(company, start, end),
            ("state", "=", "posted"),
            ("move_type", "!=", "entry"),
        ]

    @api.model
    def _get_collected_domain(self, company, start, end):
        """Payments whose `amount_company_currency_signed` adds up to what was collected.

        :param end: first day that does not count any more
        """
        return [*self._get_span(company, start, end), ("state", "in", ("in_process", "paid"))]

    def _get_span(self, company, start, end):
        """What a connection of the company brought in these days; as text, for screens too."""
        return [
            ("company_id", "=", company.id),
            ("saas_connection_id", "!=", False),
            ("date", ">=", fields.Date.to_string(start)),
            ("date", "<", fields.Date.to_string(end)),
        ]

    @api.model
    def _get_month_domain(self, company, month):
        """Runs of the whole company that cover a month."""
        return [
            ("company_id", "=", company.id),
            ("connection_id", "=", False),
            ("date_from", "<=", fields.Date.to_string(month)),
            ("date_to", ">", fields.Date.to_string(month)),
        ]

    @api.model
    def _get_newest(self, company, month, *states):
        """The newest run of the whole company that covers a month and is in one of the states."""
        domain = [*self._get_month_domain(company, month), ("state", "in", states)]
        return self.search(domain, order="id desc", limit=1)
