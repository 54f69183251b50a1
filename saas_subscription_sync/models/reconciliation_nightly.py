"""Every night: the open months of each company, one activity for what differs, old runs pruned."""

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL

ACTIVITY_TYPE = "saas_subscription_sync.mail_activity_difference"
#: Clean nightly runs older than that are dropped, but for the last one of each month.
KEEP_DAYS = 35


class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    @api.model
    def _cron_nightly(self):
        """Begin a run for every open month of every company that can be reconciled."""
        connections = self.env["saas.billing.connection"].search([("stopped", "=", False)])
        for company in connections.filtered(lambda each: each._has_read_key()).company_id:
            self.with_company(company)._start_nightly(company)
        self.env["saas.reconciliation.part"]._wake()

    @api.model
    def _start_nightly(self, company):
        """A run per month, unless the last one of that month is still at it."""
        running = self.search([("company_id", "=", company.id), ("state", "=", "running")])
        busy = set(running.filtered("is_scheduled").mapped("date_from"))
        for month in self._get_open_months(company):
            if month not in busy:
                self.create(
                    {
                        "company_id": company.id,
                        "date_from": month,
                        "date_to": month + relativedelta(months=1),
                        "is_scheduled": True,
                    }
                )._start()

    @api.model
    def _get_open_months(self, company):
        """The running month, the one before, and every month in which something differs."""
        current = fields.Date.context_today(self).replace(day=1)
        differing = self.env["saas.reconciliation.difference"]._read_group(
            [("company_id", "=", company.id), ("state", "!=", "gone")], ["month:month"]
        )
        months = {month for [month] in differing}
        return sorted(months | {current, current - relativedelta(months=1)})

    @api.autovacuum
    def _gc_clean_runs(self):
        """Drop clean nightly runs that newer ones have replaced; by SQL, as people never may."""
        limit = fields.Datetime.now() - relativedelta(days=KEEP_DAYS)
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """DELETE FROM saas_reconciliation_run run
                    WHERE is_scheduled AND is_clean AND executed_at < %s AND EXISTS (
                          SELECT FROM saas_reconciliation_run newer
                           WHERE newer.company_id = run.company_id
                             AND newer.date_from = run.date_from AND newer.date_to = run.date_to
                             AND newer.connection_id IS NULL AND newer.state = 'done'
                             AND newer.id > run.id)""",
                limit,
            )
        )
        self.invalidate_model()

    @api.autovacuum
    def _gc_facts(self):
        """Drop facts that nothing compares any more, should a run have lost them."""
        self.env.cr.execute(
            """DELETE FROM saas_reconciliation_fact fact WHERE NOT EXISTS (
                      SELECT FROM saas_reconciliation_part part
                        JOIN saas_reconciliation_run run ON run.id = part.run_id
                       WHERE part.id = fact.part_id AND run.state = 'running')"""
        )


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    difference_count = fields.Integer(compute="_compute_difference_count", string="Differences")

    def _compute_difference_count(self):
        rows = self.env["saas.reconciliation.difference"]._read_group(
            [("connection_id", "in", self.ids), ("state", "=", "open")],
            ["connection_id"],
            ["__count"],
        )
        counts = {connection.id: count for connection, count in rows}
        for connection in self:
            connection.difference_count = counts.get(connection.id, 0)

    def action_open_differences(self):
        """Differences of this connection that are not gone."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_subscription_sync.action_reconciliation_difference"
        )
        return {**action, "domain": [("connection_id", "=", self.id)]}

    def _tell_differences(self):
        """One activity per connection while something of it differs.

        Differences of the company as a whole are told with its first connection.
        """
        differences = self.env["saas.reconciliation.difference"].sudo()
        for connection in self.sudo():
            domain = [("company_id", "=", connection.company_id.id)]
            first = connection.search(domain, limit=1, order="id")
            owners = [connection.id, False] if connection == first else [connection.id]
            domain += [("connection_id", "in", owners), ("state", "=", "open")]
            connection._tell_checks(differences._read_group(domain, ["check"], ["__count"]))

    def _tell_checks(self, counts):
        """:param counts: [(check, open differences)]"""
        if not counts:
            self.activity_feedback(
                [ACTIVITY_TYPE], feedback=self.env._("Books and provider agree again.")
            )
            return
        summary = self.env._(
            "Reconciliation differs: %s", ", ".join(f"{check} ({count})" for check, count in counts)
        )
        if not self.activity_search([ACTIVITY_TYPE]):
            self.activity_schedule(ACTIVITY_TYPE, user_id=self.user_id.id or self.env.uid)
        self.activity_search([ACTIVITY_TYPE]).write({"summary": summary})
