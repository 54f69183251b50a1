"""What one day came to at the provider and in the inbox when a check last read it: kept for good.

Facts go when their run ends. What the calendar needs of them is added up before that, per day, by
SQL alone: one row per connection, day, kind and currency, and one without a currency that says that
the day was read, whatever was found.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..rules.settlement import PURE_FEES
from . import reconciliation_billed as billed

KINDS = [
    ("invoice", "Invoices"),
    ("credit_note", "Credit Notes"),
    ("charge", "Charges"),
    ("outside", "Paid Outside"),
    ("refund", "Refunds"),
    ("fee", "Fees"),
    ("payout", "Payouts"),
]
#: Kinds that a check compares, by its code. A void counts on its own day as a document.
CHECKED = {
    "R1": ("invoice", "credit_note"),
    "R2": ("charge", "outside", "refund"),
    "R3": ("fee",),
    "R6": ("payout",),
}
#: Kinds that the books have only once the provider's balance is read.
CASH = ("fee", "payout")
#: What an event keeps → SQL on its `record`.
TOTAL, AMOUNT = "(record->>'total')::numeric", "(record->>'amount')::numeric"
FEE = "(record->>'fee')::numeric - CASE WHEN record->>'category' IN ({}) THEN {} ELSE 0 END".format(
    ", ".join(f"'{category}'" for category in PURE_FEES), AMOUNT
)
VOID = "record->>'status' = 'void'"
REFUNDED = (
    "(record->>'status' = 'succeeded' OR record->>'status' = 'pending'"
    " AND record->>'balance_transaction_id' IS NOT NULL)"
)
#: A fact's kind → canonical type, instant, amount and condition of the newest event of the object;
#: they say what `rules.facts` says.
RECORDED = {
    "invoice": ("invoice", "accounting_at", TOTAL, "record->>'status' != 'draft'"),
    "invoice_void": ("invoice", "voided_at", f"-{TOTAL}", VOID),
    "credit_note": ("credit_note", "issued_at", f"-{TOTAL}", "TRUE"),
    "credit_note_void": ("credit_note", "voided_at", TOTAL, VOID),
    "charge": ("charge", "created_at", AMOUNT, "record->>'status' = 'succeeded'"),
    "outside": ("payment", "paid_at", AMOUNT, "TRUE"),
    "refund": ("refund", "created_at", f"-{AMOUNT}", REFUNDED),
    "fee": ("balance_transaction", "created_at", FEE, "record->>'balance' = 'payments'"),
    "payout": ("payout", "created_at", AMOUNT, "TRUE"),
}


class SaasReconciliationDayReading(models.Model):
    _name = "saas.reconciliation.day.reading"
    _description = "Day as Read"
    _log_access = False

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    day = fields.Date(required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    told_count = fields.Integer(readonly=True)
    told_amount = fields.Monetary(readonly=True)
    inbox_count = fields.Integer(readonly=True)
    inbox_amount = fields.Monetary(readonly=True)
    read_at = fields.Datetime(required=True, readonly=True)

    _day_unique = models.UniqueIndex(
        "(connection_id, day, kind, COALESCE(currency_id, 0))", "A day is kept once."
    )

    @api.model
    def _keep(self, part):
        """Keep the days of what a check has just compared, in place of what was kept before.

        Days that were not over when the run began are left out: they were not read wholly.
        """
        kinds = CHECKED.get(part.code)
        if not kinds or not part.connection_id:
            return
        run, connection = part.run_id._narrow(part), part.connection_id
        begun = fields.Datetime.context_timestamp(
            self.with_context(tz=connection.timezone), part.run_id.executed_at
        ).date()
        span = {
            "connection": connection.id,
            "kinds": list(kinds),
            "first": max(run.date_from, connection.cutover_date or run.date_from),
            "end": min(run.date_to, begun),
        }
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """DELETE FROM saas_reconciliation_day_reading
                    WHERE connection_id = %s AND kind = ANY(%s) AND day >= %s AND day < %s""",
                connection.id,
                list(kinds),
                run.date_from,
                run.date_to,
            )
        )
        if kinds[0] not in CASH or connection.settled_until:
            self.env.cr.execute(self._get_insert(run, part, span))
        self.invalidate_model()

    @api.model
    def _get_insert(self, run, part, span):
        told = run._get_told_by_day(part.code)
        return SQL(
            """WITH told AS MATERIALIZED (%(told)s),
                    inbox AS (%(inbox)s)
               INSERT INTO saas_reconciliation_day_reading
                      (connection_id, company_id, day, kind, currency_id,
                       told_count, told_amount, inbox_count, inbox_amount, read_at)
               SELECT %(connection)s, %(company)s, day, kind, currency_id, SUM(told_count),
                      SUM(told_amount), SUM(inbox_count), SUM(inbox_amount), %(read_at)s
                 FROM (SELECT day::date AS day, kind, NULL::int AS currency_id, 0 AS told_count,
                              0::numeric AS told_amount, 0 AS inbox_count,
                              0::numeric AS inbox_amount
                         FROM generate_series(%(first)s::date, %(last)s::date, '1 day') day,
                              unnest(%(kinds)s) kind
                    UNION ALL
                       SELECT told.day, replace(told.kind, '_void', ''), currency.id, 1, amount,
                              0, 0
                         FROM told LEFT JOIN res_currency currency ON currency.name = told.currency
                    UNION ALL
                       SELECT inbox.day, replace(inbox.kind, '_void', ''), currency.id, 0, 0,
                              1, amount
                         FROM inbox
                    LEFT JOIN res_currency currency ON currency.name = inbox.currency) side
                WHERE day >= %(first)s AND day < %(end)s
             GROUP BY day, kind, currency_id""",
            told=told,
            inbox=self._get_inbox(run, part),
            company=part.company_id.id,
            read_at=part.run_id.executed_at,
            last=span["end"] - timedelta(days=1),
            **span,
        )

    @api.model
    def _get_inbox(self, run, part):
        """SELECT of what the newest events say of the objects that either side has."""
        connection = part.connection_id
        booked = run._get_booked_by_day(part.code)
        return SQL(
            """SELECT DISTINCT ON (wanted.kind, wanted.external_id)
                      wanted.kind, wanted.external_id, COALESCE(wanted.day, read.day) AS day,
                      read.currency, read.amount
                 FROM (SELECT kind, external_id, object_id, day FROM told
                    UNION ALL
                       SELECT kind, external_id, external_id, NULL FROM (%(booked)s) booked
                        WHERE day >= %(first)s AND day < %(end)s AND NOT EXISTS (
                              SELECT FROM told WHERE told.kind = booked.kind
                                 AND told.external_id = booked.external_id)) wanted
                 JOIN saas_billing_event event
                   ON event.object_id = wanted.object_id AND event.connection_id = %(connection)s
                  AND event.canonical IS NOT NULL
           CROSS JOIN LATERAL (SELECT event.canonical::jsonb AS kept OFFSET 0) parsed
           CROSS JOIN LATERAL (SELECT kept->'record' AS record) content
           CROSS JOIN LATERAL (%(recorded)s) read
             ORDER BY wanted.kind, wanted.external_id, kept->>'version' DESC""",
            booked=booked,
            first=run.date_from,
            end=run.date_to,
            connection=connection.id,
            recorded=self._get_recorded(part.code, connection),
        )

    @api.model
    def _get_recorded(self, check, connection):
        """Day, currency and amount of a `record` that an event kept, for the kind `wanted`."""
        sides = []
        for kind, (canonical_type, instant, amount, condition) in RECORDED.items():
            if kind.removesuffix("_void") not in CHECKED[check]:
                continue
            sides.append(
                SQL(
                    """SELECT ((record->>%(instant)s)::timestamptz AT TIME ZONE %(zone)s)::date
                                  AS day,
                              record->>'currency' AS currency,
                              %(amount)s AS amount
                        WHERE wanted.kind = %(kind)s AND kept->>'type' = %(type)s
                          AND record->>%(instant)s IS NOT NULL AND %(condition)s""",
                    instant=instant,
                    zone=str(connection._get_zone()),
                    amount=SQL(amount),
                    kind=kind,
                    type=canonical_type,
                    condition=SQL(condition),
                )
            )
        return SQL(" UNION ALL ").join(sides)


class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    def _get_told_by_day(self, check):
        """SELECT of kind, external_id, object_id, day, currency, amount of what a check was told.

        The object's own id is the alias of a charge, whose kind knows it by its payment intent.
        """
        connection = self.connection_id
        told = {
            "R1": lambda: self._get_told(connection, *billed.KINDS),
            "R2": lambda: self._get_told_money(connection),
            "R3": lambda: self._get_told(connection, "fee"),
            "R6": lambda: self._get_told(connection, "payout"),
        }[check]()
        return SQL(
            """SELECT told.kind, told.external_id,
                      CASE WHEN told.kind = 'charge' THEN told.label
                           ELSE told.external_id END AS object_id,
                      told.day, told.currency, told.amount FROM (%s) told""",
            told,
        )

    def _get_booked_by_day(self, check):
        """SELECT of kind, external_id, day of what the books have, where a check compares it."""
        booked = {"R1": self._get_booked_documents, "R2": self._get_booked_money}.get(check)
        return (
            booked(self.connection_id)
            if booked
            else SQL("SELECT NULL AS kind, NULL AS external_id, NULL::date AS day WHERE FALSE")
        )
