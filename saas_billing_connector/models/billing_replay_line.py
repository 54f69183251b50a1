"""What a preview found: per event, per record, per account."""

from odoo import api, fields, models
from odoo.tools import SQL


class SaasBillingReplayLine(models.Model):
    _name = "saas.billing.replay.line"
    _description = "Replayed Event"
    _order = "replay_id, lane, event_id"
    _rec_name = "event_id"
    _log_access = False

    replay_id = fields.Many2one(
        "saas.billing.replay", required=True, readonly=True, ondelete="cascade"
    )
    event_id = fields.Many2one(
        "saas.billing.event", required=True, readonly=True, index=True, ondelete="restrict"
    )
    event_type = fields.Char(related="event_id.event_type")
    object_id = fields.Char(related="event_id.object_id")
    occurred_at = fields.Datetime(related="event_id.occurred_at")
    stake_amount = fields.Monetary(
        related="event_id.stake_amount", currency_field="stake_currency_id"
    )
    stake_currency_id = fields.Many2one(related="event_id.stake_currency_id")
    event_state = fields.Selection(related="event_id.state", string="State Now")
    lane = fields.Char(readonly=True, string="Customer")
    state_before = fields.Selection(selection="_get_states", readonly=True, string="Was")
    state_after = fields.Selection(selection="_get_states", readonly=True, string="Would Be")
    result = fields.Selection(
        [
            ("add", "Adds"),
            ("change", "Changes"),
            ("skip", "Skips"),
            ("wait", "Waits"),
            ("park", "Needs a Person"),
        ],
        readonly=True,
        help="What processing it again would do. Empty: not previewed yet.",
    )
    reason = fields.Text(readonly=True, help="Why nothing would be added or changed.")
    gist = fields.Char(
        compute="_compute_gist",
        string="What",
        help="The records that it would create or change, or why there are none.",
    )
    to_apply = fields.Boolean(
        readonly=True,
        help="It is processed when the replay is applied. Off: nothing would come of it.",
    )
    applied = fields.Boolean(readonly=True, help="It was handed to the inbox.")
    effect_ids = fields.One2many("saas.billing.replay.effect", "line_id", readonly=True)
    posting_ids = fields.One2many("saas.billing.replay.posting", "line_id", readonly=True)

    _event_unique = models.Constraint(
        "UNIQUE(replay_id, event_id)", "A replay holds an event once."
    )
    _next_index = models.Index("(replay_id, lane, event_id) WHERE result IS NULL")
    _apply_index = models.Index("(replay_id, event_id) WHERE to_apply AND NOT applied")

    @api.model
    def _get_states(self):
        return self.env["saas.billing.event"]._fields["state"]._description_selection(self.env)

    @api.depends("effect_ids", "reason")
    def _compute_gist(self):
        for line in self:
            effects = [f"{effect.label} {effect.name or ''}".strip() for effect in line.effect_ids]
            line.gist = ", ".join(effects) or line.reason


class SaasBillingReplayEffect(models.Model):
    _name = "saas.billing.replay.effect"
    _description = "Effect of a Replay"
    _order = "replay_id, id"
    _rec_name = "name"
    _log_access = False

    replay_id = fields.Many2one(
        "saas.billing.replay", required=True, readonly=True, index=True, ondelete="cascade"
    )
    line_id = fields.Many2one(
        "saas.billing.replay.line", readonly=True, index=True, ondelete="cascade", string="Event"
    )
    kind = fields.Selection(
        [("created", "Creates"), ("updated", "Changes")], required=True, readonly=True
    )
    label = fields.Char(required=True, readonly=True, string="Kind of Record")
    name = fields.Char(
        readonly=True,
        string="Record",
        help="Of a record that would be created: its name in the preview. Numbers are given when it"
        " is applied.",
    )
    details = fields.Text(readonly=True, string="Before → After")


class SaasBillingReplayPosting(models.Model):
    _name = "saas.billing.replay.posting"
    _description = "Journal Items of a Replayed Event"
    _order = "replay_id, account, id"
    _rec_name = "account"
    _log_access = False

    replay_id = fields.Many2one(
        "saas.billing.replay", required=True, readonly=True, index=True, ondelete="cascade"
    )
    line_id = fields.Many2one(
        "saas.billing.replay.line", readonly=True, index=True, ondelete="cascade", string="Event"
    )
    account = fields.Char(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount_currency = fields.Monetary(readonly=True, string="Amount in Currency")
    company_currency_id = fields.Many2one(related="replay_id.company_currency_id")
    debit = fields.Monetary(readonly=True, currency_field="company_currency_id")
    credit = fields.Monetary(readonly=True, currency_field="company_currency_id")


class SaasBillingReplayBalance(models.Model):
    """The journal items that a replay would add, by account and currency."""

    _name = "saas.billing.replay.balance"
    _description = "Journal Items of a Replay by Account"
    _auto = False
    _order = "account, currency_id"
    _rec_name = "account"

    replay_id = fields.Many2one("saas.billing.replay", readonly=True)
    account = fields.Char(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_currency = fields.Monetary(readonly=True, string="Amount in Currency")
    company_currency_id = fields.Many2one(related="replay_id.company_currency_id")
    debit = fields.Monetary(readonly=True, currency_field="company_currency_id")
    credit = fields.Monetary(readonly=True, currency_field="company_currency_id")

    @property
    def _table_query(self):
        return SQL(
            """SELECT min(id) AS id, replay_id, account, currency_id,
                      sum(amount_currency) AS amount_currency,
                      sum(debit) AS debit, sum(credit) AS credit
                 FROM saas_billing_replay_posting
                GROUP BY replay_id, account, currency_id"""
        )
