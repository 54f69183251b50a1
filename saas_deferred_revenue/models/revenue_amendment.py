"""One change of treatment that a person decides, proposed by one and approved by another."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..recognition import amendments, calendar, closed_form
from .minor_units import from_minor, to_minor

KINDS = [
    ("accelerate", "Earn the Rest Now"),
    ("extend", "Move the Rest by a Pause"),
    ("dates", "Correct the Service Dates"),
]
STATES = [
    ("draft", "Draft"),
    ("proposed", "To Decide"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
    ("expired", "Expired"),
]
#: What the author decides; all else follows from it and from the buttons.
PROPOSAL_FIELDS = frozenset(
    {"schedule_id", "kind", "date", "date_until", "service_start", "service_last_day", "reason"}
)


class RevenueAmendment(models.Model):
    """While it waits the schedule runs on as it was; approved, it adds segments and is kept.

    Amounts are those of the schedule: positive where revenue is to be earned. `moved_amount` is
    what is earned in other months than before.
    """

    _name = "saas.revenue.amendment"
    _description = "Revenue Amendment"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    schedule_id = fields.Many2one(
        "saas.revenue.schedule",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="schedule_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="schedule_id.partner_id", store=True)
    currency_id = fields.Many2one(related="schedule_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    kind = fields.Selection(KINDS, required=True, default="accelerate", tracking=True)
    date = fields.Date(
        string="Effective On",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
        help="First day of the new treatment: when the service ended or stood still.",
    )
    date_until = fields.Date(
        string="Went On", tracking=True, help="First day served again after the pause."
    )
    service_start = fields.Date(string="New Service Start", tracking=True)
    service_last_day = fields.Date(
        string="New Service Until", tracking=True, help="Last day served."
    )
    reason = fields.Text(tracking=True, help="Why; who decides and who audits will want to know.")
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False, tracking=True, index=True
    )
    booking_date = fields.Date(
        readonly=True,
        copy=False,
        help="From when the change counts: its own day, or the first day that is open after it.",
    )
    month_ids = fields.One2many("saas.revenue.amendment.month", "amendment_id", readonly=True)
    moved_amount = fields.Monetary(string="Moved", readonly=True, copy=False)
    moved_company_amount = fields.Monetary(
        string="Moved (company currency)",
        readonly=True,
        copy=False,
        currency_field="company_currency_id",
    )
    segment_ids = fields.One2many("saas.revenue.segment", "amendment_id", readonly=True)
    source_change_id = fields.Many2one(
        "saas.subscription.change",
        string="Movement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The movement of the subscription because of which it was proposed.",
    )
    event_id = fields.Many2one(related="source_change_id.event_id", string="Source Event")
    proposed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    proposed_on = fields.Datetime(readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_on = fields.Datetime(readonly=True, copy=False)
    may_decide = fields.Boolean(compute="_compute_may_decide")
    may_withdraw = fields.Boolean(compute="_compute_may_decide")

    _two_people = models.Constraint(
        "CHECK (state NOT IN ('approved', 'rejected') OR decided_by_id != proposed_by_id)",
        "An amendment is decided by somebody else than its author.",
    )
    _one_waits = models.UniqueIndex(
        "(schedule_id) WHERE state = 'proposed'",
        "Another amendment of this schedule waits for a decision: decide it first.",
    )
    _once_per_movement = models.UniqueIndex(
        "(schedule_id, source_change_id) WHERE source_change_id IS NOT NULL",
        "This movement has brought its amendment already.",
    )

    @api.depends("kind", "schedule_id.name")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for amendment in self:
            parts = kinds.get(amendment.kind), amendment.schedule_id.name
            amendment.name = " · ".join(part for part in parts if part)

    @api.depends_context("uid")
    @api.depends("state", "proposed_by_id")
    def _compute_may_decide(self):
        for amendment in self:
            amendment.may_decide = amendment._may_decide(self.env.user)
            amendment.may_withdraw = (
                amendment.state == "proposed" and amendment.proposed_by_id == self.env.user
            )

    @api.constrains("kind", "date", "date_until", "service_start", "service_last_day")
    def _check_dates(self):
        for amendment in self:
            start, last = amendment.service_start, amendment.service_last_day
            until = amendment.date_until
            if amendment.kind == "extend" and not (until and until > amendment.date):
                raise ValidationError(
                    self.env._("A pause needs the day on which the service went on, after it.")
                )
            if amendment.kind == "dates" and not (start and last and start <= last):
                raise ValidationError(
                    self.env._("The new service needs a first day and a last day not before it.")
                )

    # ------------------------------------------------------------------
    # Kept as it was made
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                self._check_proposal_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_proposal_fields(vals)
            told = PROPOSAL_FIELDS.intersection(vals)
            if told and any(amendment.state != "draft" for amendment in self):
                raise UserError(
                    self.env._("What was proposed is not changed: withdraw it and propose anew.")
                )
        return super().write(vals)

    def _check_proposal_fields(self, vals):
        kept = {name for name in vals if name in self._fields} - PROPOSAL_FIELDS
        if any(not name.startswith(("message_", "activity_")) for name in kept):
            raise UserError(self.env._("An amendment is decided by its buttons, never edited."))

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(amendment.state != "draft" for amendment in self):
            raise UserError(self.env._("Amendments are kept: they tell who changed what and why."))

    # ------------------------------------------------------------------
    # What it would do
    # ------------------------------------------------------------------

    def _get_effective_segments(self):
        """Segments that still tell what is earned when: neither taken out nor taking out."""
        segments = self.schedule_id.sudo().segment_ids.sorted("id")
        released = segments.filtered(lambda segment: segment.kind == "released")
        return segments - released - released.origin_segment_id

    def _get_core_segments(self, segments, name, currency):
        """The recognition core's view of segments, in one of their two currencies."""
        return [
            closed_form.Segment(
                to_minor(segment[name], currency),
                segment.date_start,
                segment.date_end,
                segment.method,
                segment.booking_date,
            )
            for segment in segments
        ]

    def _get_additions(self, segments, booked):
        """What the change adds to segments of the core."""
        if self.kind == "accelerate":
            return amendments.accelerate(segments, self.date, booked)
        if self.kind == "extend":
            return amendments.extend(segments, self.date, self.date_until, booked)
        end = self.service_last_day + timedelta(days=1)
        return amendments.redate(segments, self.service_start, end, booked)

    def _get_booking_date(self):
        """The change's day, or the first day after it that no posted or locked month holds."""
        company, journal = self.company_id.sudo(), self.schedule_id.sudo().journal_id
        latest = self.env["saas.revenue.run"].sudo()._get_last_posted_month(company)
        day = max(self.date, calendar.next_month(latest)) if latest else self.date
        while locks := company._get_violated_lock_dates(day, False, journal):
            day = locks[-1][0] + timedelta(days=1)
        return day

    def _get_by_month(self, booked, name, currency):
        """`{month: (before, after)}` in minor units of one of the two currencies."""
        everything = self.schedule_id.sudo().segment_ids.sorted("id")
        before = self._get_core_segments(everything, name, currency)
        effective = self._get_core_segments(self._get_effective_segments(), name, currency)
        added = [each.segment for each in self._get_additions(effective, booked)]
        old, new = closed_form.by_month(before), closed_form.by_month(before + added)
        return {month: (old.get(month, 0), new.get(month, 0)) for month in old.keys() | new.keys()}

    def _prepare_effect(self):
        """Values that show what the change would do today."""
        booked = self._get_booking_date()
        own, company = (
            self._get_by_month(booked, name, currency)
            for name, currency in (
                ("amount", self.currency_id),
                ("company_amount", self.company_currency_id),
            )
        )
        months = [
            {
                "month": month,
                "amount_before": from_minor(own.get(month, (0, 0))[0], self.currency_id),
                "amount_after": from_minor(own.get(month, (0, 0))[1], self.currency_id),
                "company_before": from_minor(
                    company.get(month, (0, 0))[0], self.company_currency_id
                ),
                "company_after": from_minor(
                    company.get(month, (0, 0))[1], self.company_currency_id
                ),
            }
            for month in sorted(own.keys() | company.keys())
        ]
        return {
            "booking_date": booked,
            "moved_amount": from_minor(self._get_moved(own), self.currency_id),
            "moved_company_amount": from_minor(self._get_moved(company), self.company_currency_id),
            "month_ids": [fields.Command.clear()]
            + [fields.Command.create(values) for values in months],
        }

    def _get_moved(self, by_month):
        """What is earned in other months than before: half of all differences."""
        return sum(abs(after - before) for before, after in by_month.values()) // 2

    def _has_effect(self):
        """Whether any month would change."""
        effect = self._prepare_effect()
        return bool(effect["moved_amount"] or effect["moved_company_amount"])

    def _refresh_effect(self):
        for amendment in self.sudo():
            amendment.write(amendment._prepare_effect())

    def _is_stale(self):
        """Whether the change would do something else by now than what was shown."""
        effect = self._prepare_effect()
        names = ("month", "amount_before", "amount_after", "company_before", "company_after")
        shown = [tuple(month[name] for name in names) for month in self.month_ids.sorted("month")]
        now = [
            tuple(values[name] for name in names)
            for command, _id, values in effect["month_ids"]
            if command == fields.Command.CREATE
        ]
        return effect["booking_date"] != self.booking_date or shown != now

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    def action_preview(self):
        """Show the months before and after; nothing is proposed yet."""
        self._check_state("draft", "proposed")
        self.check_access("write")
        self._refresh_effect()

    def action_propose(self):
        """Ask for a decision."""
        self._check_state("draft")
        self.check_access("write")
        for amendment in self:
            amendment._check_reason()
            amendment._refresh_effect()
            if not amendment._has_effect():
                raise UserError(
                    self.env._(
                        "“%s” would change no month: everything is earned by then or credited.",
                        amendment.name,
                    )
                )
        self.sudo().write(
            {
                "state": "proposed",
                "proposed_by_id": self.env.uid,
                "proposed_on": fields.Datetime.now(),
            }
        )
        for amendment in self:
            amendment._notify_approvers()

    def _check_reason(self):
        if not self.reason:
            raise UserError(self.env._("Say why: an amendment needs a reason."))

    def action_approve(self):
        """Add the segments."""
        self._check_deciders()
        for amendment in self.sudo():
            if amendment._is_stale():
                raise UserError(
                    self.env._(
                        "“%s” would do something else by now than what is shown: revenue was posted"
                        " or credited since. Preview it again, then decide.",
                        amendment.name,
                    )
                )
            amendment._add_segments()
        self._decide("approved")

    def action_reject(self):
        """Leave the schedule as it is."""
        self._check_deciders()
        self._decide("rejected")

    def action_withdraw(self):
        """The author thinks better of it."""
        self._check_state("proposed")
        if not self.env.su and self.proposed_by_id != self.env.user:
            raise UserError(self.env._("Only who has proposed an amendment withdraws it."))
        self._decide("withdrawn")

    def _check_state(self, *states):
        for amendment in self:
            if amendment.state not in states:
                raise UserError(self.env._("“%s” has been decided already.", amendment.name))

    def _check_deciders(self):
        self._check_state("proposed")
        self.check_access("read")
        for amendment in self:
            if amendment.proposed_by_id == self.env.user:
                raise UserError(
                    self.env._("You have proposed “%s”: a second person decides.", amendment.name)
                )
            if not amendment._may_decide(self.env.user):
                raise AccessError(
                    self.env._("Deciding about “%s” needs another role.", amendment.name)
                )

    def _may_decide(self, user):
        """Whether a user may approve or reject: the role for its amount, and not the author."""
        return bool(
            self.state == "proposed"
            and user != self.proposed_by_id
            and self.company_id in user.company_ids
            and user.has_group(self._get_approver_group())
        )

    def _get_approver_group(self):
        """Accountants decide up to the limit of the rule, managers about everything."""
        limit = self.schedule_id.sudo().rule_id.approval_limit
        if limit and self.company_currency_id.compare_amounts(self.moved_company_amount, limit) < 1:
            return "saas_deferred_revenue.group_revenue_accountant"
        return "saas_deferred_revenue.group_revenue_manager"

    def _notify_approvers(self):
        """An activity for everybody who may decide."""
        group = self.env.ref(self._get_approver_group())
        approvers = self.env["res.users"].sudo()
        approvers = approvers.search(
            [
                ("all_group_ids", "in", group.ids),
                ("company_ids", "in", self.company_id.ids),
                ("share", "=", False),
                ("id", "!=", self.proposed_by_id.id),
            ]
        )
        for user in approvers:
            self.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Approve or reject: %s", self.name),
                note=self.reason,
                user_id=user.id,
            )

    def _decide(self, state):
        decided = self.sudo()
        decided.write(
            {"state": state, "decided_by_id": self.env.uid, "decided_on": fields.Datetime.now()}
        )
        # The index allows one waiting amendment: this one must leave before another one enters.
        decided.flush_recordset()
        decided.activity_unlink(["mail.mail_activity_data_todo"])

    # ------------------------------------------------------------------
    # Segments
    # ------------------------------------------------------------------

    def _add_segments(self):
        """Add what the change brings, in both currencies at once."""
        segments = self._get_effective_segments()
        own, company = (
            self._get_additions(
                self._get_core_segments(segments, name, currency), self.booking_date
            )
            for name, currency in (
                ("amount", self.currency_id),
                ("company_amount", self.company_currency_id),
            )
        )
        self.env["saas.revenue.segment"].create(
            [
                self._prepare_segment(segments[mine.origin], mine, theirs)
                for mine, theirs in zip(own, company, strict=True)
            ]
        )
        self.schedule_id.invalidate_recordset()
        self.env["saas.revenue.schedule.month"].invalidate_model()

    def _prepare_segment(self, origin, own, company):
        return {
            "schedule_id": self.schedule_id.id,
            "company_id": self.company_id.id,
            "kind": own.kind,
            "method": own.segment.method,
            "amount": from_minor(own.segment.amount, self.currency_id),
            "company_amount": from_minor(company.segment.amount, self.company_currency_id),
            "date_start": own.segment.start,
            "date_end": own.segment.end,
            "booking_date": self.booking_date,
            "move_line_id": self.schedule_id.move_line_id.id,
            "origin_segment_id": origin.id,
            "amendment_id": self.id,
        }

    # ------------------------------------------------------------------
    # Where to look next
    # ------------------------------------------------------------------

    def action_open_schedule(self):
        return self.schedule_id.get_formview_action()

    def action_open_event(self):
        return self.event_id.get_formview_action()
