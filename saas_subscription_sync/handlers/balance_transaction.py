"""Movements of the provider's balance: one statement line each, gross and fees beside it."""

from odoo import fields, models
from odoo.addons.saas_billing_connector.canonical import Outcome

from ..rules import settlement as rules


class SaasBillingHandlerBalanceTransaction(models.AbstractModel):
    _name = "saas.billing.handler.balance_transaction"
    _description = "Billing Handler: Balance Transaction"
    _inherit = "saas.billing.guards"

    def _process(self, batch):
        changes = batch.by_object()
        known = self._get_known(batch, changes)
        # What moved does not change: of several snapshots any one will do.
        new = [each[-1] for external_id, each in changes.items() if external_id not in known]
        prepared = self._prepare_all(batch, new)
        if prepared:
            self._book(batch, prepared)

    def _get_known(self, batch, external_ids):
        """Ids of those that are here already."""
        transactions = self.env["saas.settlement.transaction"].search_fetch(
            [
                ("connection_id", "=", batch.connection.id),
                ("external_id", "in", list(external_ids)),
            ],
            ["external_id"],
        )
        return set(transactions.mapped("external_id"))

    # ── prepare ──────────────────────────────────────────────────────────────────────────────

    def _prepare_all(self, batch, changes):
        """(change, values, entry) of what can be booked; the others are rejected."""
        currencies = self._get_currencies(
            code
            for change in changes
            for code in (change.record.currency, change.record.source_currency)
        )
        keys = {
            part.target
            for change in changes
            for part in rules.parts(change.record)
            if self._is_booked(batch, change.record) and ":" in part.target
        }
        mappings = self.env["saas.settlement.mapping"]._get_all(batch.connection, keys)
        payouts = self._get_bound(
            batch,
            "payout_content",
            [change.record.external_id for change in changes],
            "saas.settlement",
        )
        prepared = []
        for change in changes:
            try:
                values = self._prepare(batch, change.record, currencies, payouts)
                entry = self._prepare_entry(batch, change.record, currencies, mappings)
            except Outcome as outcome:
                change.reject(outcome)
            else:
                prepared.append((change, values, entry))
        return prepared

    def _prepare(self, batch, record, currencies, payouts):
        """Values of the transaction.

        :raises Outcome: where it cannot be booked
        """
        currency = self._check_currency(record, currencies)
        self._check_precision(record, currency, [record.amount, record.fee, record.net])
        shown = rules.presented(record, self._get_source_decimals(record, currencies))
        return {
            "connection_id": batch.connection.id,
            "external_id": record.external_id,
            "settlement_id": payouts[record.external_id].id
            if record.external_id in payouts
            else False,
            "date": self._get_day(batch, record.created_at),
            "created_at": record.created_at.replace(tzinfo=None),
            "available_at": record.available_at.replace(tzinfo=None),
            "category": record.category,
            "kind": record.kind,
            "description": record.description,
            "source_id": record.source_id,
            "payment_intent_id": record.payment_intent_id,
            "balance": record.balance,
            "currency_id": currency.id,
            "amount": float(record.amount),
            "fee_amount": float(record.fee),
            "net_amount": float(record.net),
            "source_currency_id": currencies[record.source_currency].id if shown else False,
            "source_amount": float(shown or 0),
            "exchange_rate": float(record.exchange_rate or 0),
        }

    def _get_source_decimals(self, record, currencies):
        """Decimals of the source's currency, whether or not Odoo knows it."""
        currency = currencies.get(record.source_currency)
        return currency.decimal_places if currency else 2

    def _prepare_entry(self, batch, record, currencies, mappings):
        """Journal, day and items of the statement line; None for what is only evidence.

        :raises Outcome: where it cannot be booked
        """
        if not self._is_booked(batch, record):
            return None
        currency = currencies[record.currency]
        journal = batch.connection._get_settlement_journal(currency)
        day = self._get_day(batch, record.created_at)
        self._check_open(record, day, journal, False)
        accounts = {
            part.target: self._get_target_account(batch, journal, record, part, mappings)
            for part in rules.parts(record)
        }
        return {
            "journal": journal,
            "day": day,
            "label": self._get_label(record),
            "net": record.net,
            "items": self._prepare_items(record, journal, currencies, day, accounts),
        }

    def _is_booked(self, batch, record):
        """Whether it is of the balance that is paid out, and not of the old books."""
        return record.balance == rules.PAYMENTS and not self._is_old(batch, record.created_at)

    def _get_target_account(self, batch, journal, record, part, mappings):
        """The account of one part; what clears waits on the suspense account until it is matched.

        :raises Outcome: where there is none
        """
        if part.target == "clearing":
            batch.connection._get_clearing_account()
            return journal.suspense_account_id
        if part.target == "transfer":
            return batch.connection._get_transfer_account()
        if part.target == rules.OPENING:
            return batch.connection._get_opening_account()
        return mappings[part.target]._get_account(record)

    def _get_label(self, record):
        words = [
            record.category.replace("_", " ").capitalize(),
            record.source_id or record.external_id,
        ]
        return " ".join(words) + (f" · {record.description}" if record.description else "")

    def _prepare_items(self, record, journal, currencies, day, accounts):
        """Values of the journal items, that of the balance first.

        Each is converted by Odoo's rate of the day; the gross part takes what rounding leaves.
        """
        company = journal.company_id
        currency = currencies[record.currency]

        def converted(amount):
            return company.currency_id.round(
                currency._convert(float(amount), company.currency_id, company, day)
            )

        label = self._get_label(record)
        items = [self._prepare_item(journal.default_account_id, label, currency, record.net)]
        items += [
            self._prepare_item(
                accounts[part.target], part.description or label, currency, -part.amount
            )
            for part in rules.parts(record)
        ]
        for item in items:
            item["balance"] = converted(item["amount_currency"])
        rest = company.currency_id.round(sum(item["balance"] for item in items))
        items[min(1, len(items) - 1)]["balance"] -= rest
        shown = rules.presented(record, self._get_source_decimals(record, currencies))
        source = currencies.get(record.source_currency)
        if shown and source and source.active and source != company.currency_id and len(items) > 1:
            items[1] |= {"currency_id": source.id, "amount_currency": float(-shown)}
        return items

    def _prepare_item(self, account, label, currency, amount):
        return {
            "account_id": account.id,
            "name": label,
            "currency_id": currency.id,
            "amount_currency": float(amount),
        }

    # ── book ─────────────────────────────────────────────────────────────────────────────────

    def _book(self, batch, prepared):
        rows = self._create_rows([(change.record, *rest) for change, *rest in prepared])
        effects = []
        for (change, *_rest), transaction in zip(prepared, rows, strict=True):
            effects.append((change, transaction, "created"))
            if transaction.line_id:
                move = transaction.line_id.move_id
                effects += [(change, move, effect) for effect in ("created", "posted")]
        self._trace(effects)

    def _create_rows(self, prepared):
        """Transactions with their statement lines.

        :param prepared: list of (record, values, entry or None)
        :returns: the transactions in that order
        """
        transactions = self.env["saas.settlement.transaction"].create(
            [values for _record, values, _entry in prepared]
        )
        booked = [
            (record, transaction, entry)
            for (record, _values, entry), transaction in zip(prepared, transactions, strict=True)
            if entry
        ]
        if booked:
            self._attach(booked, self._create_lines([entry for *_rest, entry in booked]))
        return transactions

    def _create_lines(self, entries):
        """Statement lines with their entries, on the statement of their month."""
        statements = self.env["account.bank.statement"]
        months = [(entry["journal"], statements._get_month(entry["day"])) for entry in entries]
        by_month = statements._get_settlement_statements(set(months))
        values = [
            {
                "journal_id": entry["journal"].id,
                "date": entry["day"],
                "payment_ref": entry["label"],
                "amount": float(entry["net"]),
                "statement_id": by_month[month].id,
                "line_ids": [fields.Command.create(item) for item in entry["items"]],
            }
            for entry, month in zip(entries, months, strict=True)
        ]
        with self.env["account.move"]._numbered_together():
            return self.env["account.bank.statement.line"].create(values)

    def _attach(self, booked, lines):
        """Tie transactions to their lines, write down the fees, bring the statements up to date."""
        fees, months = [], set()
        statements = self.env["account.bank.statement"]
        for (record, transaction, entry), line in zip(booked, lines, strict=True):
            transaction.line_id = line
            items = line.move_id.line_ids.sorted("id")[1:]
            for part, item in zip(rules.parts(record), items, strict=True):
                if part.fee:
                    fees.append(self._prepare_fee(transaction, part, item))
                else:
                    transaction.counterpart_id = item
            months.add((entry["journal"], statements._get_month(entry["day"])))
        self.env["saas.settlement.fee"].create(fees)
        statements._refresh_settlement_balances(months)

    def _prepare_fee(self, transaction, part, item):
        return {
            "transaction_id": transaction.id,
            "kind": part.fee,
            "description": part.description,
            "amount": float(-part.amount),
            "company_amount": item.balance,
            "account_id": item.account_id.id,
        }
