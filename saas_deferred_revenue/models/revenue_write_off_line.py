"""What is owed of each line of an invoice that is written off, and where it goes."""

from odoo import api, fields, models

from ..recognition import closed_form, write_offs
from .minor_units import from_minor, to_minor

#: Items of an invoice that are no line of what was billed.
NOT_BILLED = (
    "cogs",
    "payment_term",
    "line_section",
    "line_subsection",
    "line_note",
)


class RevenueWriteOffLine(models.Model):
    """One billed line or tax; positive where the customer owes."""

    _name = "saas.revenue.write.off.line"
    _description = "Line of a Write-off"
    _order = "write_off_id, id"

    write_off_id = fields.Many2one(
        "saas.revenue.write.off", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="write_off_id.company_id")
    currency_id = fields.Many2one(related="write_off_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    move_line_id = fields.Many2one(
        "account.move.line", string="Billed Line", required=True, readonly=True, ondelete="restrict"
    )
    name = fields.Char(readonly=True)
    schedule_id = fields.Many2one(
        "saas.revenue.schedule", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    net_amount = fields.Monetary(
        string="Net of Credits", readonly=True, help="What the line comes to, paid or not."
    )
    amount = fields.Monetary(string="Owed", readonly=True)
    deferred_amount = fields.Monetary(string="To Deferred Revenue", readonly=True)
    recognised_amount = fields.Monetary(
        string="Earned, to Bad Debt", compute="_compute_bad_debt", help="Without tax."
    )
    tax_amount = fields.Monetary(string="Tax, to Bad Debt", compute="_compute_bad_debt")
    company_amount = fields.Monetary(
        string="Owed (company currency)", readonly=True, currency_field="company_currency_id"
    )
    deferred_company_amount = fields.Monetary(
        string="To Deferred Revenue (company currency)",
        readonly=True,
        currency_field="company_currency_id",
    )
    bad_debt_company_amount = fields.Monetary(
        string="To Bad Debt (company currency)",
        compute="_compute_bad_debt",
        currency_field="company_currency_id",
    )

    @api.depends("amount", "deferred_amount", "company_amount", "deferred_company_amount")
    def _compute_bad_debt(self):
        for line in self:
            bad_debt = line.amount - line.deferred_amount
            is_tax = line._is_tax()
            line.recognised_amount = 0.0 if is_tax else bad_debt
            line.tax_amount = bad_debt if is_tax else 0.0
            line.bad_debt_company_amount = line.company_amount - line.deferred_company_amount

    def _is_tax(self):
        return self.move_line_id.display_type == "tax"

    # ------------------------------------------------------------------
    # How what is owed is spread
    # ------------------------------------------------------------------

    @api.model
    def _prepare_lines(self, move, day):
        """Values by billed line, in the invoice's and the company's currency.

        What is owed is spread over what the lines come to net of credits, exact to the cent.
        """
        billed = move.line_ids.filtered(lambda item: item.display_type not in NOT_BILLED).sorted(
            "id"
        )
        receivable = move.line_ids.filtered(lambda item: item.account_type == "asset_receivable")
        nets = self._get_nets(move, billed)
        owed = self._spread(
            sum(receivable.mapped("amount_residual_currency")),
            [nets[item][0] for item in billed],
            move.currency_id,
        )
        company_owed = self._spread(
            sum(receivable.mapped("amount_residual")),
            [nets[item][1] for item in billed],
            move.company_currency_id,
        )
        lines = []
        for item, amount, company_amount in zip(billed, owed, company_owed, strict=True):
            line = {
                "move_line_id": item.id,
                "name": item.name,
                "schedule_id": item.saas_revenue_schedule_ids.id,
                "net_amount": from_minor(nets[item][0], move.currency_id),
                "amount": from_minor(amount, move.currency_id),
                "company_amount": from_minor(company_amount, move.company_currency_id),
            }
            added = self._stop(item.saas_revenue_schedule_ids, amount, nets[item][0], day)
            deferred, company_deferred = map(write_offs.get_deferred, added)
            line["deferred_amount"] = from_minor(deferred, move.currency_id)
            line["deferred_company_amount"] = from_minor(company_deferred, move.company_currency_id)
            lines.append(line)
        return lines

    def _spread(self, amount, nets, currency):
        units = to_minor(amount, currency)
        shares = closed_form.allocate(units, nets)
        return shares or [units, *[0] * (len(nets) - 1)]

    def _get_nets(self, move, billed):
        """`{item: (net, net in company currency)}` of credits, in minor units.

        Deferred lines are net as their schedules say. Credits of other lines and taxes belong to
        the line that they name, to the item of the same tax, else to the largest.
        """
        currency, company_currency = move.currency_id, move.company_currency_id
        nets = {
            item: [
                -to_minor(item.amount_currency, currency),
                -to_minor(item.balance, company_currency),
            ]
            for item in billed
        }
        for credit in self._get_credits(move):
            if item := self._get_credited(credit, billed):
                nets[item][0] -= to_minor(credit.amount_currency, currency)
                nets[item][1] -= to_minor(credit.balance, company_currency)
        for item in billed:
            if schedule := item.saas_revenue_schedule_ids:
                nets[item] = [
                    to_minor(schedule.net_amount, currency),
                    to_minor(schedule.net_company_amount, company_currency),
                ]
        return nets

    def _get_credits(self, move):
        """Billed items of the credit notes of an invoice that stand."""
        notes = move.reversal_move_ids.filtered(
            lambda note: note.state == "posted"
            and note.move_type == "out_refund"
            and note.currency_id == move.currency_id
            and not note.reversal_move_ids.filtered(lambda each: each.state == "posted")
        )
        return notes.line_ids.filtered(lambda item: item.display_type not in NOT_BILLED)

    def _get_credited(self, credit, billed):
        """The item that a credit's item takes back; none where a schedule knows about it."""
        if credit.saas_credited_line_id in billed:
            return credit.saas_credited_line_id
        if self.env["saas.revenue.segment"].search_count(
            [("move_line_id", "=", credit.id)], limit=1
        ):
            return None
        alike = billed.filtered(
            lambda item: (
                item.display_type == credit.display_type
                and item.tax_line_id == credit.tax_line_id
                and not item.saas_revenue_schedule_ids
            )
        )
        return alike.sorted("balance")[:1]

    # ------------------------------------------------------------------
    # Schedules
    # ------------------------------------------------------------------

    def _stop(self, schedule, owed, net, day):
        """What stops a schedule on `day`, in each of its two currencies.

        :param owed, net: of its line, in minor units of the invoice's currency
        """
        segments = schedule._get_effective_segments()
        return [
            write_offs.write_off(segments._get_core(name, currency), day, day, owed, net)
            for name, currency in (
                ("amount", schedule.currency_id),
                ("company_amount", schedule.company_currency_id),
            )
        ]

    def _get_deferred(self):
        """Lines of which something was still to be earned."""
        return self.filtered(lambda line: line.deferred_amount or line.deferred_company_amount)

    def _add_segments(self, entry):
        """Stop the schedules, each because of its item of the entry."""
        lines, values = self._get_deferred(), []
        # The entry begins with an item for each of them.
        for line, item in zip(lines, entry.line_ids.sorted("id"), strict=False):
            owed, net = (
                to_minor(amount, line.currency_id) for amount in (line.amount, line.net_amount)
            )
            segments = line.schedule_id._get_effective_segments()
            added = self._stop(line.schedule_id, owed, net, entry.date)
            values += [
                {**segments[own.origin]._prepare_addition(own, company), "move_line_id": item.id}
                for own, company in zip(*added, strict=True)
            ]
        self.env["saas.revenue.segment"].create(values)
        lines.schedule_id.invalidate_recordset()
        self.env["saas.revenue.schedule.month"].invalidate_model()

    # ------------------------------------------------------------------
    # Journal items
    # ------------------------------------------------------------------

    def _prepare_items(self):
        """Debit deferred revenue line by line, then bad debt; negative lines credit them."""
        return [line._prepare_deferred_item() for line in self._get_deferred()] + [
            values for line in self for values in line._prepare_bad_debt_items()
        ]

    def _prepare_deferred_item(self):
        return self._prepare_item(
            self.schedule_id.deferred_account_id,
            self.deferred_amount,
            self.deferred_company_amount,
        )

    def _prepare_bad_debt_items(self):
        account = self.company_id._get_bad_debt_account(self._is_tax())
        amount = self.recognised_amount + self.tax_amount
        return [
            self._prepare_item(account, *part)
            for part in self._split_signs(amount, self.bad_debt_company_amount)
        ]

    def _prepare_item(self, account, amount, company_amount):
        write_off = self.write_off_id
        return {
            **write_off._prepare_item(account, amount, company_amount),
            "name": f"{write_off.name}: {self.name}",
            "analytic_distribution": self.move_line_id.analytic_distribution,
        }

    def _split_signs(self, amount, company_amount):
        """A journal item has one sign in both currencies; a cent of rounding may not."""
        amount = self.currency_id.round(amount)
        company_amount = self.company_currency_id.round(company_amount)
        parts = [(amount, company_amount)]
        if amount * company_amount < 0:
            parts = [(amount, 0.0), (0.0, company_amount)]
        return [part for part in parts if any(part)]
