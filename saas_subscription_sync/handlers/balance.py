"""The customer's balance at the provider: every movement of it is one entry in the books.

A document that gives credit (a negative invoice, a credit note, an overpayment) or uses it (an
invoice settled from the balance) has an entry over exactly that amount, on the document's own
receivable account. Its one item settles the document, the other is the customer's balance. So the
items of the balance add up to what the provider shows for the customer, in whatever order documents
arrive, and no document settles with money that is meant for another.
"""

from odoo import Command, models


class SaasBillingBalance(models.AbstractModel):
    _name = "saas.billing.balance"
    _description = "Billing Handler: Customer Balance"
    _inherit = "saas.billing.handler"

    def _book(self, batch, object_type, pairs):
        """Book what documents moved on their customers' balances, once per document.

        :param object_type: type that the documents were bound as
        :param pairs: list of (change, document) that were just posted
        """
        moved = [
            (change, move, move.saas_balance_change)
            for change, move in pairs
            if move.saas_balance_change
        ]
        entries = self._post_entries(batch, moved)
        bound = [
            (change, move.saas_external_id, entry)
            for (change, move, _amount), entry in zip(moved, entries, strict=True)
        ]
        self._bind(batch, f"{object_type}_balance", bound)

    def _book_overpaid(self, batch, told):
        """Book what was paid beyond an invoice, as far as it is not booked yet.

        :param told: list of (change, invoice) of invoices that were overpaid
        """
        booked = self._get_overpaid([move for _change, move in told])
        moved = []
        for change, move in told:
            amount = float(change.record.amount_overpaid) - booked.get(move, 0.0)
            if move.currency_id.compare_amounts(amount, 0.0) > 0:
                moved.append((change, move, -amount))
        paid_at = {move: change.record.paid_at for change, move, _amount in moved}
        self._post_entries(batch, moved, paid_at)

    def _get_overpaid(self, invoices):
        """{invoice: amount} that entries hold as overpaid."""
        rows = self.env["account.move.line"]._read_group(
            [
                ("move_id.saas_balance_of_id", "in", [move.id for move in invoices]),
                ("move_id.saas_document_type", "=", "overpayment"),
                ("saas_is_balance", "=", True),
            ],
            ["move_id"],
            ["amount_currency:sum"],
        )
        sums = {}
        for entry, amount in rows:
            sums[entry.saas_balance_of_id] = sums.get(entry.saas_balance_of_id, 0.0) - amount
        return sums

    # ── entries ──────────────────────────────────────────────────────────────────────────────

    def _post_entries(self, batch, moved, paid_at=None):
        """Post one entry per movement and settle with them what can be.

        :param moved: list of (change, document, amount): positive where credit was used
        :param paid_at: {document: instant} of overpayments; empty for what documents moved
        """
        entries = self.env["account.move"]
        if not moved:
            return entries
        entries = entries.create(
            [
                self._prepare_entry(batch, move, amount, (paid_at or {}).get(move), bool(paid_at))
                for _change, move, amount in moved
            ]
        )
        entries._post(soft=False)
        pairs = list(zip(moved, entries, strict=True))
        self._trace(
            [
                (change, entry, effect)
                for (change, _move, _amount), entry in pairs
                for effect in ("created", "posted")
            ]
        )
        matching = self.env["saas.billing.matching"]
        matching._settle_balance_parts(entries.saas_balance_of_id)
        matching._settle_balances(entries.line_ids.filtered("saas_is_balance"))
        self.env["saas.customer.balance"]._refresh_partners(batch.connection, entries.partner_id)
        return entries

    def _prepare_entry(self, batch, move, amount, instant, overpaid):
        label = self.env._("Customer balance: %s", move.saas_number or move.name)
        day = self._get_entry_day(batch, move, instant)
        receivable = move.line_ids.filtered(lambda each: each.account_type == "asset_receivable")
        shared = {
            "name": label,
            "account_id": receivable.account_id[:1].id,
            "partner_id": move.commercial_partner_id.id,
            "currency_id": move.currency_id.id,
        }
        rate = move.invoice_currency_rate if day == move.date else None
        return {
            "move_type": "entry",
            "company_id": move.company_id.id,
            "journal_id": batch.connection._get_general_journal().id,
            "currency_id": move.currency_id.id,
            "partner_id": move.partner_id.id,
            "date": day,
            "ref": label,
            "saas_connection_id": batch.connection.id,
            "saas_document_type": "overpayment" if overpaid else "balance",
            "saas_external_id": move.saas_external_id,
            "saas_number": move.saas_number,
            "saas_issued_at": self._get_moved_at(move, instant),
            "saas_balance_of_id": move.id,
            "line_ids": [
                Command.create(
                    {
                        **shared,
                        **self._prepare_amount(move, part, rate),
                        "saas_is_balance": is_balance,
                    }
                )
                for part, is_balance in ((-amount, False), (amount, True))
            ],
        }

    def _prepare_amount(self, move, amount, rate):
        """The amount in both currencies, at the document's own rate on the document's own day."""
        values = {"amount_currency": amount}
        if rate:
            values["balance"] = move.company_currency_id.round(amount / rate)
        return values

    def _get_entry_day(self, batch, move, instant):
        if not instant:
            return move.date
        return instant.astimezone(batch.connection._get_zone()).date()

    def _get_moved_at(self, move, instant):
        return instant.replace(tzinfo=None) if instant else move.saas_issued_at


