"""From a record back to the events that touched it, and on to who is told of them."""

from odoo import api, models

from .feed_message import Told


class SaasBillingTrace(models.Model):
    _inherit = "saas.billing.trace"

    def _record(self, effects):
        traces = super()._record(effects)
        messages = self.env["saas.feed.message"]
        if messages._get_wanted():
            messages._announce(
                [
                    Told(
                        trace.company_id.id,
                        trace.res_model,
                        trace.res_id,
                        trace.effect,
                        trace.event_id.id,
                    )
                    for trace in traces
                ]
            )
        return traces

    @api.model
    def _get_event_ids(self, record):
        """Ids of the events with an effect on `record`."""
        traces = self.search_fetch(
            [("res_model", "=", record._name), ("res_id", "in", record.ids)], ["event_id"]
        )
        return traces.event_id.ids

    @api.model
    def _count_events(self, records):
        """Number of events by record id; unknown to users without access to the audit trail."""
        if not self.has_access("read"):
            return {}
        rows = self._read_group(
            [("res_model", "=", records._name), ("res_id", "in", records.ids)],
            ["res_id"],
            ["event_id:count_distinct"],
        )
        return dict(rows)

    @api.model
    def _count_records(self, events):
        """Number of touched records by (event id, model)."""
        rows = self._read_group(
            [("event_id", "in", events.ids)], ["event_id", "res_model"], ["res_id:count_distinct"]
        )
        return {(event.id, model): count for event, model, count in rows}

    @api.model
    def _get_events_action(self, record):
        """Window action with the events that touched `record`."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_billing_connector.action_billing_event"
        )
        return {
            **action,
            "display_name": self.env._("Events of %s", record.display_name),
            "domain": [("id", "in", self._get_event_ids(record))],
            "context": {"create": False},
        }
