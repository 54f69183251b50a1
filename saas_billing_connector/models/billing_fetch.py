"""Fetching what events wait for: objects that no webhook has brought, each once, off the hot path.

The drain leaves an event waiting for (type, id). Here each such object is read once and put into
the inbox, whose drain binds it and wakes what waits. Objects that are in the inbox already are left
to the drain, and young webhooks get time to arrive: order means nothing.
"""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..canonical import MissingDependency, NeedsHuman, Outcome, Transient

#: Seconds that a webhook may be late before its object is fetched.
GRACE = 30
#: Objects per connection and transaction.
BATCH = 20
#: Seconds that must be left of the scheduled action's slice for another batch.
TIME_RESERVE = 3


class SaasBillingEvent(models.Model):
    _inherit = "saas.billing.event"  # pylint: disable=consider-merging-classes-inherited

    fetched_on = fields.Char(
        "Fetched",
        readonly=True,
        help="The missing object that was read from the provider for this event.",
    )

    @api.model
    def _cron_fetch(self):
        """Fetch missing objects until none is left or the time is up."""
        cron, drain = self.env["ir.cron"], self.env["saas.billing.drain"]
        wanted = self._get_wanted()
        left = cron._commit_progress(remaining=sum(len(keys) for keys in wanted.values()))
        for connection, keys in wanted.items():
            while keys and left > TIME_RESERVE:
                batch, keys = keys[:BATCH], keys[BATCH:]
                # The drain may be writing the same events.
                if not drain._retrying(self._fetch_batch, connection, batch):
                    keys = []
                left = cron._commit_progress(len(batch), remaining=len(keys))

    @api.model
    def _get_wanted(self):
        """What events wait for and nobody has: {connection: [(key, event ids)]}."""
        self.env.cr.execute(
            SQL(
                """SELECT event.connection_id, event.waiting_on, array_agg(event.id)
                     FROM saas_billing_event event
                     JOIN saas_billing_connection connection
                       ON connection.id = event.connection_id AND connection.active
                    WHERE event.state = 'waiting'
                      AND event.fetched_on IS DISTINCT FROM event.waiting_on
                      AND (event.source = 'backfill' OR event.received_at
                           <= now() at time zone 'UTC' - %s * interval '1 second')
                      AND NOT EXISTS (
                          SELECT 1 FROM saas_billing_event other
                           WHERE other.connection_id = event.connection_id
                             AND other.object_id
                                 = substr(event.waiting_on, strpos(event.waiting_on, ':') + 1)
                             AND other.state IN ('pending', 'retry', 'waiting', 'parked'))
                 GROUP BY event.connection_id, event.waiting_on
                 ORDER BY event.connection_id, min(event.id)""",
                GRACE,
            )
        )
        connections, wanted = self.env["saas.billing.connection"].sudo(), defaultdict(list)
        for connection_id, key, event_ids in self.env.cr.fetchall():
            connection = connections.browse(connection_id)
            if connection._get_adapter().can_fetch(key.partition(":")[0]):
                wanted[connection].append((key, event_ids))
        return {
            connection: keys for connection, keys in wanted.items() if connection._has_read_key()
        }

    @api.model
    def _fetch_batch(self, connection, batch):
        """Fetch some objects; whether the provider answered."""
        reader, stored, refused, answered = connection._get_reader(), [], [], True
        # The drain may have finished some of them since they were looked for.
        waiting = self.sudo().browse(event_id for _key, ids in batch for event_id in ids)
        waiting = waiting.filtered(lambda event: event.state == "waiting").grouped("waiting_on")
        for key, events in waiting.items():
            try:
                stored += self._fetch(connection, reader, key)
            except Transient:
                # Nothing is noted, so that the next run tries again; the client has been patient.
                answered = False
                break
            except Outcome as outcome:
                refused += [(event, outcome) for event in events]
            else:
                events.write({"fetched_on": key})
        if refused:
            self.env["saas.billing.drain"]._finish(connection, refused)
        connection._wake_drains(stored)
        return answered

    @api.model
    def _fetch(self, connection, reader, key):
        """Read one missing object into the inbox; envelopes of what was new."""
        object_type, _colon, external_id = key.partition(":")
        page = reader.fetch(object_type, external_id)
        if not page.objects:
            raise NeedsHuman(
                "not_at_provider",
                self.env._(
                    "Stripe has no %(type)s %(id)s under the read key of “%(name)s”: it was deleted"
                    " or belongs to another account. Check the key, then replay.",
                    type=object_type.replace("_", " "),
                    id=external_id,
                    name=connection.name,
                ),
                key=key,
            )
        return self._store_imported(connection, page)


class SaasBillingDrain(models.AbstractModel):
    _inherit = "saas.billing.drain"

    @api.model
    def _finish(self, connection, outcomes):
        """What was read refers to more that must be read: no webhook will bring it."""
        finished = super()._finish(connection, outcomes)
        if any(
            isinstance(outcome, MissingDependency) and event.source == "backfill"
            for event, outcome in outcomes
        ):
            self.env.ref("saas_billing_connector.cron_fetch").sudo()._trigger()
        return finished
