"""R6: every object of the provider is exactly one record of Odoo, in the same state.

What only the books have is told by R1 and R2; for subscriptions, which have no amounts to compare,
it is told here.
"""

from odoo import models
from odoo.tools import SQL

from .reconciliation_fact import UNREADABLE


# One file per check keeps each of them readable on its own.
# pylint: disable=consider-merging-classes-inherited
class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    def _get_checks(self):
        return super()._get_checks() | {"R6": "_check_r6"}

    def _get_needed_readings(self):
        return super()._get_needed_readings() | {"R6": tuple(self._get_objects())}

    def _get_titles(self):
        return super()._get_titles() | {
            "R6": self.env._("Complete"),
            "subscription": self.env._("Subscriptions"),
            "payout": self.env._("Payouts"),
        }

    def _get_objects(self):
        """Method that gives the books' side of each type of object; addons that book add theirs.

        Each gives a SELECT of (external_id, state, label, model, res_id) of a connection; where the
        state is NULL, only existence counts.
        """
        return {
            "subscription": "_get_booked_subscriptions",
            "invoice": "_get_booked_invoices",
            "credit_note": "_get_booked_credit_notes",
            "payment": "_get_booked_receipts",
            "refund": "_get_booked_refunds",
        }

    def _check_r6(self):
        """How many objects both sides have, and each that is missing, double or different."""
        connection = self.connection_id
        titles = self._get_titles()
        lines = self._compare_rows(
            connection,
            self._get_told_objects(connection),
            self._get_booked_objects(connection),
            titles,
        )
        for line in lines:
            # Subscriptions live on: they belong to no day.
            if line.get("key", "").startswith("subscription:"):
                line["day"] = False
        return lines

    def _get_told_objects(self, connection):
        """SELECT of the provider's side: one of each, with its state."""
        return SQL(
            """SELECT kind, external_id, kind AS item,
                      CASE WHEN kind = 'subscription' THEN %(first)s ELSE day END AS day,
                      '' AS currency, 1 AS amount, NULLIF(status, '') AS state, label,
                      NULL AS model, NULL::int AS res_id
                 FROM (%(facts)s) fact WHERE item = ''
            UNION ALL
               SELECT item, external_id, item, %(first)s, '', 1, kind, label, NULL, NULL
                 FROM (%(unreadable)s) fact""",
            first=self.date_from,
            facts=self._get_facts(connection, *self._get_objects()),
            unreadable=self._get_facts(connection, UNREADABLE),
        )

    def _get_booked_objects(self, connection):
        """SELECT of the books' side: the records of what was told, on the day it was told for."""
        told, sides = self._get_told_objects(connection), []
        for kind, method in self._get_objects().items():
            booked = getattr(self, method)(connection)
            sides.append(
                SQL(
                    """SELECT told.kind, told.external_id, told.item, told.day, '' AS currency,
                              1 AS amount, booked.state, booked.label, booked.model, booked.res_id
                         FROM (%s) told
                         JOIN (%s) booked ON booked.external_id = told.external_id
                        WHERE told.kind = %s""",
                    told,
                    booked,
                    kind,
                )
            )
        if self._has_all_subscriptions(connection):
            sides.append(self._get_unknown_subscriptions(connection, told))
        return SQL(" UNION ALL ").join(sides)

    def _has_all_subscriptions(self, connection):
        parts = self._get_fact_parts(connection)
        return any(part.code == "subscription" and part._is_whole() for part in parts)

    def _get_unknown_subscriptions(self, connection, told):
        """SELECT of the subscriptions that only Odoo has."""
        return SQL(
            """SELECT 'subscription', booked.external_id, 'subscription', %s::date, '', 1,
                      booked.state, booked.label, booked.model, booked.res_id
                 FROM (%s) booked
                WHERE NOT EXISTS (SELECT FROM (%s) told WHERE told.kind = 'subscription'
                                     AND told.external_id = booked.external_id)""",
            self.date_from,
            self._get_booked_subscriptions(connection),
            told,
        )

    # ── the books' side ──────────────────────────────────────────────────────────────────────

    def _get_booked_subscriptions(self, connection):
        return SQL(
            """SELECT external_id, state, name AS label, 'saas.subscription' AS model, id AS res_id
                 FROM saas_subscription WHERE connection_id = %s""",
            connection.id,
        )

    def _get_booked_invoices(self, connection):
        """Open and paid are what the books say; the rest is what the newest event said."""
        return SQL(
            """SELECT saas_external_id AS external_id,
                      CASE WHEN saas_status NOT IN ('open', 'paid') THEN saas_status
                           WHEN payment_state IN ('paid', 'in_payment', 'reversed') THEN 'paid'
                           ELSE 'open' END AS state,
                      name AS label, 'account.move' AS model, id AS res_id
                 FROM account_move
                WHERE saas_connection_id = %s AND state = 'posted'
                  AND saas_document_type = 'invoice'""",
            connection.id,
        )

    def _get_booked_credit_notes(self, connection):
        return SQL(
            """SELECT saas_external_id AS external_id, saas_status AS state, name AS label,
                      'account.move' AS model, id AS res_id
                 FROM account_move
                WHERE saas_connection_id = %s AND state = 'posted'
                  AND saas_document_type = 'credit_note'""",
            connection.id,
        )

    def _get_booked_receipts(self, connection):
        return self._get_booked_entries(connection, "inbound", None)

    def _get_booked_refunds(self, connection):
        return self._get_booked_entries(connection, "outbound", "succeeded")

    def _get_booked_entries(self, connection, payment_type, state):
        """SELECT of the payments of one direction, in the state that booked ones have."""
        return SQL(
            """SELECT saas_external_id AS external_id, %s AS state, COALESCE(name, memo) AS label,
                      'account.payment' AS model, id AS res_id
                 FROM account_payment
                WHERE saas_connection_id = %s AND state IN ('in_process', 'paid')
                  AND payment_type = %s AND %s""",
            state,
            connection.id,
            payment_type,
            self.env["account.payment"]._get_told_sql("account_payment"),
        )
