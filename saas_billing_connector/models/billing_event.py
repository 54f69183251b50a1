"""The inbox: one row per received event, which is also the job that processes it."""

import hashlib
import json
import logging
import zlib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: States in which an event is still to be processed by itself.
OPEN_STATES = ("pending", "retry", "waiting")
#: What may be written after an event was stored; all else is what was received.
MUTABLE_FIELDS = frozenset(
    {
        "state",
        "attempts",
        "next_attempt_at",
        "waiting_on",
        "fetched_on",
        "error_code",
        "error_message",
        "issue_id",
        "stake_amount",
        "stake_currency_id",
        "processed_at",
        "canonical",
    }
)


def _sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class SaasBillingEvent(models.Model):
    _name = "saas.billing.event"
    _description = "Billing Event"
    _order = "id desc"
    _rec_name = "external_id"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id")
    external_id = fields.Char(required=True, readonly=True, string="Event ID")
    event_type = fields.Char(required=True, readonly=True, string="Type", index=True)
    object_type = fields.Char(readonly=True)
    object_id = fields.Char(readonly=True, string="Object ID", index=True)
    lane = fields.Char(
        readonly=True, index=True, help="What belongs to one customer shares a lane."
    )
    lane_hash = fields.Integer(readonly=True, help="Spreads lanes over workers.")
    track = fields.Selection(
        [("service", "Service"), ("accounting", "Accounting")],
        required=True,
        readonly=True,
        help="Service: what customers feel, processed at once. Accounting: what the books need.",
    )
    api_version = fields.Char(readonly=True, string="API Version")
    version_unknown = fields.Boolean(
        readonly=True,
        string="Unknown API Version",
        help="The provider rendered this event at a version that this release does not know. It "
        "is read as the newest known one: compare the amounts, and update the addon.",
    )
    source = fields.Selection(
        [
            ("webhook", "Webhook"),
            ("poll", "Poll"),
            ("backfill", "Backfill"),
            ("replay", "Replay"),
        ],
        required=True,
        readonly=True,
        default="webhook",
    )
    occurred_at = fields.Datetime(required=True, readonly=True, help="When the provider says.")
    received_at = fields.Datetime(required=True, readonly=True)
    body = fields.Text(
        readonly=True,
        prefetch=False,
        help="The body byte for byte as received; where it told of cards or people more than the"
        " books need, what is left of it.",
    )
    body_indented = fields.Text(compute="_compute_body_indented", string="Content")
    body_sha256 = fields.Char(readonly=True, string="Body SHA-256")
    received_sha256 = fields.Char(
        readonly=True,
        string="Received SHA-256",
        help="Of the body as received, where card or personal data was removed before storing.",
    )
    content_sha256 = fields.Char(
        readonly=True,
        string="Content SHA-256",
        help="Of what the event says, whatever its spacing: tells an event that was sent again from"
        " another one under the same id.",
    )
    conflict_of_id = fields.Many2one(
        "saas.billing.event",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The event that came first under this id, with other content.",
    )
    canonical = fields.Text(
        readonly=True,
        prefetch=False,
        help="What was read from the body: the canonical record, and the one before the change.",
    )

    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("retry", "Retrying"),
            ("waiting", "Waiting"),
            ("parked", "Parked"),
            ("done", "Done"),
            ("superseded", "Superseded"),
            ("ignored", "Ignored"),
        ],
        required=True,
        default="pending",
        readonly=True,
        help="Retrying: the other side could not answer. Waiting: an object it needs has not "
        "arrived. Parked: a person has to decide. Superseded: something newer was applied.",
    )
    attempts = fields.Integer(readonly=True)
    next_attempt_at = fields.Datetime(readonly=True)
    waiting_on = fields.Char(readonly=True, help="The object it waits for.")
    error_code = fields.Char(readonly=True)
    error_message = fields.Text(readonly=True, string="Reason")
    issue_id = fields.Many2one("saas.billing.issue", readonly=True, index="btree_not_null")
    stake_amount = fields.Monetary(
        readonly=True, currency_field="stake_currency_id", string="Money at Stake"
    )
    stake_currency_id = fields.Many2one("res.currency", readonly=True, string="Stake Currency")
    processed_at = fields.Datetime(readonly=True)
    attempt_ids = fields.One2many("saas.billing.attempt", "event_id", readonly=True)
    trace_ids = fields.One2many("saas.billing.trace", "event_id", readonly=True, string="Effects")

    # The id comes first, so that the index also finds an event by its id alone.
    _event_unique = models.Constraint(
        "UNIQUE(external_id, connection_id)", "An event is stored once per connection."
    )
    _claim_index = models.Index(
        "(track, connection_id, id) INCLUDE (lane_hash) WHERE state = 'pending'"
    )
    _due_index = models.Index("(next_attempt_at) WHERE state IN ('retry', 'waiting')")
    _waiting_index = models.Index("(connection_id, waiting_on) WHERE state = 'waiting'")
    # By id, so that the newest of a state is one probe (see billing_connection_figures.py).
    _state_index = models.Index("(connection_id, state, id)")

    @api.depends("body")
    def _compute_body_indented(self):
        for event in self:
            try:
                content = json.loads(event.body or "{}")
            except ValueError:
                event.body_indented = event.body
            else:
                event.body_indented = json.dumps(content, indent=2, ensure_ascii=False)

    def write(self, vals):
        if not vals.keys() <= MUTABLE_FIELDS:
            raise UserError(self.env._("A received event cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(self.env._("Events are kept: they are the evidence behind the books."))

    @api.model
    def _store(self, connection_id, envelope, text, source="webhook"):
        """Store an event once, with one statement.

        :param envelope: `providers.Envelope`; what is not kept is taken out of it
        :param str text: the body as received
        :returns: whether it was new
        """
        values = self._prepare_stored(connection_id, envelope, text, source)
        return self._insert(values) or self._store_conflict(values)

    @api.model
    def _prepare_stored(self, connection_id, envelope, text, source):
        received_sha256 = None
        if envelope.minimise():
            received_sha256 = _sha256(text)
            text = json.dumps(envelope.body)
        return {
            "connection_id": connection_id,
            "external_id": envelope.external_id,
            "event_type": envelope.type,
            "object_type": envelope.object_type,
            "object_id": envelope.object_id,
            "lane": envelope.lane,
            "lane_hash": zlib.crc32(envelope.lane.encode()) & 0x7FFF,
            "track": envelope.track,
            "api_version": envelope.api_version,
            "version_unknown": envelope.version_unknown,
            "source": source,
            "occurred_at": envelope.created_at.replace(tzinfo=None),
            "body": text,
            "body_sha256": _sha256(text),
            "received_sha256": received_sha256,
            "content_sha256": envelope.content_sha256,
            "state": "pending",
            "attempts": 0,
        }

    @api.model
    def _insert(self, values):
        self.env.cr.execute(
            SQL(
                """INSERT INTO saas_billing_event
                          (%s, received_at, create_date, write_date)
                   VALUES (%s, now() at time zone 'UTC', now() at time zone 'UTC',
                           now() at time zone 'UTC')
                   ON CONFLICT (connection_id, external_id) DO NOTHING""",
                SQL(", ").join(SQL.identifier(name) for name in values),
                SQL(", ").join(SQL("%s", value) for value in values.values()),
            )
        )
        return bool(self.env.cr.rowcount)

    @api.model
    def _store_conflict(self, values):
        """Keep an event whose id is taken by another content, under an id of its own.

        The same content again is a duplicate. So is another rendering of the event: a second
        endpoint may be pinned to another API version. The drain parks what is kept here.

        :returns: whether something new was stored
        """
        self.env.cr.execute(
            SQL(
                """SELECT id, content_sha256, api_version FROM saas_billing_event
                    WHERE connection_id = %(connection_id)s AND external_id = %(external_id)s""",
                **values,
            )
        )
        original_id, content_sha256, api_version = self.env.cr.fetchone()
        if content_sha256 == values["content_sha256"] or api_version != values["api_version"]:
            return False
        external_id = f"{values['external_id']}~{values['content_sha256'][:12]}"
        _logger.warning("Event %s has come with other content", values["external_id"])
        return self._insert(values | {"external_id": external_id, "conflict_of_id": original_id})

    @api.model
    def _wake(self):
        """Make pending again what waited long enough, and what waited for an object now bound.

        :returns: tracks of the events woken
        """
        self.env.cr.execute(
            """WITH due AS (
                   SELECT id FROM saas_billing_event
                    WHERE state IN ('retry', 'waiting')
                      AND next_attempt_at <= now() at time zone 'UTC'
                      FOR NO KEY UPDATE SKIP LOCKED),
               bound AS (
                   SELECT event.id FROM saas_billing_event event
                     JOIN saas_billing_link link
                       ON link.connection_id = event.connection_id
                      AND link.object_type = split_part(event.waiting_on, ':', 1)
                      AND link.external_id
                          = substr(event.waiting_on, strpos(event.waiting_on, ':') + 1)
                    WHERE event.state = 'waiting'
                      FOR NO KEY UPDATE OF event SKIP LOCKED)
               UPDATE saas_billing_event
                  SET state = 'pending', waiting_on = NULL, next_attempt_at = NULL
                WHERE id IN (SELECT id FROM due UNION SELECT id FROM bound)
            RETURNING track""",
            log_exceptions=False,  # a lost race is tried again by the drain
        )
        tracks = {track for (track,) in self.env.cr.fetchall()}
        if tracks:
            self.invalidate_model(["state", "waiting_on", "next_attempt_at"])
        return tracks

    @api.model
    def _get_stake(self, domain, company):
        """Money that events hold up, at today's rates; what is told of twice counts once.

        :param domain: which events
        :param company: in whose currency
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT currency_id, sum(amount)
                     FROM (SELECT stake_currency_id AS currency_id, max(abs(stake_amount)) AS amount
                             FROM saas_billing_event
                            WHERE id IN %s AND stake_currency_id IS NOT NULL
                            GROUP BY connection_id, object_type, object_id, stake_currency_id) stake
                    GROUP BY currency_id""",
                self._search(domain).subselect(),
            )
        )
        today, currencies = fields.Date.today(), self.env["res.currency"]
        return sum(
            currencies.browse(currency)._convert(amount, company.currency_id, company, today)
            for currency, amount in rows
        )

    def _requeue(self):
        """Have the events processed again as if they had just arrived."""
        self.write(
            {
                "state": "pending",
                "attempts": 0,
                "next_attempt_at": False,
                "waiting_on": False,
                "error_code": False,
                "error_message": False,
            }
        )
        self.env["saas.billing.drain"]._wake_workers(self.mapped("track"))

    def action_replay(self):
        """Preview what processing the events again would do; nothing is done yet."""
        return self.env["saas.billing.replay"]._open_for_events(self)

    def action_set_aside(self):
        """Let the first of two events under one id stand; the other one stays without effect."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("saas_billing_connector.group_saas_operator"):
            raise UserError(self.env._("Setting an event aside needs the role Billing Operator."))
        if not self.conflict_of_id or self.state != "parked":
            raise UserError(self.env._("Only a parked event whose id was used twice is set aside."))
        event, issue = self.sudo(), self.sudo().issue_id
        message = self.env._("Set aside by %s: the first event stands.", self.env.user.name)
        event.write({"state": "ignored", "error_code": False, "error_message": message})
        self.env["saas.billing.attempt"].sudo().create(
            {"event_id": event.id, "outcome": "ignored", "code": "set_aside", "message": message}
        )
        issue._close_if_cleared()

    def action_open_issue(self):
        """What keeps or kept the event from being booked."""
        self.ensure_one()
        return self.issue_id.get_formview_action()

    def action_open_effects(self):
        """Everything this event caused."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Effects of %s", self.external_id),
            "res_model": "saas.billing.trace",
            "view_mode": "list",
            "domain": [("event_id", "=", self.id)],
        }
