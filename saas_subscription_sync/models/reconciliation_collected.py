"""R2: money the provider took and gave back, read live, against the payments."""

from odoo import models
from odoo.tools import SQL

#: Canonical types that say what money moved; what was paid outside is told by the payments.
MONEY = ("charge", "refund", "payment")
#: What the provider tells a payment as.
KIND = SQL(
    """CASE WHEN payment.payment_type = 'outbound' THEN 'refund'
            WHEN payment.saas_payment_intent_id IS NULL AND payment.saas_charge_id IS NULL
            THEN 'outside' ELSE 'charge' END"""
)
AMOUNT = SQL(
    """CASE WHEN payment.payment_type = 'outbound' THEN -payment.amount ELSE payment.amount END"""
)


# One file per check keeps each of them readable on its own.
# pylint: disable=consider-merging-classes-inherited
class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    def _get_checks(self):
        return super()._get_checks() | {"R2": "_check_r2"}

    def _get_needed_readings(self):
        return super()._get_needed_readings() | {"R2": MONEY}

    def _get_titles(self):
        return super()._get_titles() | {
            "R2": self.env._("Collected"),
            "charge": self.env._("Charges"),
            "refund": self.env._("Refunds"),
            "payment": self.env._("Payments"),
        }

    def _check_r2(self):
        """Charges less refunds, and what was paid outside, by month and currency."""
        connection = self.connection_id
        return self._compare_rows(
            connection, self._get_told_money(connection), self._get_booked_money(connection)
        )

    def _get_told_money(self, connection):
        """SELECT of the provider's side; a debit that takes days counts when it was paid."""
        return SQL(
            """SELECT fact.kind, fact.external_id, '' AS item,
                      COALESCE(paid.day, fact.day) AS day, fact.currency, fact.amount,
                      NULL AS state, fact.label, NULL AS model, NULL::int AS res_id
                 FROM (%(moved)s) fact
            LEFT JOIN (SELECT external_id, MIN(day) AS day FROM (%(paid)s) paid GROUP BY 1) paid
                   ON paid.external_id = fact.external_id AND fact.kind = 'charge'
            UNION ALL
               SELECT 'outside', external_id, '', day, currency, amount, NULL, label, NULL, NULL
                 FROM (%(paid)s) paid WHERE alias = 'outside'""",
            moved=self._get_facts(connection, "charge", "refund"),
            paid=self._get_facts(connection, "payment"),
        )

    def _get_booked_money(self, connection):
        """SELECT of the payments of this origin.

        Payments that know only their charge are found by it, whatever intent it belongs to.
        """
        return SQL(
            """SELECT %(kind)s AS kind,
                      CASE WHEN payment.payment_type = 'outbound' THEN payment.saas_external_id
                           ELSE COALESCE(payment.saas_payment_intent_id, charge.external_id,
                                         payment.saas_charge_id, payment.saas_external_id)
                           END AS external_id,
                      '' AS item, payment.date AS day, currency.name AS currency,
                      %(amount)s AS amount, NULL AS state,
                      COALESCE(payment.name, payment.memo) AS label, 'account.payment' AS model,
                      payment.id AS res_id
                 FROM account_payment payment
                 JOIN res_currency currency ON currency.id = payment.currency_id
            LEFT JOIN (%(charges)s) charge
                   ON charge.alias = payment.saas_charge_id
                  AND payment.saas_payment_intent_id IS NULL
                WHERE payment.saas_connection_id = %(connection)s
                  AND payment.state IN ('in_process', 'paid') AND %(told)s""",
            kind=KIND,
            amount=AMOUNT,
            charges=self._get_facts(connection, "charge"),
            told=self.env["account.payment"]._get_told_sql("payment"),
            connection=connection.id,
        )
