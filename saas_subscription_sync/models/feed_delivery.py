"""A message on its way to one subscriber."""

from odoo import fields, models
from odoo.exceptions import AccessError

OPERATOR = "saas_billing_connector.group_saas_operator"


class SaasFeedDelivery(models.Model):
    _name = "saas.feed.delivery"
    _description = "Feed Delivery"
    _order = "id desc"
    _rec_name = "message_id"
    _log_access = False

    message_id = fields.Many2one(
        "saas.feed.message", required=True, readonly=True, ondelete="cascade"
    )
    subscriber_id = fields.Many2one(
        "saas.feed.subscriber", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    customer_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    topic_id = fields.Many2one("saas.feed.topic", required=True, readonly=True)
    sequence = fields.Integer(
        string="Number", required=True, readonly=True, help="The customer's messages in order."
    )
    kind = fields.Char(related="message_id.kind", string="Type")
    payload_indented = fields.Text(related="message_id.payload_indented")
    state = fields.Selection(
        [("pending", "Waiting"), ("delivered", "Delivered"), ("failed", "Given Up")],
        required=True,
        readonly=True,
        default="pending",
    )
    attempts = fields.Integer(required=True, readonly=True, default=0)
    next_try_at = fields.Datetime(required=True, readonly=True, string="Next Try")
    status = fields.Integer(
        readonly=True, string="HTTP Status", help="Of the last answer; none where nobody answered."
    )
    error = fields.Char(readonly=True, string="Last Failure")
    created_at = fields.Datetime(required=True, readonly=True, string="Created")
    delivered_at = fields.Datetime(readonly=True, string="Delivered")
    seconds = fields.Float(
        readonly=True,
        string="Delay (Seconds)",
        aggregator="avg",
        help="From the change to the subscriber's receipt.",
    )
    replays = fields.Integer(
        required=True, readonly=True, default=0, help="How often a person had it sent again."
    )

    _delivery_unique = models.Constraint(
        "UNIQUE(message_id, subscriber_id)", "A subscriber gets a message once."
    )
    _lane_index = models.Index("(subscriber_id, customer_id, sequence, id) WHERE state = 'pending'")
    _state_index = models.Index("(subscriber_id, state, delivered_at)")

    def action_retry(self):
        """Send again, from the first try on: what was given up, and what was delivered before."""
        if not self.env.user.has_group(OPERATOR):
            raise AccessError(self.env._("Sending again needs the role Billing Operator."))
        self.check_access("read")
        self.sudo()._send_again()

    def _send_again(self):
        now = fields.Datetime.now()
        for delivery in self:
            delivery.write(
                {
                    "state": "pending",
                    "attempts": 0,
                    "next_try_at": now,
                    "replays": delivery.replays + (delivery.state != "pending"),
                }
            )
        self.subscriber_id._answered()
        self.env.ref("saas_subscription_sync.cron_feed").sudo()._trigger()

    def action_open_message(self):
        """The message with its content."""
        return self.message_id.get_formview_action()
