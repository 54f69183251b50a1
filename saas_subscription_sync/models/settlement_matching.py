"""Which movement of the balance settles which payment, refund or dispute, whichever comes first.

Both sides name the provider's ids. What shares one and has opposite signs is reconciled; what has
no other side yet stays open, the movement on the suspense account of its journal.
"""

import logging

from odoo import api, models
from odoo.addons.saas_billing_connector.models.billing_drain import is_conflict
from odoo.tools import SQL

from ..rules.settlement import CLEARING, OF_CHARGES, TRANSFER, groups

_logger = logging.getLogger(__name__)


class SaasSettlementTransaction(models.Model):
    _inherit = "saas.settlement.transaction"

    @api.model
    def _match_safely(self, connection):
        """Match; what fails as nobody foresaw is logged and tried again with the next movement."""
        try:
            with self.env.cr.savepoint():
                self._match(connection)
        except Exception as error:
            if is_conflict(error):
                raise
            _logger.exception("Matching settlements of %s failed", connection.display_name)

    @api.model
    def _match(self, connection):
        """Reconcile everything of a connection that has found its other side."""
        if not connection.payment_journal_id:
            return
        lines = self.env["account.move.line"]
        plan = [lines.browse(ids) for ids in groups(self._find_pairs(connection))]
        plan = [each for each in (self._get_free(group) for group in plan) if len(each) > 1]
        if plan:
            self._move_to_clearing(connection, lines.union(*plan))
            self.env["saas.billing.matching"]._reconcile(plan)

    @api.model
    def _find_pairs(self, connection):
        """(key, journal item) of all open items whose key occurs with both signs.

        Items of movements are signed as the balance moved, so that what settles has one sign and
        what is settled the other.
        """
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """WITH open AS MATERIALIZED (%s UNION ALL %s),
                        live AS (SELECT key FROM open WHERE key IS NOT NULL GROUP BY key
                                 HAVING bool_or(balance > 0) AND bool_or(balance < 0))
                   SELECT key, id FROM open JOIN live USING (key) ORDER BY id, key""",
                self._get_movements_sql(connection),
                self._get_items_sql(connection),
            )
        )

    @api.model
    def _get_movements_sql(self, connection):
        """Counterparts of movements that are not matched, by every id that may find them."""
        return SQL(
            """SELECT names.key, item.id, item.balance
                 FROM saas_settlement_transaction own
                 JOIN account_move_line item ON item.id = own.counterpart_id
           CROSS JOIN LATERAL (VALUES
                        ('txn:' || own.external_id),
                        ('ref:' || own.source_id),
                        (CASE WHEN own.category = ANY(%(of_charges)s)
                              THEN 'ref:' || own.payment_intent_id END)) AS names(key)
                WHERE own.connection_id = %(connection)s AND own.state IN ('open', 'expected')
                  AND own.category = ANY(%(matched)s)""",
            connection=connection.id,
            matched=sorted(CLEARING | TRANSFER),
            of_charges=sorted(OF_CHARGES),
        )

    @api.model
    def _get_items_sql(self, connection):
        """Open items of payments, refunds and disputes on the clearing accounts, likewise.

        Only a payment goes by its charge too: a refund names the one that it gives back.
        """
        return SQL(
            """SELECT names.key, item.id, item.balance
                 FROM account_move_line item
                 JOIN account_move move ON move.id = item.move_id
            LEFT JOIN account_payment payment ON payment.id = move.origin_payment_id
           CROSS JOIN LATERAL (VALUES
                        ('txn:' || move.saas_balance_transaction_id),
                        ('ref:' || COALESCE(payment.saas_external_id, move.saas_external_id)),
                        (CASE WHEN payment.saas_external_id IN
                                   (payment.saas_payment_intent_id, payment.saas_charge_id)
                              THEN 'ref:' || payment.saas_charge_id END)) AS names(key)
                WHERE item.account_id = ANY(%(accounts)s) AND NOT item.reconciled
                  AND item.parent_state = 'posted' AND item.statement_line_id IS NULL
                  AND COALESCE(payment.saas_connection_id, move.saas_connection_id)
                      = %(connection)s""",
            accounts=connection._get_clearing_accounts().ids,
            connection=connection.id,
        )

    @api.model
    def _get_free(self, lines):
        """The items that may be touched; what a lock or a seal holds stays open meanwhile."""
        return lines.filtered(
            lambda line: (
                not self._is_waiting(line)
                or not (
                    line.move_id.inalterable_hash
                    or line.move_id._get_violated_lock_dates(line.date, False)
                )
            )
        )

    @api.model
    def _move_to_clearing(self, connection, lines):
        """Movements leave the suspense account for the account of what they settle."""
        waiting = lines.filtered(self._is_waiting)
        if waiting:
            waiting.with_context(skip_readonly_check=True).write(
                {"account_id": connection._get_clearing_account().id}
            )

    @api.model
    def _is_waiting(self, item):
        """Whether an item is the part of a statement line that nothing explains yet."""
        return bool(item.statement_line_id) and (
            item.account_id == item.move_id.journal_id.suspense_account_id
        )
