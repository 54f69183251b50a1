"""What a replay would book: documents by name, journal items by account."""

from odoo import api, models
from odoo.tools import SQL

LOCK_DATES = [
    "fiscalyear_lock_date",
    "tax_lock_date",
    "sale_lock_date",
    "purchase_lock_date",
    "hard_lock_date",
]


class SaasBillingReplay(models.Model):
    _inherit = "saas.billing.replay"

    @api.model
    def _get_observed_tables(self):
        return [*super()._get_observed_tables(), "account_move_line"]

    def _get_watched(self):
        own = [("connection_id", "=", self.connection_id.id)]
        return {
            **super()._get_watched(),
            "saas.tax.mapping": (own, ["state", "tax_id"]),
            "saas.customer": ([*own, ("state", "in", ("open", "decided"))], ["state", "decision"]),
            "saas.catalog.mapping": (own, ["state", "product_id", "account_id"]),
            "saas.settlement.mapping": (own, ["state", "account_id"]),
            "res.company": ([("id", "=", self.company_id.id)], LOCK_DATES),
        }

    @api.model
    def _get_label(self, record):
        """Documents go by what they are, not all by “Journal Entry”."""
        if record._name == "account.payment":
            return self.env._("Payment")
        if record._name != "account.move":
            return super()._get_label(record)
        return dict(record._fields["move_type"]._description_selection(self.env))[record.move_type]

    def _collect_postings(self, marks):
        """New journal items by event, account and currency.

        A document or payment names its event in the audit trail; what Odoo adds by itself, such as
        an exchange difference, has none.
        """
        postings = super()._collect_postings(marks)
        rows = self.env.execute_query(
            SQL(
                """SELECT trace.event_id, item.account_id, item.currency_id,
                          sum(item.amount_currency), sum(item.debit), sum(item.credit)
                     FROM account_move_line item
                     JOIN account_move move ON move.id = item.move_id
                LEFT JOIN saas_billing_trace trace
                       ON trace.effect = 'created'
                      AND (trace.res_model, trace.res_id) IN (
                          ('account.move', move.id),
                          ('account.payment', move.origin_payment_id))
                    WHERE item.id > %s AND item.parent_state = 'posted'
                      AND item.display_type NOT IN ('line_section', 'line_note')
                    GROUP BY trace.event_id, item.account_id, item.currency_id""",
                marks["account_move_line"],
            )
        )
        accounts = self.env["account.account"].with_company(self.company_id)
        for event, account, currency, amount, debit, credit in rows:
            postings.append(
                {
                    "event_id": event,
                    "account": accounts.browse(account).display_name,
                    "currency_id": currency,
                    "amount_currency": float(amount),
                    "debit": float(debit),
                    "credit": float(credit),
                }
            )
        return postings
