"""One change of treatment that a person decides, proposed by one and approved by another."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..recognition import amendments, calendar, closed_form
from .minor_units import from_minor

KINDS = [
    ("accelerate", "Earn the Rest Now"),
    ("extend", "Move the Rest by a Pause"),
    ("dates", "Correct the Service Dates"),
]


class RevenueAmendment(models.Model):
    """While it waits the schedule runs on as it was; approved, it adds segments and is kept.

    Amounts are those of the schedule: positive where revenue is to be earned. `moved_amount` is
    what is earned in other months than before.
    """

    _name = "saas.revenue.amendment"
    _description = "Revenue Amendment"
    _inherit = ["saas.revenue.decision"]
    _order = "id desc"
    _check_company_auto = True
    _proposal_fields = frozenset(
        {"schedule_id", "kind", "date", "date_until", "service_start", "service_last_day", "reason"}
    )

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

    _one_waits = models.UniqueIndex(
        "(schedule_id) WHERE state = 'proposed' AND kind != 'document'",
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
    # What it would do
    # ------------------------------------------------------------------

    def _get_additions(self, segments, booked):
        """What the change adds to segments of the core."""
        if self.kind == "accelerate":
            return amendments.accelerate(segments, self.date, booked)
        if self.kind == "extend":
            return amendments.extend(segments, self.date, self.date_until, booked)
        end = self.service_last_day + timedelta(days=1)
        return amendments.redate(segments, self.service_start, end, booked)

    def _get_changed_segments(self):
        """What the change is about: what other books had recognised keeps the days it had there."""
        effective = self.schedule_id.sudo()._get_effective_segments()
        if self.kind == "dates":
            return effective.filtered(lambda segment: segment.kind != "opening")
        return effective

    def _get_booking_date(self):
        """The change's day, or the first day after it that no posted or locked month holds."""
        company, journal = self.company_id.sudo(), self.schedule_id.sudo().journal_id
        latest = self.env["saas.revenue.run"].sudo()._get_last_posted_month(company)
        day = max(self.date, calendar.next_month(latest)) if latest else self.date
        return company._get_first_open_day(day, journal)

    def _get_by_month(self, booked, name, currency):
        """`{month: (before, after)}` in minor units of one of the two currencies."""
        schedule = self.schedule_id.sudo()
        before = schedule.segment_ids.sorted("id")._get_core(name, currency)
        effective = self._get_changed_segments()._get_core(name, currency)
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
        """Whether any month would change; what is written off waits for nothing."""
        effect = self._prepare_effect()
        moved = effect["moved_amount"] or effect["moved_company_amount"]
        return bool(moved and not self.schedule_id.is_written_off)

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

    def _prepare_to_propose(self):
        self._refresh_effect()
        self._check_effect()

    def _check_effect(self):
        if not self._has_effect():
            raise UserError(
                self.env._(
                    "“%s” would change no month: everything is earned by then, credited or"
                    " written off.",
                    self.name,
                )
            )

    def _apply(self):
        """Add the segments."""
        if self._is_stale():
            raise UserError(
                self.env._(
                    "“%s” would do something else by now than what is shown: revenue was posted"
                    " or credited since. Preview it again, then decide.",
                    self.name,
                )
            )
        self._check_effect()
        self._add_segments()

    def _get_limit(self):
        return self.schedule_id.sudo().rule_id.approval_limit

    def _get_decided_amount(self):
        return self.moved_company_amount

    # ------------------------------------------------------------------
    # Segments
    # ------------------------------------------------------------------

    def _add_segments(self):
        """Add what the change brings, in both currencies at once."""
        segments = self._get_changed_segments()
        own, company = (
            self._get_additions(segments._get_core(name, currency), self.booking_date)
            for name, currency in (
                ("amount", self.currency_id),
                ("company_amount", self.company_currency_id),
            )
        )
        self.env["saas.revenue.segment"].create(
            [
                {**segments[mine.origin]._prepare_addition(mine, theirs), "amendment_id": self.id}
                for mine, theirs in zip(own, company, strict=True)
            ]
        )
        self.schedule_id.invalidate_recordset()
        self.env["saas.revenue.schedule.month"].invalidate_model()

    # ------------------------------------------------------------------
    # Where to look next
    # ------------------------------------------------------------------

    def action_open_schedule(self):
        return self.schedule_id.get_formview_action()

    def action_open_event(self):
        return self.event_id.get_formview_action()
