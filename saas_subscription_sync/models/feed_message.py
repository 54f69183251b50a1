"""The outbox: a message is written in the transaction of the change it tells of.

Writers only add rows and take no number: a number would be a lock per customer, held until the end
of a batch, and the service track would wait for accounting. The relay numbers what is committed.
"""

import json
import uuid
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ..feed import views
from ..feed.columns import View, canonical, instant

VERSION = "1"
#: Days that messages are kept for replays.
KEEP_PARAMETER = "saas_billing.feed_keep_days"
KEEP_DAYS = 90
#: Of several effects of one event on one record, the one that names the message.
RANK = ("updated", "created", "posted", "reconciled", "reversed")


class Told(NamedTuple):
    """A change to be told of.

    :ivar event_id: the event that caused it, none for what time or a person did
    """

    company_id: int
    model: str
    res_id: int
    effect: str
    event_id: int = False


class Source(NamedTuple):
    """Where the messages about a model come from.

    :ivar lists: key in the data → (view of the rows, their column that holds the record's id)
    :ivar touches: fields to records that change with it, and are told of as well
    """

    topic: str
    view: View
    lists: dict = {}
    touches: tuple = ()


class SaasFeedMessage(models.Model):
    _name = "saas.feed.message"
    _description = "Feed Message"
    _order = "id desc"
    _rec_name = "uid"
    _log_access = False
    _check_company_auto = True

    uid = fields.Char(string="Message ID", required=True, readonly=True)
    topic_id = fields.Many2one(
        "saas.feed.topic", required=True, readonly=True, index=True, ondelete="restrict"
    )
    kind = fields.Char(string="Type", required=True, readonly=True)
    res_model = fields.Char(string="Record Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", string="Record", required=True, readonly=True
    )
    source = fields.Char(
        required=True, readonly=True, help="What caused the change: it is told once."
    )
    event_id = fields.Many2one(
        "saas.billing.event", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    customer_id = fields.Many2one("res.partner", required=True, readonly=True, ondelete="restrict")
    sequence = fields.Integer(
        readonly=True,
        string="Number",
        help="Counts the customer's messages over all topics, in the order of delivery.",
    )
    occurred_at = fields.Datetime(required=True, readonly=True)
    recorded_at = fields.Datetime(required=True, readonly=True)
    payload = fields.Text(required=True, readonly=True)
    payload_indented = fields.Text(compute="_compute_payload_indented", string="Content")
    delivery_ids = fields.One2many("saas.feed.delivery", "message_id", readonly=True)

    _change_unique = models.Constraint(
        "UNIQUE(topic_id, res_model, res_id, source)", "A change is told once."
    )
    _uid_unique = models.Constraint("UNIQUE(uid)", "A message's id is its own.")
    _customer_index = models.Index("(company_id, customer_id, sequence)")
    _fresh_index = models.Index("(id) WHERE sequence IS NULL")

    @api.depends("payload")
    def _compute_payload_indented(self):
        for message in self:
            content = json.loads(message.payload or "{}")
            message.payload_indented = json.dumps(content, indent=2, ensure_ascii=False)

    def action_open_record(self):
        """Open what the message tells of."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).get_formview_action()

    # ── what is told ─────────────────────────────────────────────────────────────────────────

    @api.model
    def _get_sources(self):
        """What is told of by model; addons add theirs."""
        return {
            "saas.subscription": Source(
                "subscription",
                views.SUBSCRIPTION,
                {"items": (views.SUBSCRIPTION_ITEM, "subscription_id")},
            ),
            "saas.subscription.change": Source(
                "mrr_movement", views.MRR_MOVEMENT, touches=("subscription_id",)
            ),
            "saas.subscription.access": Source(
                "access", views.ACCESS, touches=("subscription_id",)
            ),
            "account.move": Source(
                "invoice",
                views.INVOICE,
                {"lines": (views.INVOICE_LINE, "invoice_id")},
                ("reversed_entry_id",),
            ),
            "account.payment": Source(
                "payment",
                views.PAYMENT,
                touches=("saas_invoice_id", "saas_credit_note_ids", "saas_reverts_id"),
            ),
        }

    @api.model
    @tools.ormcache()
    def _get_wanted(self):
        """Codes of the topics that somebody subscribed to, by company id."""
        wanted = {}
        for subscriber in self.env["saas.feed.subscriber"].sudo().search([("active", "=", True)]):
            codes = subscriber.topic_ids.mapped("code")
            wanted[subscriber.company_id.id] = wanted.get(subscriber.company_id.id, set()) | {
                *codes
            }
        return wanted

    @api.model
    def _is_wanted(self, company, topic):
        return topic in self._get_wanted().get(company.id, ())

    @api.model
    def _announce(self, told):
        """Have changes told, where anybody wants to know, once the work is done.

        A handler reports an effect before the record is complete. The callback runs when the
        batch's savepoint closes or the transaction commits, and is dropped with a rollback.

        :param told: list of `Told`
        """
        wanted = self._get_wanted()
        told = [
            each
            for each in told
            if not wanted.get(each.company_id, set()).isdisjoint(self._get_topics(each.model))
        ]
        precommit = self.env.cr.precommit
        if told and "saas.feed" not in precommit.data:
            precommit.data["saas.feed"] = []
            precommit.add(self.sudo()._tell)
        if told:
            precommit.data["saas.feed"] += told

    @api.model
    def _get_topics(self, model):
        """Topics in which a change of a record of the model shows."""
        sources = self._get_sources()
        if model not in sources:
            return set()
        fields_of = self.env[model]._fields
        touched = [fields_of[name].comodel_name for name in sources[model].touches]
        return {sources[each].topic for each in (model, *touched)}

    @api.model
    def _tell(self):
        """Write the messages of what was announced: each record and event once."""
        told = self.env.cr.precommit.data.pop("saas.feed")
        # Another callback before this one may have left something unwritten.
        self.env.flush_all()
        effects, by_model, wanted = {}, {}, self._get_wanted()
        touched = list(self._get_touched(told))
        # A refund changes its credit note, and that the invoice.
        for each in [*told, *touched, *self._get_touched(touched)]:
            key = each.company_id, each.model, each.res_id, each.event_id
            effects[key] = max(effects.get(key, RANK[0]), each.effect, key=RANK.index)
        sources = self._get_sources()
        for (company_id, model, res_id, event_id), effect in effects.items():
            if sources[model].topic in wanted[company_id]:
                by_model.setdefault(model, []).append((res_id, event_id, effect))
        messages = [
            message
            for model, rows in by_model.items()
            for message in self._prepare_messages(model, rows)
        ]
        self._store(messages)

    @api.model
    def _get_touched(self, told):
        """What changes with what was announced, in one query per model."""
        sources, by_model = self._get_sources(), {}
        for each in told:
            by_model.setdefault(each.model, []).append(each)
        for model, rows in by_model.items():
            # One browse for all, so that reading one record prefetches the others.
            records = self.env[model].browse(dict.fromkeys(each.res_id for each in rows))
            records = {record.id: record for record in records}
            for name in sources[model].touches:
                for each in rows:
                    for touched in records[each.res_id][name]:
                        yield each._replace(
                            model=touched._name, res_id=touched.id, effect="updated"
                        )

    @api.model
    def _prepare_messages(self, model, told):
        """Values of messages about records of a model.

        :param told: list of (record id, event id, effect)
        """
        source, now = self._get_sources()[model], fields.Datetime.now()
        content = self._read_content(source, {res_id for res_id, _event, _effect in told})
        # One browse for all, so that reading one event prefetches the others.
        events = self.env["saas.billing.event"].browse({event_id for _r, event_id, _e in told})
        events = {event.id: event for event in events if event.id}
        return [
            {
                "topic": source.topic,
                "kind": f"{source.topic}.{effect}",
                "res_model": model,
                "res_id": res_id,
                "source": f"event:{event_id}" if event_id else "itself",
                "event": events.get(event_id),
                "occurred_at": events[event_id].occurred_at if event_id else now,
                "data": content[res_id],
            }
            for res_id, event_id, effect in told
            if res_id in content
        ]

    @api.model
    def _read_content(self, source, ids):
        """What messages say of records, by id, in one query per view."""
        read = self.env["saas.feed.view"]._read
        content = {row["id"]: row for row in read(source.view, "id", ids)}
        for name, (view, column) in source.lists.items():
            for row in content.values():
                row[name] = []
            for row in read(view, column, list(content)):
                content[row[column]][name].append(row)
        return content

    # ── the outbox ───────────────────────────────────────────────────────────────────────────

    @api.model
    def _store(self, messages):
        """Add messages in one statement and wake the relay; what was told before stays.

        :param messages: dicts of topic, kind, res_model, res_id, source, event (or none),
            occurred_at and data, which names company and customer
        """
        if not messages:
            return
        rows = [self._prepare_row(message) for message in messages]
        names = list(rows[0])
        types = [
            SQL("%s::%s[]", [row[name] for row in rows], self._get_type(name)) for name in names
        ]
        self.env.cr.execute(
            SQL(
                """INSERT INTO saas_feed_message (%(names)s)
                   SELECT * FROM unnest(%(rows)s)
              ON CONFLICT (topic_id, res_model, res_id, source) DO NOTHING""",
                names=SQL(", ").join(map(SQL.identifier, names)),
                rows=SQL(", ").join(types),
            )
        )
        self.env.ref("saas_subscription_sync.cron_feed").sudo()._trigger()

    @api.model
    def _get_type(self, name):
        return SQL(self._fields[name].column_type[1].partition("(")[0])

    @api.model
    def _prepare_row(self, message):
        now = fields.Datetime.now()
        event, data = message["event"], message["data"]
        uid = f"msg_{uuid.uuid4().hex}"
        envelope = {
            "id": uid,
            "version": VERSION,
            "topic": message["topic"],
            "type": message["kind"],
            "occurred_at": instant(message["occurred_at"]),
            "recorded_at": instant(now),
            "company_id": data["company_id"],
            "customer_id": data["customer_id"],
            "event": self._describe_event(event),
            "data": data,
        }
        return {
            "uid": uid,
            "topic_id": self._get_topic_ids()[message["topic"]],
            "kind": message["kind"],
            "res_model": message["res_model"],
            "res_id": message["res_id"],
            "source": message["source"],
            "event_id": event.id if event else None,
            "company_id": data["company_id"],
            "customer_id": data["customer_id"],
            "occurred_at": message["occurred_at"],
            "recorded_at": now,
            "payload": canonical(envelope),
        }

    @api.model
    def _describe_event(self, event):
        """The provider's event behind a message; none for what the calendar did."""
        if not event:
            return None
        connection = event.connection_id
        return {
            "id": event.external_id,
            "type": event.event_type,
            "provider": connection.provider,
            "account": connection.account,
            "livemode": connection.livemode,
        }

    @api.model
    @tools.ormcache()
    def _get_topic_ids(self):
        return dict(self.env["saas.feed.topic"].sudo()._read_group([], ["code"], ["id:min"]))

    # ── keeping ──────────────────────────────────────────────────────────────────────────────

    @api.autovacuum
    def _gc_messages(self):
        """Forget old messages that are delivered; each customer's newest keeps the count."""
        days = self.env["ir.config_parameter"].sudo().get_param(KEEP_PARAMETER) or KEEP_DAYS
        self.env.cr.execute(
            SQL(
                """DELETE FROM saas_feed_message message
                    WHERE recorded_at < %s AND sequence IS NOT NULL
                      AND NOT EXISTS (SELECT FROM saas_feed_delivery open
                                       WHERE open.message_id = message.id
                                         AND open.state != 'delivered')
                      AND EXISTS (SELECT FROM saas_feed_message later
                                   WHERE later.company_id = message.company_id
                                     AND later.customer_id = message.customer_id
                                     AND later.sequence > message.sequence)""",
                fields.Datetime.now() - timedelta(days=int(days)),
            )
        )
        self.invalidate_model()
