"""Settlement by month: gross, what the provider kept of it, and what that is of the charges."""

from odoo import api, fields, models
from odoo.tools import SQL

CHARGE = "charge"


class SaasSettlementReport(models.Model):
    """A row per movement that is booked, with its gross amount, and one per fee.

    Net is what the provider's balance grew by, so that everything up to a day adds up to the
    balance of its journal. A movement that is nothing but a fee has no gross amount.
    """

    _name = "saas.settlement.report"
    _description = "Settlement and Fees"
    _inherit = ["saas.sql.view"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "category"
    _depends = {
        "account.move.line": ["balance"],
        "saas.settlement.fee": ["amount", "company_amount"],
        "saas.settlement.transaction": ["line_id", "net_amount", "settlement_id"],
    }

    transaction_id = fields.Many2one(
        "saas.settlement.transaction", string="Balance Transaction", readonly=True
    )
    settlement_id = fields.Many2one("saas.settlement", string="Payout", readonly=True)
    connection_id = fields.Many2one("saas.billing.connection", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    journal_id = fields.Many2one("account.journal", readonly=True)
    date = fields.Date(readonly=True, help="Accounting day.")
    category = fields.Char(readonly=True, help="Reporting category of the movement.")
    fee_kind = fields.Char(readonly=True, string="Kind of Fee", help="Empty for gross amounts.")
    account_id = fields.Many2one(
        "account.account", string="Fee Account", readonly=True, help="That the fee is booked on."
    )
    gross = fields.Monetary(readonly=True)
    fees = fields.Monetary(readonly=True, help="Positive where they are taken.")
    net = fields.Monetary(readonly=True)
    company_gross = fields.Monetary(
        readonly=True, currency_field="company_currency_id", string="Gross (company currency)"
    )
    company_fees = fields.Monetary(
        readonly=True, currency_field="company_currency_id", string="Fees (company currency)"
    )
    company_net = fields.Monetary(
        readonly=True, currency_field="company_currency_id", string="Net (company currency)"
    )
    company_charged = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        string="Charged (company currency)",
        help="Gross amounts of charges alone: what fees are measured by.",
    )
    fee_rate = fields.Float(
        readonly=True,
        digits=(16, 2),
        string="Fees (% of Charges)",
        aggregator="avg",
        help="Of groups: all fees in percent of the gross amounts of charges. Empty where there are"
        " no charges, as by kind of fee.",
    )

    @property
    def _table_query(self):
        # In company currency as booked: the item on the journal's own account, and the fees.
        return SQL(
            """
            WITH kept AS (
                 SELECT transaction_id, SUM(amount) AS amount, SUM(company_amount) AS company_amount
                   FROM saas_settlement_fee GROUP BY transaction_id
            ), booked AS (
                 SELECT transaction.id, journal.id AS journal_id,
                        transaction.net_amount + COALESCE(kept.amount, 0) AS gross,
                        COALESCE(SUM(item.balance), 0) + COALESCE(kept.company_amount, 0)
                            AS company_gross
                   FROM saas_settlement_transaction transaction
                   JOIN account_bank_statement_line line ON line.id = transaction.line_id
                   JOIN account_move move ON move.id = line.move_id
                   JOIN account_journal journal ON journal.id = move.journal_id
              LEFT JOIN account_move_line item ON item.move_id = move.id
                    AND item.account_id = journal.default_account_id
              LEFT JOIN kept ON kept.transaction_id = transaction.id
               GROUP BY transaction.id, journal.id, kept.amount, kept.company_amount
            ), parts AS (
                 SELECT id * 2::bigint AS id, id AS transaction_id, NULL AS fee_kind,
                        NULL::int AS account_id, gross, 0 AS fees, company_gross, 0 AS company_fees
                   FROM booked
              UNION ALL
                 SELECT id * 2::bigint + 1, transaction_id, kind, account_id, 0, amount, 0,
                        company_amount
                   FROM saas_settlement_fee
            )
            SELECT parts.*, parts.gross - fees AS net,
                   parts.company_gross - company_fees AS company_net,
                   CASE WHEN transaction.category = %(charge)s THEN parts.company_gross ELSE 0 END
                       AS company_charged, NULL::numeric AS fee_rate,
                   transaction.settlement_id, transaction.connection_id, transaction.company_id,
                   transaction.currency_id, transaction.date, transaction.category,
                   booked.journal_id, company.currency_id AS company_currency_id
              FROM parts
              JOIN booked ON booked.id = parts.transaction_id
              JOIN saas_settlement_transaction transaction ON transaction.id = parts.transaction_id
              JOIN res_company company ON company.id = transaction.company_id
            """,
            charge=CHARGE,
        )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec != "fee_rate:avg":
            return super()._read_group_select(aggregate_spec, query)
        fees, charged = (
            self._field_to_sql(self._table, name, query)
            for name in ("company_fees", "company_charged")
        )
        return SQL("100.0 * SUM(%s) / NULLIF(SUM(%s), 0)", fees, charged)

    def action_open_transaction(self):
        return self.transaction_id.get_formview_action()
