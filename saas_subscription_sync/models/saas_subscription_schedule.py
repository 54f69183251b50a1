"""What is agreed to come: schedules of subscriptions and the prices of their phases."""

from odoo import api, fields, models


class SaasSubscriptionSchedule(models.Model):
    _name = "saas.subscription.schedule"
    _description = "Subscription Schedule"
    _order = "id desc"
    _rec_name = "external_id"
    _check_company_auto = True

    external_id = fields.Char(required=True, readonly=True, index=True, string="External ID")
    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    subscription_id = fields.Many2one(
        "saas.subscription",
        readonly=True,
        index=True,
        ondelete="restrict",
        help="The one it drives, or drove before it was released. Empty: not begun yet.",
    )
    state = fields.Selection(
        [
            ("not_started", "Not Begun"),
            ("active", "Active"),
            ("completed", "Completed"),
            ("released", "Released"),
            ("canceled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        index=True,
        help="Released: the subscription goes on without it.",
    )
    end_behavior = fields.Selection(
        [("release", "The Subscription Goes On"), ("cancel", "The Subscription Ends")],
        readonly=True,
        string="After the Last Phase",
    )
    ended_at = fields.Datetime(readonly=True, string="Ended")
    phase_ids = fields.One2many(
        "saas.subscription.phase", "schedule_id", readonly=True, string="Phases"
    )


class SaasSubscriptionPhase(models.Model):
    _name = "saas.subscription.phase"
    _description = "Subscription Phase"
    _order = "schedule_id desc, phase, position"
    _rec_name = "catalog_mapping_id"
    _check_company_auto = True

    schedule_id = fields.Many2one(
        "saas.subscription.schedule", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="schedule_id.company_id", store=True)
    subscription_id = fields.Many2one(related="schedule_id.subscription_id", store=True, index=True)
    schedule_state = fields.Selection(related="schedule_id.state", string="Schedule State")
    phase = fields.Integer(required=True, readonly=True, aggregator=None)
    position = fields.Integer(required=True, readonly=True, aggregator=None)
    period_start = fields.Datetime(required=True, readonly=True, string="From")
    period_end = fields.Datetime(
        required=True, readonly=True, string="To", help="The phase ends before this instant."
    )
    trial_end = fields.Datetime(readonly=True)
    catalog_mapping_id = fields.Many2one(
        "saas.catalog.mapping",
        string="Price",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    product_id = fields.Many2one(related="catalog_mapping_id.product_id")
    quantity = fields.Float(readonly=True, digits="Product Unit", help="0: by usage.")
    progress = fields.Selection(
        [("past", "Past"), ("now", "Now"), ("coming", "Coming"), ("dropped", "Dropped")],
        compute="_compute_progress",
        help="Dropped: the schedule ended before this phase.",
    )

    _position_unique = models.Constraint(
        "UNIQUE(schedule_id, phase, position)", "A price of a phase is kept once."
    )

    @api.depends("period_start", "period_end", "schedule_state", "schedule_id.ended_at")
    def _compute_progress(self):
        now = fields.Datetime.now()
        for phase in self:
            ended = phase.schedule_id.ended_at
            if ended and ended <= phase.period_start:
                phase.progress = "dropped"
            elif phase.period_end <= now or ended:
                phase.progress = "past"
            else:
                phase.progress = "now" if phase.period_start <= now else "coming"


class SaasSubscription(models.Model):
    _inherit = "saas.subscription"  # pylint: disable=consider-merging-classes-inherited

    schedule_ids = fields.One2many(
        "saas.subscription.schedule", "subscription_id", readonly=True, string="Schedules"
    )
    phase_ids = fields.One2many(
        "saas.subscription.phase", "subscription_id", readonly=True, string="Agreed Phases"
    )
