"""Deferred balances of the old books, taken over from a file and tied to their account."""

import base64
import csv
import io

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import split_every

from .revenue_opening_reader import COLUMNS, REQUIRED, OpeningReader

#: Rows that are looked up together, and items of one entry.
CHUNK = 1000
#: What whoever imports decides; all else follows from it.
SCOPE_FIELDS = frozenset({"company_id", "cutover_date", "old_account_id", "file", "file_name"})


class RevenueOpeningImport(models.Model):
    """One file. Kept for good once it is booked, with who booked it and what it was tied to.

    Booking moves the balance of the old account to the deferred accounts, row by row; each item
    brings a schedule, like the line of an invoice. The preview books nothing.
    """

    _name = "saas.revenue.opening.import"
    _description = "Import of Deferred Balances"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    cutover_date = fields.Date(
        string="Cut-over Date",
        required=True,
        help="First day of these books: what was earned before it stays in the old ones.",
    )
    old_account_id = fields.Many2one(
        "account.account",
        string="Old Account",
        required=True,
        check_company=True,
        ondelete="restrict",
        help="Carries what the old books had deferred. Its balance at the cut-over is what the rows"
        " have to add up to, and is zero afterwards. No revenue rule may use it.",
    )
    file = fields.Binary(attachment=True, help="CSV in UTF-8; see the columns below.")
    file_name = fields.Char()
    row_ids = fields.One2many("saas.revenue.opening.row", "import_id", readonly=True)
    error_row_ids = fields.One2many(
        "saas.revenue.opening.row",
        "import_id",
        domain=[("error", "!=", False)],
        string="Rows with Errors",
        readonly=True,
    )
    row_count = fields.Integer(string="Rows", readonly=True, copy=False)
    error_count = fields.Integer(string="Errors", readonly=True, copy=False)
    company_amount = fields.Monetary(
        string="Sum of the Rows",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Still to be earned, in company currency; rows with errors may be missing.",
    )
    old_balance = fields.Monetary(
        string="Balance of the Old Account",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Credit at the end of the cut-over date, when the file was read.",
    )
    difference = fields.Monetary(
        compute="_compute_difference", currency_field="company_currency_id"
    )
    move_count = fields.Integer(compute="_compute_state")
    state = fields.Selection(
        [("draft", "New"), ("preview", "Previewed"), ("booked", "Booked")],
        compute="_compute_state",
    )
    booked_by_id = fields.Many2one("res.users", readonly=True, copy=False, tracking=True)
    booked_on = fields.Datetime(readonly=True, copy=False)

    @api.depends("cutover_date", "file_name")
    def _compute_name(self):
        for each in self:
            parts = (each.cutover_date and each.cutover_date.isoformat(), each.file_name)
            each.name = " · ".join(filter(None, parts)) or self.env._("New")

    @api.depends("company_amount", "old_balance")
    def _compute_difference(self):
        for each in self:
            each.difference = each.company_currency_id.round(each.company_amount - each.old_balance)

    @api.depends("row_ids.move_id", "row_count")
    def _compute_state(self):
        counts = dict(
            self.env["saas.revenue.opening.row"]._read_group(
                [("import_id", "in", self.ids), ("move_id", "!=", False)],
                ["import_id"],
                ["move_id:count_distinct"],
            )
        )
        for each in self:
            each.move_count = counts.get(each._origin, 0)
            each.state = "booked" if each.move_count else "preview" if each.row_count else "draft"

    @api.constrains("old_account_id")
    def _check_old_account(self):
        for each in self:
            proof = self.env["saas.revenue.proof"]
            if each.old_account_id.id in proof._get_deferred_account_ids(each.company_id):
                raise ValidationError(
                    self.env._(
                        "Account %s carries deferred revenue of revenue rules, which schedules"
                        " explain item by item. Move the old balance to an account of its own and"
                        " choose that one.",
                        each.old_account_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_only_scope(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_only_scope(vals)
        if SCOPE_FIELDS & vals.keys():
            self._check_not_booked()
            self.sudo()._forget_rows()
        return super().write(vals)

    def _check_only_scope(self, vals):
        """A person says what is imported; what came of it is written by the import itself."""
        told = {name for name in vals if not name.startswith(("message_", "activity_"))}
        if not self.env.su and not told <= SCOPE_FIELDS:
            raise UserError(self.env._("What a file came to is written by the import itself."))

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unbooked(self):
        self._check_not_booked()

    def _check_not_booked(self):
        if booked := self.filtered(lambda each: each.state == "booked")[:1]:
            raise UserError(
                self.env._(
                    "%s is booked and kept as it is. To undo it, reset its entries to draft and"
                    " delete them.",
                    booked.name,
                )
            )

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def action_preview(self):
        """Read the file: its rows with their errors, and their sum beside the old balance."""
        self.check_access("write")
        for each in self:
            each._check_not_booked()
            each._read_file()

    def _read_file(self):
        """Rows, their sum and the balance they are tied to, as everything stands now."""
        self = self.sudo()
        self._forget_rows()
        reader = OpeningReader(self)
        for chunk in split_every(CHUNK, self._parse_file(), list):
            self.row_ids.create(reader.prepare_rows(chunk))
        rows = self.row_ids
        total = sum(rows.mapped("company_amount"))
        self.write(
            {
                "row_count": len(rows),
                "error_count": len(rows.filtered("error")),
                "company_amount": self.company_currency_id.round(total),
                "old_balance": self._get_old_balance(),
            }
        )

    def _forget_rows(self):
        self.row_ids.unlink()
        self.write(dict.fromkeys(("row_count", "error_count", "company_amount", "old_balance"), 0))

    def _parse_file(self):
        """[(line number, {column: text})]; no cells where their number is not the header's.

        :raise UserError: where the file as a whole cannot be read
        """
        text = self._decode_file()
        header = text.partition("\n")[0]
        delimiter = ";" if header.count(";") > header.count(",") else ","
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            names = self._check_header([name.strip() for name in next(lines, [])])
            blank = dict.fromkeys(COLUMNS, "")
            return [
                (
                    lines.line_num,
                    len(cells) == len(names)
                    and {**blank, **dict(zip(names, map(str.strip, cells), strict=True))},
                )
                for cells in lines
                if any(cell.strip() for cell in cells)
            ]
        except csv.Error as error:
            raise UserError(
                self.env._(
                    "Row %(row)s of the file is no CSV (%(error)s). Look for a quotation mark that"
                    " is not closed.",
                    row=lines.line_num,
                    error=error,
                )
            ) from error

    def _decode_file(self):
        if not self.file:
            raise UserError(self.env._("Upload a file first; the template shows its columns."))
        try:
            return base64.b64decode(self.file).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UserError(
                self.env._("The file is not in UTF-8. Save it as “CSV UTF-8” and upload it again.")
            ) from error

    def _check_header(self, names):
        missing = [name for name in REQUIRED if name not in names]
        unknown = [name for name in names if name not in COLUMNS]
        twice = [name for name in COLUMNS if names.count(name) > 1]
        for columns, message in (
            (missing, self.env._("The file has no column %s. Start from the template.")),
            (unknown, self.env._("No column is called %s. Take it out or rename it.")),
            (twice, self.env._("The column %s stands in the file twice. Take one of them out.")),
        ):
            if columns:
                raise UserError(message % ", ".join(f"“{name}”" for name in columns))
        return names

    def _get_old_balance(self):
        """Credit of the old account at the end of the cut-over date, in company currency."""
        [[balance]] = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("account_id", "=", self.old_account_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("parent_state", "=", "posted"),
                    ("date", "<=", self.cutover_date),
                ],
                [],
                ["balance:sum"],
            )
        )
        return self.company_currency_id.round(-balance or 0.0)

    # ── booking ──────────────────────────────────────────────────────────────────────────────

    def action_book(self):
        """Read the file once more, and book it if nothing of it stands in the way."""
        self.ensure_one()
        self.check_access("write")
        # Two people who book at once would both find it unbooked.
        self.sudo().lock_for_update()
        self._check_not_booked()
        self._read_file()
        self._check_bookable()
        moves = self.sudo().with_company(self.company_id)._create_entries()
        moves._post(soft=False)
        self.sudo().write({"booked_by_id": self.env.uid, "booked_on": fields.Datetime.now()})

    def _check_bookable(self):
        """
        :raise UserError: says what stands in the way, and what to do about it
        """
        if not self.row_count:
            raise UserError(self.env._("The file has no rows. Add them below the header."))
        if self.error_count:
            first = self.row_ids.filtered("error")[:1]
            raise UserError(
                self.env._(
                    "%(count)s rows have errors. Row %(row)s: %(error)s\n"
                    "Correct the file, upload it and preview it again.",
                    count=self.error_count,
                    row=first.row_number,
                    error=first.error,
                )
            )
        self._check_old_account()
        self._check_tie()
        self._check_open()

    def _check_tie(self):
        if self.difference:
            amounts = {
                name: self.company_currency_id.format(self[field])
                for name, field in (
                    ("rows", "company_amount"),
                    ("balance", "old_balance"),
                    ("difference", "difference"),
                )
            }
            raise UserError(
                self.env._(
                    "The rows add up to %(rows)s, account %(account)s holds %(balance)s on"
                    " %(day)s: the difference is %(difference)s. Correct the file, or the entry"
                    " that brought the old balance.",
                    account=self.old_account_id.display_name,
                    day=self.cutover_date,
                    **amounts,
                )
            )

    def _check_open(self):
        for journal in self.row_ids.rule_id.journal_id:
            violated = self.company_id._get_violated_lock_dates(self.cutover_date, False, journal)
            if violated:
                raise UserError(
                    self.env._(
                        "%(company)s is closed on the cut-over date %(day)s (%(locks)s). Grant an"
                        " exception to the lock date, then book again.",
                        company=self.company_id.name,
                        day=self.cutover_date,
                        locks=self.company_id._format_lock_dates(violated),
                    )
                )

    def _create_entries(self):
        """Draft entries by journal, none with more items than a person can look at."""
        moves = self.env["account.move"].with_context(tracking_disable=True, mail_create_nolog=True)
        for journal, own in self.row_ids.grouped(lambda row: row.rule_id.journal_id).items():
            for rows in split_every(CHUNK, own.ids, own.browse):
                move = moves.create(self._prepare_entry(journal, rows))
                rows.write({"move_id": move.id})
                moves |= move
        return moves

    def _prepare_entry(self, journal, rows):
        items = [row._prepare_item() for row in rows]
        total = self.company_currency_id.round(sum(rows.mapped("company_amount")))
        label = self.env._("Deferred balances at the cut-over")
        items.append({"name": label, "account_id": self.old_account_id.id, "balance": total})
        return {
            "move_type": "entry",
            "company_id": self.company_id.id,
            "journal_id": journal.id,
            "date": self.cutover_date,
            "ref": f"{label}: {self.name}",
            "line_ids": [Command.create(item) for item in items],
        }

    # ── where to look next ───────────────────────────────────────────────────────────────────

    def action_open_entries(self):
        return self.row_ids.move_id._get_records_action(name=self.env._("Opening Entries"))

    def action_open_schedules(self):
        moves = self.row_ids.move_id
        return moves.saas_revenue_schedule_ids._get_records_action(
            name=self.env._("Revenue Schedules")
        )