class SaasBillingMatching(models.AbstractModel):
    _inherit = "saas.billing.matching"

    def _settle(self, invoices):
        """What overpayments and old debts moved is settled with the payments."""
        result = super()._settle(invoices)
        self._settle_balance_parts(invoices)
        return result

    def _settle_balance_parts(self, documents):
        """Settle documents, and the payments of invoices, with what the balance moved for them."""
        parts = self.env["account.move.line"].search(
            [
                ("move_id.saas_balance_of_id", "in", documents.ids),
                ("saas_is_balance", "=", False),
                ("account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
                ("parent_state", "=", "posted"),
            ]
        )
        if not parts:
            return
        wanted = parts.move_id.saas_balance_of_id
        payments = self._get_payments(wanted)
        by_invoice = payments.grouped("saas_invoice_id")
        plan = []
        for document, own in parts.grouped(lambda line: line.move_id.saas_balance_of_id).items():
            paid = by_invoice.get(document, payments.browse()).move_id
            plan.append(own | self._get_open_lines(document | paid))
        self._reconcile(plan)

    def _settle_balances(self, lines):
        """Settle what customers have on their balance with what was used of it, oldest first.

        :param lines: items of the balance that are new
        """
        same = [
            ("saas_is_balance", "=", True),
            ("parent_state", "=", "posted"),
            ("partner_id", "in", lines.partner_id.ids),
            ("company_id", "in", lines.company_id.ids),
            ("currency_id", "in", lines.currency_id.ids),
        ]
        everything = self.env["account.move.line"].search(same, order="date, id")
        by_customer = everything.grouped(self._get_balance_key)
        new = lines.grouped(self._get_balance_key)
        self._release_later(
            [(by_customer[key], min(own.mapped("date"))) for key, own in new.items()]
        )
        self._reconcile(
            [by_customer[key].filtered(lambda line: not line.reconciled) for key in new]
        )

    def _get_balance_key(self, line):
        return line.company_id, line.partner_id, line.currency_id, line.account_id

    def _release_later(self, told):
        """Undo matches of what is younger than a new item: its turn comes first.

        Only exchange differences depend on it, so only foreign currencies do.

        :param told: list of (items of one customer, day of the oldest new one)
        """
        for lines, day in told:
            later = lines.filtered(lambda line, day=day: line.date > day)
            if lines.currency_id != lines.company_id.currency_id:
                (later.matched_debit_ids | later.matched_credit_ids).unlink()
