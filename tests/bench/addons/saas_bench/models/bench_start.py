from odoo import api, fields, models


class SaasBenchStart(models.Model):
    """When a scheduled action was asked for and when it started, by the database's clock."""

    _name = "saas.bench.start"
    _description = "Bench Start"
    _log_access = False

    asked_at = fields.Datetime(required=True)
    started_at = fields.Datetime()

    @api.model
    def _ask(self):
        """Trigger the action as any request of Odoo's does."""
        self.env.cr.execute(
            "INSERT INTO saas_bench_start (asked_at) VALUES (clock_timestamp() at time zone 'UTC')"
        )
        self.env.ref("saas_bench.cron_start").sudo()._trigger()

    @api.model
    def _cron_start(self):
        self.env.cr.execute(
            "UPDATE saas_bench_start SET started_at = clock_timestamp() at time zone 'UTC'"
            " WHERE started_at IS NULL"
        )
