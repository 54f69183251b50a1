"""Send messages again to one subscriber: a date range, a customer, from a number on."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class SaasFeedReplay(models.TransientModel):
    _name = "saas.feed.replay"
    _description = "Send Messages Again"

    subscriber_id = fields.Many2one("saas.feed.subscriber", required=True)
    company_id = fields.Many2one(related="subscriber_id.company_id")
    topic_ids = fields.Many2many("saas.feed.topic", string="Topics", help="Empty: all of them.")
    customer_id = fields.Many2one("res.partner", help="Empty: every customer.")
    from_number = fields.Integer(help="The customer's messages from this number on.")
    recorded_from = fields.Datetime(string="From")
    recorded_to = fields.Datetime(string="Until", help="Messages before this moment.")
    message_count = fields.Integer(compute="_compute_message_count", string="Messages")

    @api.depends(
        "subscriber_id", "topic_ids", "customer_id", "from_number", "recorded_from", "recorded_to"
    )
    def _compute_message_count(self):
        for replay in self:
            replay.message_count = (
                self.env["saas.feed.message"].search_count(replay._get_domain())
                if replay.subscriber_id
                else 0
            )

    def _get_domain(self):
        """The messages in question; one that has no number yet comes by itself."""
        domain = [
            ("company_id", "=", self.company_id.id),
            ("topic_id", "in", (self.topic_ids or self.subscriber_id.topic_ids).ids),
            ("sequence", ">=", self.from_number or 1),
        ]
        if self.customer_id:
            domain.append(("customer_id", "=", self.customer_id.commercial_partner_id.id))
        if self.recorded_from:
            domain.append(("recorded_at", ">=", self.recorded_from))
        if self.recorded_to:
            domain.append(("recorded_at", "<", self.recorded_to))
        return domain

    def action_send(self):
        """Have the messages wait for the subscriber again, in their order, under their own ids."""
        self.ensure_one()
        if self.from_number and not self.customer_id:
            raise UserError(self.env._("Numbers are counted per customer: choose one."))
        # Reading is checked as the user; the deliveries are written by the suite alone.
        messages = self.env["saas.feed.message"]._search(self._get_domain())
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """INSERT INTO saas_feed_delivery AS delivery (message_id, subscriber_id,
                          company_id, customer_id, topic_id, sequence, state, attempts, replays,
                          next_try_at, created_at)
                   SELECT id, %(subscriber)s, company_id, customer_id, topic_id, sequence,
                          'pending', 0, 0, %(now)s, recorded_at
                     FROM saas_feed_message WHERE id IN %(messages)s ORDER BY id
              ON CONFLICT (message_id, subscriber_id)
                DO UPDATE SET state = 'pending', attempts = 0, next_try_at = %(now)s,
                              replays = delivery.replays + 1
                    WHERE delivery.state != 'pending'""",
                subscriber=self.subscriber_id.id,
                messages=messages.subselect(),
                now=now,
            )
        )
        self.env["saas.feed.delivery"].invalidate_model()
        self.env.ref("saas_subscription_sync.cron_feed").sudo()._trigger()
        return self.subscriber_id.action_open_deliveries()
