"""The other end of a payout: the bank's own line, matched where it can be no other one."""

from collections import Counter
from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError

from .settlement import OWN

#: How long before and after the day of arrival the bank may show a payout.
EARLY, LATE = timedelta(days=3), timedelta(days=7)


class SaasSettlement(models.Model):
    _inherit = "saas.settlement"

    def action_match_bank(self):
        """Match with the bank's line; where that is not certain, show those that it may be."""
        self.check_access("read")
        if not self.env.user.has_group("saas_billing_connector.group_saas_operator"):
            raise UserError(self.env._("Matching payouts needs the role Billing Operator."))
        self.ensure_one()
        if self.bank_state != "expected":
            raise UserError(self.env._("The bank does not owe this payout any more."))
        own = self.sudo()
        own._match_bank(own.connection_id)
        if self.bank_state == "matched":
            return self.action_open_bank_line()
        possible = own._get_possible_lines(own._get_out())
        if not possible:
            raise UserError(
                self.env._(
                    "No line of %(amount)s %(currency)s that is not reconciled yet is on a bank"
                    " journal around %(day)s. Import the bank's statement first.",
                    amount=self.amount,
                    currency=self.currency_id.name,
                    day=self.arrival_date,
                )
            )
        return possible._get_records_action(name=self.env._("Possible Bank Lines"))

    @api.model
    def _match_bank(self, connection):
        """Match payouts that are expected with lines of the bank, where only one fits the other."""
        payouts = self.search(
            [("connection_id", "=", connection.id), ("bank_state", "=", "expected")]
        )
        pairs = []
        for payout in payouts:
            out = payout._get_out()
            lines = payout._get_possible_lines(out).filtered(payout._is_mentioned)
            sure = lines.filtered(payout._is_named) or lines
            if len(sure) == 1:
                pairs.append((out, sure))
        taken = Counter(line for _out, line in pairs)
        for out, line in pairs:
            if taken[line] == 1:
                self._reconcile_with_bank(out, line)

    def _get_out(self):
        """The payout's own movement."""
        return self._get_own().filtered(lambda each: each.category == OWN)[:1]

    def _get_possible_lines(self, out):
        """Lines of other bank journals over the same money around the day of arrival."""
        settled = self.connection_id.search([("company_id", "=", self.company_id.id)]).mapped(
            lambda each: each._get_settlement_journals()
        )
        lines = self.env["account.bank.statement.line"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("journal_id", "not in", settled.ids),
                ("is_reconciled", "=", False),
                ("amount", "=", -out.amount),
                ("date", ">=", self.arrival_date - EARLY),
                ("date", "<=", self.arrival_date + LATE),
            ]
        )
        return lines.filtered(lambda line: line.currency_id == self.currency_id)

    def _is_mentioned(self, line):
        """Whether the bank's line says that it comes from the provider."""
        words = [self.connection_id._get_provider_label(), self.statement_descriptor]
        return self._is_named(line) or self._has_word(line, words)

    def _is_named(self, line):
        """Whether the bank's line names this very payout."""
        return self._has_word(line, [self.bank_reference, self.external_id])

    def _has_word(self, line, words):
        told = [line.payment_ref, line.partner_name, line.ref, line.transaction_type]
        text = " ".join(filter(None, told)).lower()
        return any(word.lower() in text for word in words if word)

    @api.model
    def _reconcile_with_bank(self, out, line):
        """Let the bank's line stand on the transfer account, against the payout."""
        waiting = line.move_id.line_ids.filtered(out._is_waiting)
        if len(waiting) != 1 or not out._get_free(waiting):
            return
        transfer = out.counterpart_id
        waiting.with_context(skip_readonly_check=True).write({"account_id": transfer.account_id.id})
        (waiting | transfer).reconcile()
