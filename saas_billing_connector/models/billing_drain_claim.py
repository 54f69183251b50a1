"""What of the inbox falls to which worker, and the locking of a batch of it."""

from dataclasses import dataclass

from odoo import api, models
from odoo.tools import SQL

#: Events per transaction. An invoice takes about five, and posting in batches is ten times as fast
#: as one by one.
BATCH_SIZE = 300


@dataclass(frozen=True, slots=True)
class Share:
    """What one of several workers drains: number `number` (from 0) of `workers` on a track.

    The accounting track is shared out by company, since Odoo numbers the invoices of one journal
    one after the other: two workers on one company would only wait for and lose against each
    other. The service track is shared out by lane, so that the events of one customer never meet.
    """

    track: str
    number: int = 0
    workers: int = 1

    def has_company(self, rank):
        """Whether the company of this rank falls to the worker."""
        return self.track != "accounting" or rank % self.workers == self.number

    @property
    def lanes(self):
        """Condition on events for the lanes that fall to the worker."""
        if self.track == "accounting" or self.workers == 1:
            return SQL("true")
        return SQL("mod(lane_hash, %s) = %s", self.workers, self.number)


class SaasBillingDrain(models.AbstractModel):
    _inherit = "saas.billing.drain"

    @api.model
    def _get_connections(self, share):
        """Connections of which a part falls to a worker."""
        connections = self.env["saas.billing.connection"].sudo().search([("stopped", "=", False)])
        companies = connections.company_id.sorted("id")
        mine = companies.browse(
            company.id for rank, company in enumerate(companies) if share.has_company(rank)
        )
        return connections.filtered(lambda connection: connection.company_id in mine)

    @api.model
    def _get_backlogs(self, share):
        """Connections with work for a worker, and how much, counted up to one batch.

        Those that one batch clears come first, so that a few events never wait behind thousands;
        the others come in random order, so that a slice that ends early skips nobody twice.

        :returns: dict of connection → events
        """
        connections = self._get_connections(share)
        self.env.cr.execute(
            SQL(
                """SELECT connection.id, backlog.events
                     FROM unnest(%(ids)s::int[]) connection(id),
                          LATERAL (SELECT count(*) AS events
                                     FROM (SELECT FROM saas_billing_event
                                            WHERE %(due)s LIMIT %(most)s) due) backlog
                    WHERE backlog.events > 0
                 ORDER BY backlog.events, random()""",
                ids=connections.ids,
                due=self._get_due(share, SQL("connection.id")),
                most=BATCH_SIZE,
            )
        )
        counts = dict(self.env.cr.fetchall())
        return dict(zip(connections.browse(counts), counts.values(), strict=True))

    @api.model
    def _get_due(self, share, connection_id):
        """Condition for the due events of a connection, as `_claim_index` holds them."""
        return SQL(
            "track = %s AND connection_id = %s AND state = 'pending' AND %s",
            share.track,
            connection_id,
            share.lanes,
        )

    @api.model
    def _claim(self, connection, share):
        """Lock the oldest due events of a connection.

        Shares do not overlap. While their number changes they may for a moment, and a person may
        be previewing a replay: what others have locked is passed over.
        """
        self.env.cr.execute(
            SQL(
                """SELECT id FROM saas_billing_event WHERE %s
                    ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
                self._get_due(share, connection.id),
                BATCH_SIZE,
            )
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        return self.env["saas.billing.event"].sudo().browse(ids)
