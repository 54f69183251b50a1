"""The cut-over: what the provider held on that date is opened with the opening positions."""

from datetime import datetime, time
from decimal import Decimal

from odoo import fields, models
from odoo.addons.saas_billing_connector.canonical import BalanceTransaction, Batch
from odoo.tools import float_repr

from ..rules.settlement import OPENING


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"  # pylint: disable=consider-merging-classes-inherited

    opening_balance_missing = fields.Boolean(
        compute="_compute_opening_balance_missing",
        help="The balance on the cut-over date is not opened yet.",
    )

    def _compute_opening_balance_missing(self):
        for connection in self:
            connection.opening_balance_missing = bool(
                connection.cutover_date
                and connection.settled_until
                and not connection._get_opened()
            )

    def action_book_opening(self):
        """Book what the provider held on the cut-over date, too."""
        action = super().action_book_opening()
        if self.cutover_date and self._has_read_key():
            worker = self.env["saas.billing.drain"]._get_worker(self)
            self.with_env(worker.env)._book_opening_balance()
        return action

    def _book_opening_balance(self):
        """Book what is lacking of it: again, it adds nothing."""
        self._check_opening_open()
        self.lock_for_update()
        instant = datetime.combine(self.cutover_date, time.min, self._get_zone())
        held, booked = self._get_provider_balance_at(instant), self._get_opened_balances()
        records = [
            self._prepare_opening_record(instant, code, held.get(code, 0) - booked.get(code, 0))
            for code in sorted(held.keys() | booked.keys())
            if held.get(code, 0) != booked.get(code, 0)
        ]
        if records:
            self._book_opening_records(records)

    def _get_opened(self):
        return self.env["saas.settlement.transaction"].search(
            [("connection_id", "=", self.id), ("category", "=", OPENING)]
        )

    def _get_opened_balances(self):
        """What is opened by now, by currency code."""
        sums = {}
        for each in self._get_opened():
            amount = Decimal(float_repr(each.net_amount, each.currency_id.decimal_places))
            sums[each.currency_id.name] = sums.get(each.currency_id.name, Decimal(0)) + amount
        return sums

    def _prepare_opening_record(self, instant, code, amount):
        number = len(self._get_opened().filtered(lambda each: each.currency_id.name == code)) + 1
        return BalanceTransaction(
            external_id=f"{OPENING}:{self.cutover_date}:{code}:{number}",
            category=OPENING,
            kind=OPENING,
            amount=amount,
            fee=Decimal(0),
            net=amount,
            currency=code,
            created_at=instant,
            available_at=instant,
            status="available",
            description=self.env._("Balance on the cut-over date"),
        )

    def _book_opening_records(self, records):
        handler = self.env["saas.billing.handler.balance_transaction"]
        batch = Batch(self)
        currencies = handler._get_currencies(record.currency for record in records)
        handler._create_rows(
            [
                (
                    record,
                    handler._prepare(batch, record, currencies, {}),
                    handler._prepare_entry(batch, record, currencies, {}),
                )
                for record in records
            ]
        )
