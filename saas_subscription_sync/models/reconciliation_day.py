"""The control totals of each day in the three places: provider, inbox, books.

What the provider and the inbox said is as the last reconciliation read it; the books are as they
are now, so a document that somebody changes shows at once.
"""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..rules.settlement import PURE_FEES
from . import reconciliation_billed as billed
from . import reconciliation_collected as collected
from .reconciliation_day_reading import CASH, KINDS

STATES = [
    ("amber", "Changed since Sign-off"),
    ("red", "Differs"),
    ("none", "Not Read"),
    ("explained", "Explained"),
    ("green", "Agrees"),
]
#: What is added up, as the sources of the view give it.
COUNTS = ("told_count", "inbox_count", "booked_count", "signed_count", "open_count")
COUNTS += ("explained_count",)
AMOUNTS = ("told_amount", "inbox_amount", "booked_amount", "signed_amount", "explained_amount")
#: A payout's own movement.
OWN_PAYOUT = Domain("category", "=", "payout")
#: Kind of a difference → kind of a day, where they are not the same.
DIFFERING = SQL(
    """CASE WHEN "check" = 'R3' THEN 'fee' WHEN split_part(key, ':', 1) = 'payment' THEN 'charge'
            ELSE replace(split_part(key, ':', 1), '_void', '') END"""
)


