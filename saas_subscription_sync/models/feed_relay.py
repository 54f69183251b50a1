"""The relay: numbers what is committed, and sends it in order, customer by customer.

Between two commits nothing is sent, and while something is sent no transaction is open: who takes
ten seconds to answer holds no lock. What was sent and could not be noted any more is sent again
under the same id.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..feed import sending
from ..feed.columns import canonical, instant
from ..feed.patience import LONGEST_SILENCE, delay
from ..feed.signature import HEADER, sign

#: Messages numbered per transaction.
NUMBERED = 5000
#: Customers per subscriber and round, and messages per customer: one that is slow delays another
#: subscriber by a round at most.
LANES = 20
LENGTH = 20
THREADS = 8
#: Seconds that must be left of the scheduled action's slice for another round.
TIME_RESERVE = 3


class Parcel(NamedTuple):
    """One message as it is sent to one subscriber."""

    delivery_id: int
    subscriber_id: int
    url: str
    secrets: tuple
    uid: str
    body: bytes
    attempt: int


def send(session, parcels):
    """Send a customer's messages to a subscriber one after the other, up to the first failure.

    :returns: list of (parcel, answer) of those that were tried
    """
    answers = []
    for parcel in parcels:
        headers = {
            HEADER: sign(parcel.body, parcel.secrets, int(time.time())),
            "Saas-Message-Id": parcel.uid,
            "Saas-Attempt": str(parcel.attempt),
        }
        answers.append((parcel, sending.post(session, parcel.url, parcel.body, headers)))
        if not answers[-1][1].is_taken:
            break
    return answers


class SaasFeedRelay(models.AbstractModel):
    _name = "saas.feed.relay"
    _description = "Feed Relay"

    @api.model
    def _cron_relay(self):
        """Number and send what is due until nothing is left or the time is up."""
        drain, cron = self.env["saas.billing.drain"], self.env["ir.cron"]
        left = cron._commit_progress(remaining=1)
        while drain._retrying(self._number) == NUMBERED:
            left = cron._commit_progress()
        subscribers = self.env["saas.feed.subscriber"]
        while left > TIME_RESERVE and (lanes := drain._retrying(self._claim)):
            answers = self._send(lanes)
            drain._retrying(self._note, answers)
            subscribers |= subscribers.browse({parcel.subscriber_id for parcel, _a in answers})
            left = cron._commit_progress(len(answers))
        drain._retrying(subscribers._alert)
        # What is not due yet waits for the next minute.
        cron._commit_progress(remaining=0)

    # ── numbering ────────────────────────────────────────────────────────────────────────────

    @api.model
    def _number(self):
        """Number messages per customer and address them to who wants them; how many there were."""
        self.env.cr.execute(
            SQL(
                """
                WITH fresh AS (
                     SELECT id, company_id, customer_id FROM saas_feed_message
                      WHERE sequence IS NULL ORDER BY id LIMIT %(limit)s
                ), counted AS (
                     SELECT fresh.id, coalesce(known.last, 0) + row_number() OVER (
                                PARTITION BY fresh.company_id, fresh.customer_id ORDER BY fresh.id
                            ) AS sequence
                       FROM fresh
                  LEFT JOIN LATERAL (
                            SELECT max(sequence) AS last FROM saas_feed_message told
                             WHERE told.company_id = fresh.company_id
                               AND told.customer_id = fresh.customer_id
                            ) known ON TRUE
                ), numbered AS (
                     UPDATE saas_feed_message message SET sequence = counted.sequence
                       FROM counted WHERE counted.id = message.id
                  RETURNING message.*
                ), addressed AS (
                     INSERT INTO saas_feed_delivery (message_id, subscriber_id, company_id,
                            customer_id, topic_id, sequence, state, attempts, replays,
                            next_try_at, created_at)
                     SELECT numbered.id, subscriber.id, numbered.company_id,
                            numbered.customer_id, numbered.topic_id, numbered.sequence,
                            'pending', 0, 0, %(now)s, numbered.recorded_at
                       FROM numbered
                       JOIN saas_feed_subscriber subscriber
                         ON subscriber.company_id = numbered.company_id AND subscriber.active
                       JOIN saas_feed_subscriber_topic wanted
                         ON wanted.subscriber_id = subscriber.id
                        AND wanted.topic_id = numbered.topic_id
                   ORDER BY numbered.id
                )
                SELECT count(*) FROM numbered
                """,
                limit=NUMBERED,
                now=fields.Datetime.now(),
            )
        )
        [(count,)] = self.env.cr.fetchall()
        self.env["saas.feed.message"].invalidate_model(["sequence", "delivery_ids"])
        return count

    # ── claiming ─────────────────────────────────────────────────────────────────────────────

    @api.model
    def _get_ready(self):
        """Subscribers that something may be sent to now."""
        subscribers = self.env["saas.feed.subscriber"].sudo().search([("paused", "=", False)])
        return subscribers.filtered(lambda each: not each._find_fault())

    @api.model
    def _claim(self):
        """What is due now, a list of parcels per subscriber and customer.

        Only the oldest waiting message of a customer decides: what comes after it waits for it.
        """
        ready = self._get_ready()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH head AS (
                     SELECT DISTINCT ON (subscriber_id, customer_id)
                            id, subscriber_id, customer_id, next_try_at
                       FROM saas_feed_delivery
                      WHERE state = 'pending' AND subscriber_id = ANY(%(ready)s)
                   ORDER BY subscriber_id, customer_id, sequence, id
                ), placed AS (
                     SELECT head.*, row_number() OVER (
                                PARTITION BY subscriber_id ORDER BY next_try_at, id) AS place
                       FROM head WHERE next_try_at <= %(now)s
                )
                SELECT placed.subscriber_id, placed.customer_id, delivery.id, delivery.attempts,
                       delivery.sequence, message.uid, message.payload
                  FROM placed
            CROSS JOIN LATERAL (
                       SELECT * FROM saas_feed_delivery
                        WHERE state = 'pending' AND subscriber_id = placed.subscriber_id
                          AND customer_id = placed.customer_id
                     ORDER BY sequence, id LIMIT %(length)s
                       ) delivery
                  JOIN saas_feed_message message ON message.id = delivery.message_id
                 WHERE placed.place <= %(lanes)s
              ORDER BY placed.place, placed.subscriber_id, delivery.sequence, delivery.id
                """,
                ready=ready.ids,
                now=fields.Datetime.now(),
                lanes=LANES,
                length=LENGTH,
            )
        )
        parties = {each.id: (each.url, each._get_secrets()) for each in ready}
        lanes = {}
        for subscriber_id, customer_id, delivery_id, attempts, sequence, uid, payload in rows:
            parcel = Parcel(
                delivery_id,
                subscriber_id,
                *parties[subscriber_id],
                uid,
                self._get_body(payload, sequence),
                attempts + 1,
            )
            lanes.setdefault((subscriber_id, customer_id), []).append(parcel)
        return list(lanes.values())

    @api.model
    def _get_body(self, payload, sequence):
        return canonical({**json.loads(payload), "sequence": sequence}).encode()

    # ── sending ──────────────────────────────────────────────────────────────────────────────

    @api.model
    def _send(self, lanes):
        """Send the lanes side by side; (parcel, answer) of everything that was tried."""
        hosts = self.env["saas.feed.subscriber"]._get_allowed_hosts()
        with (
            sending.make_session(hosts) as session,
            ThreadPoolExecutor(min(THREADS, len(lanes))) as pool,
        ):
            return [
                each for lane in pool.map(lambda one: send(session, one), lanes) for each in lane
            ]

    @api.model
    def _send_ping(self, subscriber):
        """Send a message outside of the outbox, to see whether it is taken."""
        now = fields.Datetime.now()
        ping = {
            "id": f"ping_{subscriber.id}_{now:%Y%m%d%H%M%S}",
            "version": "1",
            "topic": "ping",
            "type": "ping",
            "recorded_at": instant(now),
            "company_id": subscriber.company_id.id,
        }
        parcel = Parcel(
            0,
            subscriber.id,
            subscriber.url,
            subscriber._get_secrets(),
            ping["id"],
            canonical(ping).encode(),
            1,
        )
        [(_parcel, answer)] = self._send([[parcel]])
        return answer

    # ── noting ───────────────────────────────────────────────────────────────────────────────

    @api.model
    def _note(self, answers):
        """Keep what became of each message, in one statement, and who does not answer at all."""
        limits = {
            each.id: each.max_attempts
            for each in self.env["saas.feed.subscriber"].browse(
                {parcel.subscriber_id for parcel, _answer in answers}
            )
        }
        now = fields.Datetime.now()
        rows = [self._prepare_note(*each, limits, now) for each in answers]
        self.env.cr.execute(
            SQL(
                """UPDATE saas_feed_delivery delivery
                      SET state = noted.state, attempts = noted.attempts, status = noted.status,
                          error = noted.error, next_try_at = noted.next_try_at,
                          delivered_at = noted.delivered_at,
                          seconds = extract(epoch FROM noted.delivered_at - delivery.created_at)
                     FROM unnest(%s::int[], %s::varchar[], %s::int[], %s::int[], %s::varchar[],
                                 %s::timestamp[], %s::timestamp[])
                          AS noted(id, state, attempts, status, error, next_try_at, delivered_at)
                    WHERE delivery.id = noted.id AND delivery.state = 'pending'""",
                *(list(column) for column in zip(*rows, strict=True)),
            )
        )
        self.env["saas.feed.delivery"].invalidate_model()
        self._note_silence(answers, now)

    @api.model
    def _prepare_note(self, parcel, answer, limits, now):
        state, delivered_at, next_try_at = "pending", None, now
        if answer.is_taken:
            state, delivered_at = "delivered", now
        elif parcel.attempt >= limits[parcel.subscriber_id]:
            state = "failed"
        else:
            next_try_at = now + delay(parcel.attempt)
        return (
            parcel.delivery_id,
            state,
            parcel.attempt,
            answer.status,
            answer.error or None,
            next_try_at,
            delivered_at,
        )

    @api.model
    def _note_silence(self, answers, now):
        """A subscriber that answered nobody is left alone for a while, whatever the customer."""
        heard = {parcel.subscriber_id for parcel, answer in answers if answer.status}
        subscribers = self.env["saas.feed.subscriber"].browse(
            {parcel.subscriber_id for parcel, _answer in answers}
        )
        for subscriber in subscribers:
            if subscriber.id in heard:
                subscriber._answered()
            else:
                misses = subscriber.misses + 1
                subscriber.write(
                    {"misses": misses, "retry_at": now + delay(misses, LONGEST_SILENCE)}
                )
