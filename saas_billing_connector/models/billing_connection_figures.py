"""Figures of the inbox per connection, cheap at any size: history is probed, never read."""

from dataclasses import dataclass, field
from datetime import datetime

from odoo import fields, models
from odoo.tools import SQL

from .billing_event import OPEN_STATES


@dataclass(slots=True)
class Figures:
    """What stands in one connection's inbox."""

    depth: dict[str, int] = field(default_factory=dict)
    #: when the oldest event came that is still to be processed
    oldest_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def open(self):
        """Events still to be processed by themselves."""
        return sum(self.depth.get(state, 0) for state in OPEN_STATES)

    @property
    def parked(self):
        return self.depth.get("parked", 0)


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    event_count = fields.Integer(compute="_compute_event_count")
    waiting_count = fields.Integer(
        compute="_compute_figures", string="To Process", help="Pending, retrying or waiting."
    )
    parked_count = fields.Integer(compute="_compute_figures", string="Parked")
    last_event_at = fields.Datetime(compute="_compute_figures", string="Last Event")
    oldest_event_at = fields.Datetime(
        compute="_compute_figures",
        string="Oldest to Process",
        help="When the oldest event arrived that is still to be processed.",
    )
    issue_count = fields.Integer(compute="_compute_issue_count", string="Open Issues")

    def _compute_event_count(self):
        groups = self.env["saas.billing.event"]._read_group(
            [("connection_id", "in", self.ids)], ["connection_id"], ["__count"]
        )
        counts = {connection.id: count for connection, count in groups}
        for connection in self:
            connection.event_count = counts.get(connection.id, 0)

    def _compute_figures(self):
        figures = self._get_figures()
        for connection in self:
            mine = figures.get(connection.id) or Figures()
            connection.waiting_count = mine.open
            connection.parked_count = mine.parked
            connection.last_event_at = mine.last_at or False
            connection.oldest_event_at = mine.oldest_at or False

    def _compute_issue_count(self):
        groups = self.env["saas.billing.issue"]._read_group(
            [("connection_id", "in", self.ids), ("state", "=", "open")],
            ["connection_id"],
            ["__count"],
        )
        counts = {connection.id: count for connection, count in groups}
        for connection in self:
            connection.issue_count = counts.get(connection.id, 0)

    def _get_figures(self):
        """`Figures` by connection id, in two statements."""
        event = self.env["saas.billing.event"]
        event.flush_model(["state"])
        figures = {connection_id: Figures() for connection_id in self.ids}
        if not figures:
            return figures
        for connection_id, state, count, oldest_at in self.env.execute_query(
            SQL(
                """SELECT connection_id, state, count(*), min(received_at)
                     FROM saas_billing_event
                    WHERE connection_id = ANY(%s) AND state = ANY(%s) GROUP BY 1, 2""",
                self.ids,
                [*OPEN_STATES, "parked"],
            )
        ):
            mine = figures[connection_id]
            mine.depth[state] = count
            if state != "parked":
                mine.oldest_at = min(oldest_at, mine.oldest_at or oldest_at)
        # The newest of each state is one probe of an index; the newest of all walks the table.
        for connection_id, last_at in self.env.execute_query(
            SQL(
                """SELECT connection.id, max(newest.received_at)
                     FROM unnest(%s) AS connection(id)
               CROSS JOIN unnest(%s) AS state(code)
               CROSS JOIN LATERAL (
                          SELECT received_at FROM saas_billing_event
                           WHERE connection_id = connection.id AND state = state.code
                           ORDER BY id DESC LIMIT 1) AS newest
                    GROUP BY 1""",
                self.ids,
                [code for code, _label in event._fields["state"].selection],
            )
        ):
            figures[connection_id].last_at = last_at
        return figures

    def action_open_issues(self):
        """Open issues of this connection."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_billing_connector.action_billing_issue"
        )
        return {**action, "domain": [("connection_id", "=", self.id)]}
