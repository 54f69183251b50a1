"""A sample that anybody can draw again, with all that is behind each of its rows."""

import base64
import csv
import hashlib
import io
import secrets
import tempfile
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from ..recognition.calendar import month_start, next_month
from . import revenue_audit_population as populations
from .revenue_audit_workbook import AuditFile

#: Rows that are in memory at a time while a population is written.
BATCH = 2000
#: What whoever asks for a pack decides.
SCOPE_FIELDS = frozenset(
    {"company_id", "date_from", "date_to", "population", "seed", "sample_size"}
)
#: Texts that a spreadsheet would take for a formula begin so.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class RevenueAuditPack(models.Model):
    """The rows of a population in the order of the digest of seed and id; the first ones of it.

    Made once and then kept as it is, with the file attached: who wants another sample asks for
    another pack.
    """

    _name = "saas.revenue.audit.pack"
    _description = "Audit Pack"
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    date_from = fields.Date(
        string="First Month",
        required=True,
        default=lambda self: self._get_last_day().replace(month=1),
        help="Any day of it.",
    )
    date_to = fields.Date(
        string="Last Month",
        required=True,
        default=lambda self: self._get_last_day(),
        help="Any day of it; the month must be over.",
    )
    population = fields.Selection(
        [
            ("posting", "Revenue Postings"),
            ("invoice", "Invoices"),
            ("credit_note", "Credit Notes"),
            ("deferred_item", "Journal Items of Deferred Revenue"),
        ],
        required=True,
        default="posting",
        string="Drawn from",
    )
    seed = fields.Char(
        required=True,
        default=lambda self: secrets.token_hex(4),
        help="The same seed draws the same rows from the same population; another one others.",
    )
    sample_size = fields.Integer(required=True, default=25, string="Rows to Draw")
    state = fields.Selection(
        [("draft", "Draft"), ("made", "Made")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    made_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    made_on = fields.Datetime(readonly=True, copy=False)
    population_count = fields.Integer(string="Rows in All", readonly=True, copy=False)
    population_amount = fields.Monetary(
        string="Amount in All",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="In company currency: positive where revenue is earned or deferred, and where a "
        "customer is billed.",
    )
    control_amount = fields.Monetary(
        string="Other Side",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="What the amount has to be. Postings: items of the month-end entries. Documents: "
        "their receivable items. Journal items of deferred revenue: segments less postings.",
    )
    difference_amount = fields.Monetary(
        string="Difference",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Sum of the differences by month and account, whatever their sign.",
    )
    drawn_ids = fields.Json(readonly=True, copy=False, help="Ids of the rows, in their order.")
    file = fields.Binary(attachment=True, readonly=True, copy=False)
    file_name = fields.Char(readonly=True, copy=False)
    file_sha256 = fields.Char(
        string="SHA-256",
        readonly=True,
        copy=False,
        help="Of the file: an auditor who keeps it elsewhere can show that it is the same.",
    )

    # Each row of a sample has its whole story in the pack.
    _sample_size_in_bounds = models.Constraint(
        "CHECK (sample_size BETWEEN 1 AND 500)", "Draw between 1 and 500 rows."
    )

    @api.depends("date_from", "date_to", "population")
    def _compute_display_name(self):
        kinds = dict(self._fields["population"]._description_selection(self.env))
        for pack in self:
            first, last = (f"{day:%Y-%m}" if day else "" for day in (pack.date_from, pack.date_to))
            months = first if first == last else f"{first} – {last}"
            pack.display_name = f"{kinds.get(pack.population, '')} {months}"

    @api.constrains("date_from", "date_to")
    def _check_months(self):
        for pack in self:
            if month_start(pack.date_to) < month_start(pack.date_from):
                raise ValidationError(
                    self.env._("The last month is before the first one: correct the months.")
                )

    @api.model
    def _get_last_day(self):
        """Last day of the newest month that is over."""
        return month_start(fields.Date.context_today(self)) - timedelta(days=1)

    @api.onchange("date_from", "date_to")
    def _onchange_months(self):
        self.update(self._get_whole_months({name: self[name] for name in ("date_from", "date_to")}))

    @api.model
    def _get_whole_months(self, vals):
        """Values with the first day of the first month and the last day of the last one."""
        whole = dict(vals)
        if day := fields.Date.to_date(vals.get("date_from")):
            whole["date_from"] = month_start(day)
        if day := fields.Date.to_date(vals.get("date_to")):
            whole["date_to"] = next_month(day) - timedelta(days=1)
        return whole

    # ------------------------------------------------------------------
    # Kept as it was made
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_only_scope(vals)
        return super().create([self._get_whole_months(vals) for vals in vals_list])

    def write(self, vals):
        self._check_only_scope(vals)
        vals = self._get_whole_months(vals)
        if vals and any(pack.state == "made" for pack in self):
            raise UserError(
                self.env._("An audit pack is kept as it was made: ask for another one.")
            )
        return super().write(vals)

    def _check_only_scope(self, vals):
        if not self.env.su and not set(vals) <= SCOPE_FIELDS:
            raise UserError(self.env._("What a pack holds is written by making it."))

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(pack.state == "made" for pack in self):
            raise UserError(self.env._("Audit packs are kept: they tell what was examined."))

    # ------------------------------------------------------------------
    # The population
    # ------------------------------------------------------------------

    def _get_population(self):
        company = self.company_id
        return populations.get_population(
            self.population,
            {
                "company": company.id,
                "date_from": month_start(self.date_from),
                "date_to": next_month(self.date_to),
                "deferred": self.env["saas.revenue.proof"]._get_deferred_account_ids(company),
            },
        )

    def _check_readable(self):
        """Rows are read by SQL: only for who may read them one by one."""
        self.ensure_one()
        self.check_access("read")
        self.env[self._get_population().model].browse().check_access("read")
        self.env.flush_all()

    def _get_totals(self):
        """Rows of `populations.totals`."""
        return self.env.execute_query(populations.totals(self._get_population()))

    def _draw(self):
        """Rows of the sample as dicts, in the order in which they are drawn."""
        return self.env.execute_query_dict(
            populations.sample(self._get_population(), self.seed, self.sample_size)
        )

    def _iterate_population(self):
        """Batches of rows, by a cursor of the server: the whole is never in memory."""
        cr = self.env.cr
        cr.execute(
            SQL(
                "DECLARE saas_audit_population NO SCROLL CURSOR FOR %s ORDER BY 1",
                self._get_population().rows,
            )
        )
        while rows := self._fetch_batch():
            yield rows
        cr.execute("CLOSE saas_audit_population")

    def _fetch_batch(self):
        self.env.cr.execute(SQL("FETCH %s FROM saas_audit_population", BATCH))
        return self.env.cr.fetchall()

    def _write_population(self, file):
        """Write every row of the population as CSV to a binary file."""
        self._check_readable()
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text)
        names = self._get_account_names()
        writer.writerow(["id", "date", "number", "label", "amount", "account"])
        for rows in self._iterate_population():
            writer.writerows(
                [row_id, day, _as_text(number), _as_text(label), amount, names.get(account, "")]
                for row_id, day, number, label, account, amount in rows
            )
        text.detach()

    def _get_account_names(self):
        """`{id: name}` of the accounts that rows may stand on."""
        accounts = self.env["account.account"].sudo().with_company(self.company_id)
        accounts = accounts.search([("company_ids", "parent_of", self.company_id.ids)])
        return {account.id: account.display_name for account in accounts}

    # ------------------------------------------------------------------
    # Making the pack
    # ------------------------------------------------------------------

    def action_make(self):
        """Draw the sample and attach the file with all that is behind it."""
        self.check_access("write")
        for pack in self:
            pack._check_readable()
            pack._check_makeable()
            pack._make()

    def _check_makeable(self):
        if self.state == "made":
            raise UserError(self.env._("This pack is made already: ask for another one."))
        if next_month(self.date_to) > month_start(fields.Date.context_today(self)):
            raise UserError(
                self.env._(
                    "%s is not over: choose months that are complete, so that the sample can be "
                    "drawn again.",
                    format_date(self.env, self.date_to, date_format="MMMM yyyy"),
                )
            )

    def _make(self):
        totals = self._get_totals()
        count = sum(row[2] for row in totals)
        self._check_size(count)
        values = {
            "made_by_id": self.env.uid,
            "made_on": fields.Datetime.now(),
            "population_count": count,
            "population_amount": sum(row[3] for row in totals),
            "control_amount": sum(row[4] for row in totals),
            "difference_amount": sum(abs(row[3] - row[4]) for row in totals),
        }
        self.sudo().write(values)
        drawn = self._draw()
        with tempfile.TemporaryFile() as file:
            AuditFile(self, file).save(drawn, totals)
            file.seek(0)
            content = file.read()
        self.sudo().write(
            {
                "drawn_ids": [row["id"] for row in drawn],
                "file": base64.b64encode(content),
                "file_name": f"audit-pack-{self.id}.zip",
                "file_sha256": hashlib.sha256(content).hexdigest(),
                "state": "made",
            }
        )

    def _check_size(self, count):
        if not count:
            raise UserError(
                self.env._(
                    "There is nothing to draw from in these months: choose other months, or "
                    "something else to draw from."
                )
            )
        if self.sample_size > count:
            raise UserError(
                self.env._(
                    "There are only %(count)s rows in these months: draw at most as many.",
                    count=count,
                )
            )

    def action_open_sample(self):
        """The rows that were drawn, as records: each has its trace among the actions."""
        self.ensure_one()
        rows = self.env[self._get_population().model].browse(self.drawn_ids or [])
        return rows.exists()._get_records_action(name=self.env._("Sample of %s", self.display_name))

    def action_open_population(self):
        """Download all rows that the sample is drawn from."""
        self._check_readable()
        return {
            "type": "ir.actions.act_url",
            "url": f"/saas/audit_pack/{self.id}/population.csv",
            "target": "download",
        }


def _as_text(value):
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if value and value.startswith(FORMULA_SIGNS) else value or ""
