"""The write-off of an uncollectible invoice: proposed, decided, booked, and taken back."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from .account_move_write_off import OPEN_STATES


class RevenueWriteOff(models.Model):
    """What is owed of an invoice is given up: bad debt, as far as it was earned, else deferred
    revenue.

    Amounts are positive where the customer owes. They are those of the day of `date`; a decision on
    a later day finds more of them earned.
    """

    _name = "saas.revenue.write.off"
    _description = "Write-off"
    _inherit = ["saas.revenue.decision"]
    _order = "id desc"
    _check_company_auto = True
    _proposal_fields = frozenset({"move_id", "reason"})

    name = fields.Char(compute="_compute_name", store=True)
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="move_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="move_id.commercial_partner_id", store=True, index=True)
    currency_id = fields.Many2one(related="move_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    state = fields.Selection(
        selection_add=[("reversed", "Taken Back")], ondelete={"reversed": "cascade"}
    )
    date = fields.Date(
        readonly=True,
        copy=False,
        help="Date of the entry: the day of the decision, or the first open day after it. While it"
        " waits, the day for which the amounts are shown.",
    )
    line_ids = fields.One2many("saas.revenue.write.off.line", "write_off_id", readonly=True)
    amount = fields.Monetary(string="Written Off", readonly=True, copy=False, help="What is owed.")
    deferred_amount = fields.Monetary(
        string="Still Deferred",
        readonly=True,
        copy=False,
        help="What of it was still to be earned; it leaves deferred revenue.",
    )
    bad_debt_amount = fields.Monetary(
        string="Bad Debt", compute="_compute_bad_debt", help="What was earned, and tax."
    )
    company_amount = fields.Monetary(
        string="Written Off (company currency)",
        readonly=True,
        copy=False,
        currency_field="company_currency_id",
    )
    deferred_company_amount = fields.Monetary(
        string="Still Deferred (company currency)",
        readonly=True,
        copy=False,
        currency_field="company_currency_id",
    )
    bad_debt_company_amount = fields.Monetary(
        string="Bad Debt (company currency)",
        compute="_compute_bad_debt",
        currency_field="company_currency_id",
    )
    entry_id = fields.Many2one(
        "account.move", string="Journal Entry", readonly=True, copy=False, ondelete="restrict"
    )
    segment_ids = fields.Many2many("saas.revenue.segment", compute="_compute_segment_ids")
    reversal_id = fields.Many2one(
        "account.move", string="Taken Back By", readonly=True, copy=False, ondelete="restrict"
    )
    reversal_cause_id = fields.Many2one(
        "account.move",
        string="Because Of",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="The payment, credit note or void that came after all; empty where a person decided.",
    )
    reversal_reason = fields.Text(string="Taken Back Because", readonly=True, copy=False)
    reversed_by_id = fields.Many2one(
        "res.users", string="Taken Back By User", readonly=True, copy=False
    )

    _one_in_force = models.UniqueIndex(
        "(move_id) WHERE state IN ('proposed', 'approved')",
        "A write-off of this invoice waits for a decision or is in force already.",
    )

    @api.depends("move_id.name")
    def _compute_name(self):
        for write_off in self:
            write_off.name = self.env._("Write-off of %s", write_off.move_id.name or "")

    @api.depends("amount", "deferred_amount", "company_amount", "deferred_company_amount")
    def _compute_bad_debt(self):
        for each in self:
            each.bad_debt_amount = each.amount - each.deferred_amount
            each.bad_debt_company_amount = each.company_amount - each.deferred_company_amount

    @api.depends("entry_id", "reversal_id")
    def _compute_segment_ids(self):
        for each in self:
            entries = each.entry_id | each.reversal_id
            each.segment_ids = each.segment_ids.search(
                [("move_line_id.move_id", "in", entries.ids)]
            )

    # ------------------------------------------------------------------
    # What it would book
    # ------------------------------------------------------------------

    def action_preview(self):
        """Show what is owed line by line; nothing is proposed yet."""
        self._check_state("draft", "proposed")
        self.check_access("write")
        for write_off in self:
            write_off._check_open()
            write_off._refresh_effect()

    def _check_open(self):
        """Refuse what cannot be given up."""
        move, today = self.move_id, fields.Date.context_today(self)
        if move.move_type != "out_invoice" or move.state != "posted":
            raise UserError(
                self.env._(
                    "%s is not a posted customer invoice: nobody owes it.", move.display_name
                )
            )
        if move.payment_state not in OPEN_STATES:
            raise UserError(self.env._("Nothing is left to be paid of %s.", move.display_name))
        if not (move._is_saas_given_up() or (move.invoice_date_due or today) < today):
            raise UserError(
                self.env._(
                    "%s is neither uncollectible nor overdue: wait until it is due.",
                    move.display_name,
                )
            )

    def _get_booking_date(self):
        """Today, or the first day after it that is open."""
        company = self.company_id.sudo()
        journal = company._get_or_create_revenue_journal()
        day = max(fields.Date.context_today(self), self.move_id.date)
        return company._get_first_open_day(day, journal)

    def _refresh_effect(self):
        for write_off in self.sudo():
            day = write_off._get_booking_date()
            lines = self.env["saas.revenue.write.off.line"]._prepare_lines(write_off.move_id, day)
            receivable = write_off._get_receivable_items()
            write_off.write(
                {
                    "date": day,
                    "amount": sum(receivable.mapped("amount_residual_currency")),
                    "company_amount": sum(receivable.mapped("amount_residual")),
                    "deferred_amount": sum(line["deferred_amount"] for line in lines),
                    "deferred_company_amount": sum(
                        line["deferred_company_amount"] for line in lines
                    ),
                    "line_ids": [Command.clear(), *map(Command.create, lines)],
                }
            )

    def _get_receivable_items(self):
        """Items of the invoice with something left to be paid."""
        return self.move_id.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable" and not item.reconciled
        )

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    def _prepare_to_propose(self):
        self._check_open()
        self._refresh_effect()

    def _get_limit(self):
        return self.company_id.sudo().saas_write_off_limit

    def _get_decided_amount(self):
        return self.company_amount

    def _apply(self):
        """Book the entry as of today, settle the invoice with it and stop its schedules."""
        self._check_open()
        shown = self.amount, self.company_amount
        self._refresh_effect()
        if shown != (self.amount, self.company_amount):
            raise UserError(
                self.env._(
                    "Another amount of %s is owed by now than what is shown: it was paid or"
                    " credited since. Preview it again, then decide.",
                    self.move_id.display_name,
                )
            )
        receivable = self._get_receivable_items()
        self.entry_id = self._create_entry(receivable)
        self.line_ids._add_segments(self.entry_id)
        settling = self._get_receivable_of(self.entry_id)
        for account in receivable.account_id:
            both = (receivable | settling).filtered(lambda item, a=account: item.account_id == a)
            # Nobody paid: what is due on payment does not become due.
            both.with_context(no_cash_basis=True).reconcile()
        self.move_id._finish_saas_uncollectible(self.env._("It was written off."))

    def _get_receivable_of(self, entry):
        return entry.line_ids.filtered(lambda item: item.account_type == "asset_receivable")

    def _create_entry(self, receivable):
        entry = self._get_moves().create(self._prepare_entry(receivable))
        entry._post(soft=False)
        return entry

    def _get_moves(self):
        return self.env["account.move"].with_company(self.company_id)

    def _prepare_entry(self, receivable):
        items = self.line_ids._prepare_items() + [
            self._prepare_item(
                item.account_id, -item.amount_residual_currency, -item.amount_residual
            )
            for item in receivable
        ]
        return {
            "move_type": "entry",
            "journal_id": self.company_id._get_or_create_revenue_journal().id,
            "company_id": self.company_id.id,
            "date": self.date,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "ref": self.name,
            "saas_write_off_id": self.id,
            "line_ids": list(map(Command.create, items)),
        }

    def _prepare_item(self, account, amount, company_amount):
        return {
            "name": self.name,
            "account_id": account.id,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "amount_currency": amount,
            "balance": company_amount,
            "tax_ids": [Command.clear()],
        }

    # ------------------------------------------------------------------
    # Taking back
    # ------------------------------------------------------------------

    @api.model
    def _get_in_force(self, moves):
        """Write-offs of these invoices that are booked and not taken back."""
        if not moves:
            return self.browse()
        return self.sudo().search([("move_id", "in", moves.ids), ("state", "=", "approved")])

    def action_open_take_back(self):
        """Ask why and as of when the write-off is taken back."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_deferred_revenue.action_revenue_write_off_undo"
        )
        return {**action, "context": {"default_write_off_id": self.id}}

    def _take_back(self, day, reason, cause=None):
        """Reverse the entry: the invoice is owed again, and its deferral goes on.

        :param day: of what came after all; the entry takes the first open day from then on, not
            before the write-off's own
        :param cause: the entry or document because of which, if any
        """
        for write_off in self.sudo():
            if write_off.state != "approved":
                raise UserError(self.env._("“%s” is not in force.", write_off.name))
            reversal = write_off._create_reversal(day)
            write_off.write(
                {
                    "state": "reversed",
                    "reversal_id": reversal.id,
                    "reversal_reason": reason,
                    "reversal_cause_id": cause and cause.id,
                    "reversed_by_id": self.env.uid,
                }
            )
            write_off.flush_recordset()
            write_off.message_post(body=reason)

    def _take_back_because_of(self, cause, day):
        """Take back for what came after all.

        :param cause: entry of the payment, the credit note or the void
        """
        self._take_back(
            day, self.env._("%s came after all.", cause.name or cause.display_name), cause
        )

    def _create_reversal(self, day):
        entry = self.entry_id
        values = {
            "date": self.company_id._get_first_open_day(max(day, entry.date), entry.journal_id),
            "ref": self.env._("Taken back: %s", self.name),
            "saas_write_off_id": self.id,
        }
        reversal = entry._reverse_moves([values], cancel=True)
        self._mirror_segments(reversal)
        return reversal

    def _mirror_segments(self, reversal):
        """The schedules go on as if they had not stopped."""
        pairs = zip(
            self.entry_id.line_ids.sorted("id"), reversal.line_ids.sorted("id"), strict=True
        )
        items = {origin.id: item for origin, item in pairs}
        segments = self.env["saas.revenue.segment"]
        segments.create(
            [
                {
                    "schedule_id": segment.schedule_id.id,
                    "company_id": segment.company_id.id,
                    "kind": "reversal",
                    "method": segment.method,
                    "amount": -segment.amount,
                    "company_amount": -segment.company_amount,
                    "date_start": segment.date_start,
                    "date_end": segment.date_end,
                    "booking_date": reversal.date,
                    "move_line_id": items[segment.move_line_id.id].id,
                    "origin_segment_id": segment.id,
                    "revenue_account_id": segment.revenue_account_id.id,
                }
                for segment in segments.search([("move_line_id.move_id", "=", self.entry_id.id)])
            ]
        )
        self.env["saas.revenue.schedule"].invalidate_model()

    # ------------------------------------------------------------------
    # Found
    # ------------------------------------------------------------------

    @api.model
    def _cron_write_off(self):
        """Propose what the provider gave up, and let go of what nobody decided."""
        self._propose_given_up()
        self._expire()

    @api.model
    def _propose_given_up(self):
        """Proposals for open invoices that are uncollectible, whatever order events came in.

        What a person decided once is not proposed again; what a payment took back is, as long as
        something is left to be paid.
        """
        found = self.env["account.move"].search(
            [
                ("saas_status", "=", "uncollectible"),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "in", OPEN_STATES),
                ("company_id.saas_write_off_auto", "=", True),
                (
                    "saas_write_off_ids",
                    "not any",
                    ["|", ("state", "!=", "reversed"), ("reversal_cause_id", "=", False)],
                ),
            ]
        )
        proposed = self.create(
            [{"move_id": move.id, "reason": self._get_given_up_reason(move)} for move in found]
        )
        proposed.action_propose()
        return proposed

    def _get_given_up_reason(self, move):
        if not move.saas_uncollectible_at:
            return self.env._("The provider gave the invoice up.")
        return self.env._(
            "The provider gave the invoice up on %s.", move.saas_uncollectible_at.date().isoformat()
        )

    # ------------------------------------------------------------------
    # Where to look next
    # ------------------------------------------------------------------

    def action_open_invoice(self):
        return self.move_id.get_formview_action()

    def action_open_entries(self):
        return (self.entry_id | self.reversal_id)._get_records_action(
            name=self.env._("Journal Entries")
        )
