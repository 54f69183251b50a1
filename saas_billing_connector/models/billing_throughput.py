"""What became of the events, hour by hour: the counters as a report."""

from odoo import fields, models
from odoo.tools import SQL


class SaasBillingThroughput(models.Model):
    """One outcome and cause of one connection and hour."""

    _name = "saas.billing.throughput"
    _description = "Billing Throughput"
    _auto = False
    _order = "hour desc, outcome"
    _rec_name = "hour_text"

    connection_id = fields.Many2one("saas.billing.connection", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    hour = fields.Datetime(readonly=True)
    hour_text = fields.Char(
        string="Hour (UTC)",
        readonly=True,
        help="As text, because charts write hours without telling morning from afternoon.",
    )
    outcome = fields.Selection(
        lambda self: self.env["saas.billing.event"]._fields["state"].selection, readonly=True
    )
    cause = fields.Char(readonly=True)
    events = fields.Integer(readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """SELECT min(metric.id) AS id, metric.connection_id, connection.company_id,
                      metric.hour, to_char(metric.hour, 'YYYY-MM-DD HH24:00') AS hour_text,
                      split_part(metric.label, ':', 1) AS outcome,
                      nullif(split_part(metric.label, ':', 2), '') AS cause,
                      sum(metric.value)::int AS events
                 FROM saas_billing_metric metric
                 JOIN saas_billing_connection connection ON connection.id = metric.connection_id
                WHERE metric.name = 'outcome'
                GROUP BY metric.connection_id, connection.company_id, metric.hour, metric.label"""
        )
