"""What the books had of each day when a month was signed: a later change of that day is seen."""

from odoo import api, fields, models
from odoo.addons.saas_subscription_sync.models.reconciliation_day_reading import KINDS
from odoo.tools import SQL

from ..recognition.calendar import next_month


class RevenueCloseDay(models.Model):
    """One kind of thing on one day of a connection, in its currency, as it was signed."""

    _name = "saas.revenue.close.day"
    _description = "Day as Signed"
    _inherit = ["saas.revenue.append.only"]
    _order = "signoff_id desc, day, id"
    _rec_name = "day"
    _append_only_columns = ("signoff_id", "connection_id", "day", "kind", "count", "amount")

    signoff_id = fields.Many2one(
        "saas.revenue.close.signoff", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, ondelete="restrict"
    )
    day = fields.Date(required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    count = fields.Integer(readonly=True)
    amount = fields.Monetary(readonly=True)

    _day_unique = models.Constraint(
        "UNIQUE (signoff_id, connection_id, day, kind, currency_id)", "A day is signed once."
    )
    _connection_day_index = models.Index("(connection_id, day)")

    @api.model
    def _keep(self, signoff):
        """Keep the control totals of the days of a month that has just been signed."""
        days = self.env["saas.reconciliation.day"]
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """INSERT INTO saas_revenue_close_day
                          (signoff_id, company_id, connection_id, day, kind, currency_id, count,
                           amount, create_uid, create_date, write_uid, write_date)
                   SELECT %(signoff)s, day.company_id, day.connection_id, day.day, day.kind,
                          day.currency_id, day.booked_count, day.booked_amount,
                          %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                     FROM (%(days)s) day
                    WHERE day.company_id = %(company)s AND day.booked_count > 0
                      AND day.day >= %(first)s AND day.day < %(end)s""",
                signoff=signoff.id,
                uid=self.env.uid,
                days=days._table_query,
                company=signoff.company_id.id,
                first=signoff.close_id.period,
                end=next_month(signoff.close_id.period),
            )
        )


class SaasReconciliationDay(models.Model):
    _inherit = "saas.reconciliation.day"

    def _get_sources(self):
        """What was signed last, as long as the month is signed."""
        return [
            *super()._get_sources(),
            self._prepare_source(
                SQL(
                    """FROM saas_revenue_close_day signed
                       JOIN saas_revenue_close_signoff signoff ON signoff.id = signed.signoff_id
                       JOIN saas_revenue_close close
                         ON close.id = signoff.close_id AND close.state = 'signed'
                      WHERE NOT EXISTS (SELECT FROM saas_revenue_close_signoff later
                                         WHERE later.close_id = close.id AND later.kind = 'signed'
                                           AND later.id > signoff.id)"""
                ),
                SQL("signed.connection_id, signed.day, signed.kind, signed.currency_id"),
                signed_count=SQL("signed.count"),
                signed_amount=SQL("signed.amount"),
            ),
        ]

    def _get_changed(self):
        """The books have something else than when the month was signed."""
        return SQL(
            """(total.signed_count, total.signed_amount)
                   IS DISTINCT FROM (total.booked_count, total.booked_amount)
               AND EXISTS (SELECT FROM saas_revenue_close close
                            WHERE close.company_id = connection.company_id
                              AND close.state = 'signed'
                              AND close.period = date_trunc('month', total.day)::date)"""
        )