class SaasReconciliationDay(models.Model):
    """One kind of thing on one day of one connection, in one currency.

    The day is that of the connection's accounting time zone; amounts are signed as the books sign
    them: credit notes and refunds negative, fees positive where they are taken, payouts positive to
    the bank. A void counts as a document on the day it was voided.
    """

    _name = "saas.reconciliation.day"
    _description = "Control Totals of a Day"
    _inherit = ["saas.sql.view"]
    _auto = False
    _order = "day desc, connection_id, kind, currency_id"
    _rec_name = "day"
    _depends = {
        "account.bank.statement.line": ["amount"],
        "account.move": ["date", "state", "amount_total", "saas_document_type"],
        "account.move.line": ["amount_currency", "account_id"],
        "account.payment": ["date", "state", "amount", "saas_kind", "saas_reverts_id"],
        "saas.reconciliation.difference": ["state", "day", "difference"],
        "saas.settlement.transaction": ["line_id", "counterpart_id"],
    }

    connection_id = fields.Many2one("saas.billing.connection", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    day = fields.Date(readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    currency_id = fields.Many2one(
        "res.currency", readonly=True, help="Empty where things are counted, not money."
    )
    told_count = fields.Integer("At the Provider: Count", readonly=True)
    told_amount = fields.Monetary("At the Provider", readonly=True)
    inbox_count = fields.Integer("In the Inbox: Count", readonly=True)
    inbox_amount = fields.Monetary("In the Inbox", readonly=True)
    booked_count = fields.Integer("In the Books: Count", readonly=True)
    booked_amount = fields.Monetary("In the Books", readonly=True)
    difference_count = fields.Integer("Difference: Count", readonly=True)
    difference_amount = fields.Monetary(
        "Difference", readonly=True, help="At the provider less in the books."
    )
    signed_count = fields.Integer("At Sign-off: Count", readonly=True)
    signed_amount = fields.Monetary(
        "At Sign-off", readonly=True, help="In the books when the month was signed."
    )
    open_count = fields.Integer("Open Differences", readonly=True)
    state = fields.Selection(STATES, readonly=True)

    @property
    def _table_query(self):
        totals = [SQL("SUM(%s)::int AS %s", each, each) for each in map(SQL.identifier, COUNTS)]
        totals += [SQL("SUM(%s) AS %s", each, each) for each in map(SQL.identifier, AMOUNTS)]
        return SQL(
            """SELECT ((total.connection_id::bigint * 100000 + (total.day - DATE '2000-01-01'))
                          * 10 + array_position(%(kinds)s, total.kind)) * 1000
                          + COALESCE(total.currency_id, 0) AS id,
                      total.connection_id, connection.company_id, total.day, total.kind,
                      total.currency_id, total.told_count, total.told_amount, total.inbox_count,
                      total.inbox_amount, total.booked_count, total.booked_amount,
                      total.told_count - total.booked_count AS difference_count,
                      total.told_amount - total.booked_amount AS difference_amount,
                      total.signed_count, total.signed_amount, total.open_count,
                      %(state)s AS state
                 FROM (SELECT side.connection_id, side.day, side.kind, side.currency_id, %(totals)s
                         FROM (%(sources)s) side
                     GROUP BY side.connection_id, side.day, side.kind, side.currency_id) total
                 JOIN saas_billing_connection connection ON connection.id = total.connection_id
            LEFT JOIN saas_reconciliation_day_reading reading
                   ON reading.connection_id = total.connection_id AND reading.day = total.day
                  AND reading.kind = total.kind AND reading.currency_id IS NULL
                WHERE total.told_count + total.inbox_count + total.booked_count
                          + total.signed_count + total.open_count + total.explained_count > 0""",
            kinds=[kind for kind, _label in KINDS],
            state=self._get_state(),
            totals=SQL(", ").join(totals),
            sources=SQL(" UNION ALL ").join(self._get_sources()),
        )

    def _get_state(self):
        """SQL of the state: the first that holds."""
        return SQL(
            """CASE WHEN %(changed)s THEN 'amber'
                    WHEN total.open_count > 0 THEN 'red'
                    WHEN reading.id IS NULL THEN 'none'
                    WHEN (total.told_count, total.told_amount)
                             = ALL (VALUES (total.booked_count, total.booked_amount),
                                           (total.inbox_count, total.inbox_amount))
                    THEN CASE WHEN total.explained_count > 0 THEN 'explained' ELSE 'green' END
                    WHEN total.explained_count > 0
                     AND (total.kind = ANY(%(cash)s)
                          OR total.told_amount - total.booked_amount = total.explained_amount)
                    THEN 'explained' ELSE 'red' END""",
            changed=self._get_changed(),
            cash=list(CASH),
        )

    def _get_changed(self):
        """SQL of whether a row of `total` changed since somebody signed it; addons that sign add
        their condition, and what was signed as a source."""
        return SQL("FALSE")

    # ── sources ──────────────────────────────────────────────────────────────────────────────

    def _get_sources(self):
        """SELECTs that are added up; addons add theirs."""
        return [
            self._prepare_source(
                SQL("FROM saas_reconciliation_day_reading WHERE told_count + inbox_count > 0"),
                told_count=SQL("told_count"),
                told_amount=SQL("told_amount"),
                inbox_count=SQL("inbox_count"),
                inbox_amount=SQL("inbox_amount"),
            ),
            self._get_booked_source(self._get_booked_documents()),
            self._get_booked_source(self._get_booked_money()),
            self._get_booked_source(self._get_booked_fees()),
            self._get_booked_source(self._get_booked_payouts()),
            self._get_difference_source(),
        ]

    def _prepare_source(self, rest, key=None, **columns):
        """A SELECT of all columns, in which those that are not given are zero.

        :param rest: FROM and what follows
        :param key: connection, day, kind and currency, where they are not columns by these names
        """
        zero = SQL("0::numeric")
        return SQL(
            "SELECT %s, %s %s",
            key or SQL("connection_id, day, kind, currency_id"),
            SQL(", ").join(
                SQL("%s AS %s", columns.get(name, zero), SQL.identifier(name))
                for name in COUNTS + AMOUNTS
            ),
            rest,
        )

    def _get_booked_source(self, rows):
        return self._prepare_source(
            SQL("FROM (%s) booked", rows), booked_count=SQL("1"), booked_amount=SQL("amount")
        )

    def _get_booked_documents(self):
        return SQL(
            """SELECT move.saas_connection_id AS connection_id, move.date AS day,
                      replace(move.saas_document_type, '_void', '') AS kind, move.currency_id,
                      %s AS amount
                 FROM account_move move
                WHERE move.saas_connection_id IS NOT NULL AND move.state = 'posted'
                  AND move.saas_document_type = ANY(%s)""",
            billed.AMOUNT,
            list(billed.KINDS),
        )

    def _get_booked_money(self):
        return SQL(
            """SELECT payment.saas_connection_id AS connection_id, payment.date AS day,
                      %s AS kind, payment.currency_id, %s AS amount
                 FROM account_payment payment
                WHERE payment.saas_connection_id IS NOT NULL
                  AND payment.state IN ('in_process', 'paid') AND %s""",
            collected.KIND,
            collected.AMOUNT,
            self.env["account.payment"]._get_told_sql("payment"),
        )

    def _get_booked_fees(self):
        """What the entries of movements with a fee book beside the balance and the gross amount."""
        return SQL(
            """SELECT own.connection_id, move.date AS day, 'fee' AS kind, own.currency_id,
                      (SELECT COALESCE(SUM(item.amount_currency), 0) FROM account_move_line item
                        WHERE item.move_id = move.id
                          AND item.account_id != journal.default_account_id
                          AND item.id IS DISTINCT FROM own.counterpart_id) AS amount
                 FROM saas_settlement_transaction own
                 JOIN account_bank_statement_line line ON line.id = own.line_id
                 JOIN account_move move ON move.id = line.move_id
                 JOIN account_journal journal ON journal.id = move.journal_id
                WHERE (own.fee_amount != 0 OR own.category = ANY(%s))
                  AND move.state = 'posted'""",
            list(PURE_FEES),
        )

    def _get_booked_payouts(self):
        return SQL(
            """SELECT own.connection_id, move.date AS day, 'payout' AS kind, own.currency_id,
                      -line.amount AS amount
                 FROM saas_settlement_transaction own
                 JOIN account_bank_statement_line line ON line.id = own.line_id
                 JOIN account_move move ON move.id = line.move_id
                WHERE own.category = 'payout' AND move.state = 'posted'"""
        )

    def _get_difference_source(self):
        kinds = [kind for kind, _label in KINDS]
        return self._prepare_source(
            SQL(
                """FROM (SELECT connection_id, day, %s AS kind, currency_id, state, difference,
                                "check"
                           FROM saas_reconciliation_difference
                          WHERE state != 'gone' AND day IS NOT NULL
                            AND connection_id IS NOT NULL) known
                  WHERE kind = ANY(%s)""",
                DIFFERING,
                kinds,
            ),
            open_count=SQL("(state = 'open')::int"),
            explained_count=SQL("(state = 'explained')::int"),
            # The other checks tell of the same documents again.
            explained_amount=SQL(
                """CASE WHEN state = 'explained' AND "check" IN ('R1', 'R2')
                        THEN difference ELSE 0 END"""
            ),
        )

    # ── what is behind a row ─────────────────────────────────────────────────────────────────

    def action_open_differences(self):
        """Differences of that day, whatever their kind."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_subscription_sync.action_reconciliation_difference"
        )
        return {**action, "domain": self._get_difference_domain(self.connection_id, self.day)}

    @api.model
    def _get_difference_domain(self, connection, day):
        return [
            ("connection_id", "=", connection.id),
            ("day", "=", day),
            ("state", "!=", "gone"),
        ]

    def action_open_booked(self):
        """Documents, payments or movements of the books behind the row."""
        self.ensure_one()
        model, domain = self._get_booked_domain()
        return self.env[model].search(domain)._get_records_action(name=f"{self.day}")

    def _get_booked_domain(self):
        domain = Domain("currency_id", "=", self.currency_id.id)
        if self.kind in CASH:
            own = Domain("connection_id", "=", self.connection_id.id)
            own &= Domain("line_id.move_id.date", "=", self.day)
            own &= Domain("fee_ids", "!=", False) if self.kind == "fee" else OWN_PAYOUT
            return "saas.settlement.transaction", domain & own
        domain &= Domain("saas_connection_id", "=", self.connection_id.id)
        domain &= Domain("date", "=", self.day)
        if self.kind in ("invoice", "credit_note"):
            kinds = (self.kind, f"{self.kind}_void")
            return "account.move", domain & Domain("saas_document_type", "in", kinds)
        kinds = {"refund": ("refund",), "outside": ("outside",), "charge": ("payment",)}
        return "account.payment", domain & Domain("saas_kind", "in", kinds[self.kind])
