"""What every reading of the provider shares: is it our account, what did it cost, what is new."""

from functools import partial

from odoo import api, models
from odoo.tools import SQL

from ..canonical import NeedsHuman


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"  # pylint: disable=consider-merging-classes-inherited

    def _has_read_key(self):
        """Whether the server has the key that reading needs, and may use it here."""
        self.ensure_one()
        return not self.stopped and bool(self._resolve_secret(self.read_key_ref))

    def _get_reader(self):
        """The reader, whose calls are counted with the transaction that makes them."""
        reader = super()._get_reader()
        self.env.cr.precommit.add(partial(self._count_calls, reader))
        return reader

    def _count_calls(self, reader):
        self.env["saas.billing.metric"].sudo()._count(
            (self.id, f"api_{name}", label, amount)
            for (name, label), amount in reader.take_counts().items()
        )

    def _check_account(self, reader):
        """Refuse a key of another account; a key that may not say whose it is passes.

        :returns: the present moment by the provider's clock, aware
        """
        account, now = reader.account()
        if account and account != self.account:
            raise NeedsHuman(
                "wrong_account",
                self.env._(
                    "The read key belongs to account %(found)s, but “%(name)s” is for %(wanted)s."
                    " Nothing was read. Put the key of %(wanted)s where “Read Key” points to.",
                    found=account,
                    wanted=self.account,
                    name=self.name,
                ),
                key="read_key",
            )
        return now

    def _wake_drains(self, envelopes):
        """Have newly stored events processed now."""
        tracks = {each.track for each in envelopes}
        if tracks:
            self.env["saas.billing.drain"]._wake_workers(tracks)

    def _close_reading_issues(self, *codes):
        """Close issues about reading that have just been disproved."""
        issues = self.env["saas.billing.issue"].sudo()
        issues = issues.search(
            [("connection_id", "=", self.id), ("code", "in", codes), ("state", "=", "open")]
        )
        issues._close_if_cleared()


class SaasBillingEvent(models.Model):
    _inherit = "saas.billing.event"  # pylint: disable=consider-merging-classes-inherited

    _polled_index = models.Index("(connection_id, received_at) WHERE source = 'poll'")

    @api.model
    def _store_new(self, connection, events, source):
        """Store what was read and is not there yet: one query for all, one insert for each new.

        :param events: list of (envelope, text)
        :returns: envelopes of those that were new
        """
        self._check_mode(connection, [envelope for envelope, _text in events])
        known = self._get_known(connection, [envelope for envelope, _text in events])
        return [
            envelope
            for envelope, text in events
            if envelope.external_id not in known
            and self._store(connection.id, envelope, text, source)
        ]

    @api.model
    def _get_known(self, connection, envelopes):
        """External ids of the events that the inbox has already."""
        external_ids = [envelope.external_id for envelope in envelopes]
        domain = [("connection_id", "=", connection.id), ("external_id", "in", external_ids)]
        return set(self.search(domain).mapped("external_id"))

    @api.model
    def _store_imported(self, connection, page):
        """Store objects that were read, unless the last thing heard of one is this very state.

        A state that comes back (A, then B, then A again) is news, and gets an id of its own.

        :param page: `providers.Page`
        :returns: envelopes of those that were new
        """
        imported = partial(
            connection._get_adapter().imported, read_at=page.read_at, livemode=connection.livemode
        )
        read = [(*imported(obj), obj) for obj in page.objects]
        last = self._get_last_heard(connection, [envelope.object_id for envelope, *_rest in read])
        fresh = [
            (envelope, text, obj)
            for envelope, text, obj in read
            if not last.get(envelope.object_id, "").startswith(envelope.external_id)
        ]
        known = self._get_known(connection, [envelope for envelope, *_rest in fresh])
        events = [
            imported(obj, again=True) if envelope.external_id in known else (envelope, text)
            for envelope, text, obj in fresh
        ]
        return self._store_new(connection, events, "backfill")

    @api.model
    def _get_last_heard(self, connection, object_ids):
        """Id of the event that arrived last, by object."""
        self.env.cr.execute(
            SQL(
                """SELECT DISTINCT ON (object_id) object_id, external_id
                     FROM saas_billing_event
                    WHERE connection_id = %s AND object_id = ANY(%s)
                 ORDER BY object_id, id DESC""",
                connection.id,
                object_ids,
            )
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _check_mode(self, connection, envelopes):
        if all(each.livemode == connection.livemode for each in envelopes):
            return
        raise NeedsHuman(
            "wrong_mode",
            self.env._(
                "The read key of “%(name)s” reads %(other)s data, but the connection is for"
                " %(mode)s data. Nothing was stored. Put a key of the right mode where “Read Key”"
                " points to.",
                name=connection.name,
                other=self.env._("test") if connection.livemode else self.env._("live"),
                mode=self.env._("live") if connection.livemode else self.env._("test"),
            ),
            key="read_key",
        )
