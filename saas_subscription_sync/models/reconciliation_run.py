"""One check of some months of one company: control totals and every difference, kept for good."""

from datetime import datetime, time
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import float_repr

from ..rules.comparison import differences, totals

#: What whoever reconciles decides; all else follows from it.
SCOPE_FIELDS = frozenset({"company_id", "connection_id", "date_from", "date_to"})


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
        [("draft", "Not Run"), ("done", "Done")], required=True, default="draft", readonly=True
    )
    executed_at = fields.Datetime(readonly=True)
    executed_by_id = fields.Many2one("res.users", readonly=True)
    line_ids = fields.One2many("saas.reconciliation.line", "run_id", readonly=True)
    is_clean = fields.Boolean(
        string="Clean", readonly=True, help="Every control total agrees, no difference."
    )
    difference_count = fields.Integer(readonly=True, string="Differences")

    @api.depends("date_from", "date_to", "connection_id")
    def _compute_name(self):
        for run in self:
            last = run.date_to and run.date_to - relativedelta(months=1)
            months = [f"{day:%Y-%m}" for day in (run.date_from, last) if day]
            name = " – ".join(dict.fromkeys(months))
            run.name = f"{run.connection_id.name} {name}" if run.connection_id else name

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

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_only_scope(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_only_scope(vals)
        if any(run.state == "done" for run in self):
            raise UserError(self.env._("A reconciliation that has run cannot be changed."))
        return super().write(vals)

    def _check_only_scope(self, vals):
        """A person says what is checked; what came of it is written by the run itself."""
        if not self.env.su and not vals.keys() <= SCOPE_FIELDS:
            raise AccessError(self.env._("The result of a reconciliation is written by itself."))

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_done(self):
        if any(run.state == "done" for run in self):
            raise UserError(self.env._("A reconciliation that has run is kept."))

    # ── running ──────────────────────────────────────────────────────────────────────────────

    @api.model
    def _run_checks(self, company, date_from, date_to):
        """Create and execute a run over all connections of `company`.

        :param date_from: first day of the first month
        :param date_to: first day of the month after the last
        """
        run = self.with_company(company).create(
            {"company_id": company.id, "date_from": date_from, "date_to": date_to}
        )
        run._execute()
        return run

    def action_run(self):
        """Execute the checks; a run is executed once."""
        self.check_access("write")
        self._execute()

    def action_run_again(self):
        """A new run over the same months: the old one stays as it was."""
        self.ensure_one()
        again = self.create(self._prepare_again())
        again._execute()
        return again._get_records_action()

    def _prepare_again(self):
        return {
            "company_id": self.company_id.id,
            "connection_id": self.connection_id.id,
            "date_from": self.date_from,
            "date_to": self.date_to,
        }

    @api.model
    def _get_checks(self):
        """Name of the method that makes each check, by the check's code; addons add theirs."""
        return {}

    def _execute(self):
        for run in self:
            found = []
            for code, method in sorted(run._get_checks().items()):
                found += [{"check": code, **values} for values in getattr(run, method)()]
            lines = (
                run.env["saas.reconciliation.line"]
                .sudo()
                .create([run._prepare_line(values) for values in found])
            )
            bad = lines.filtered(lambda line: line.difference or line.difference_class)
            run.sudo().write(
                {
                    "state": "done",
                    "executed_at": fields.Datetime.now(),
                    "executed_by_id": self.env.uid,
                    "is_clean": not bad,
                    "difference_count": len(bad.filtered("difference_class")),
                }
            )

    def _prepare_line(self, values):
        return {
            "run_id": self.id,
            "user_id": (self.connection_id.user_id or self.env.user).id,
            **values,
        }

    # ── what checks against the provider share ───────────────────────────────────────────────

    def _get_connections(self):
        """Connections that this run covers."""
        self.ensure_one()
        return self.connection_id or self.env["saas.billing.connection"].search(
            [("company_id", "=", self.company_id.id)]
        )

    def _get_instants(self, connection, slack, first=None):
        """The run's months as aware instants of the connection's zone, widened by `slack`."""
        zone = connection._get_zone()
        start = datetime.combine(first or self.date_from, time.min, zone) - slack
        return start, datetime.combine(self.date_to, time.min, zone) + slack

    def _in_months(self, entry):
        """Whether an entry lies in the months of this run."""
        year, month = entry.month
        return self.date_from <= self.date_from.replace(year=year, month=month) < self.date_to

    def _get_month(self, connection, instant):
        """Accounting month of an instant, as (year, month)."""
        day = instant.astimezone(connection._get_zone())
        return day.year, day.month

    def _get_exact(self, amount, currency):
        """An amount of the books as `Decimal`."""
        return Decimal(float_repr(amount, currency.decimal_places))

    def _compare(self, connection, left, right):
        """Control totals by month and currency, then one line per key that differs.

        Entries outside the run's months only explain what is inside.
        """
        concerned = {each.key for each in [*left, *right] if self._in_months(each)}
        left = [each for each in left if each.key in concerned]
        right = [each for each in right if each.key in concerned]
        names = {each.currency for each in [*left, *right]}
        currencies = self.env["res.currency"].with_context(active_test=False)
        currencies = {each.name: each for each in currencies.search([("name", "in", list(names))])}
        return [
            *self._prepare_totals(connection, left, right, currencies),
            *(self._prepare_difference(each, currencies) for each in differences(left, right)),
        ]

    def _prepare_totals(self, connection, left, right, currencies):
        inside = self._in_months
        mine = totals(each for each in left if inside(each))
        theirs = totals(each for each in right if inside(each))
        return [
            {
                "currency_id": currencies[code].id,
                "label": f"{connection.name} · {month[0]}-{month[1]:02d}",
                "left_amount": float(mine.get((month, code), 0)),
                "right_amount": float(theirs.get((month, code), 0)),
            }
            for month, code in sorted(mine.keys() | theirs.keys())
        ]

    def _prepare_difference(self, difference, currencies):
        shown = difference.right or difference.left
        owner = difference.right and difference.right.owner
        return {
            "currency_id": currencies[shown.currency].id,
            "label": (difference.left or difference.right).label,
            "left_amount": float(difference.left_amount),
            "right_amount": float(difference.right_amount),
            "difference_class": difference.kind,
            "right_model": owner._name if owner else False,
            "right_res_id": owner.id if owner else False,
            "external_id": shown.key.partition(":")[2],
        }

    # ── figures ──────────────────────────────────────────────────────────────────────────────

    @api.model
    def _get_month_figures(self, company, first_month, last_month):
        """What was billed and collected per month, in company currency, credits taken off.

        :param first_month: a day of the first month
        :param last_month: a day of the last month, which is included
        :returns: {first day of month: {"billed", "billed_incl_tax", "collected"}}
        """
        start, end = first_month.replace(day=1), last_month + relativedelta(months=1, day=1)
        span = [("company_id", "=", company.id), ("saas_connection_id", "!=", False)]
        span += [("date", ">=", start), ("date", "<", end)]
        figures = {}
        while start < end:
            figures[start] = {"billed": 0.0, "billed_incl_tax": 0.0, "collected": 0.0}
            start += relativedelta(months=1)
        billed = self.env["account.move"]._read_group(
            [*span, ("state", "=", "posted"), ("move_type", "!=", "entry")],
            ["date:month"],
            ["amount_untaxed_signed:sum", "amount_total_signed:sum"],
        )
        for month, untaxed, total in billed:
            figures[month] |= {"billed": untaxed, "billed_incl_tax": total}
        collected = self.env["account.payment"]._read_group(
            [*span, ("state", "in", ("in_process", "paid"))],
            ["date:month"],
            ["amount_company_currency_signed:sum"],
        )
        for month, amount in collected:
            figures[month]["collected"] = amount
        return figures
