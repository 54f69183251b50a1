"""Credit notes of schedules whose rule lowers what is to come, or takes back at once."""

from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..recognition import additions, closed_form, credits
from . import revenue_schedule_sql
from .minor_units import from_minor, to_minor


class Effective(NamedTuple):
    """A segment that still tells what is earned when: its id, and its row in both currencies."""

    id: int
    own: closed_form.Segment
    company: closed_form.Segment


class RevenueSchedule(models.Model):
    _inherit = "saas.revenue.schedule"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _lower_by_credits(self, lines):
        """Add what posted credit lines take back by `recognition.credits`.

        A batch is read with one query and written with one statement. Credits of one schedule
        are taken one after the other, the oldest first.
        """
        shares = self.env.execute_query_dict(revenue_schedule_sql.shares_to_lower(lines.ids))
        if not shares:
            return
        self.env["saas.revenue.segment"].invalidate_model()
        self.invalidate_model(["segment_ids"])
        schedules = self.sudo().browse(sorted({share["schedule_id"] for share in shares}))
        effective = {schedule.id: schedule._get_effective() for schedule in schedules}
        rows = []
        for share in shares:
            schedule = self.sudo().browse(share["schedule_id"]).with_prefetch(schedules.ids)
            # A segment that is not written yet is known by its position, as a negative number.
            first = -len(rows) - 1
            added, effective[schedule.id] = schedule._prepare_credit(
                share, effective[schedule.id], first
            )
            rows += added
        self._insert_segments(rows)

    def _get_effective(self):
        segments = self._get_effective_segments()
        sides = (
            segments._get_core("amount", self.currency_id),
            segments._get_core("company_amount", self.company_currency_id),
        )
        return [Effective(*each) for each in zip(segments.ids, *sides, strict=True)]

    def _prepare_credit(self, share, effective, first):
        """What a credit adds to a schedule.

        :param share: credit line, booking date and its amounts, in the sense of the schedule
        :param effective: list of :class:`Effective`
        :param first: number of the first segment to add; the following ones count down
        :return: rows of the segments to add, and what is effective with them
        """
        changes = credits.take_back(
            self.rule_id.refund_policy,
            [each.own for each in effective],
            [each.company for each in effective],
            to_minor(share["amount"], self.currency_id),
            to_minor(share["company_amount"], self.company_currency_id),
            share["booking_date"],
        )
        rows, added, out = [], [], set()
        for number, change in enumerate(changes):
            at_once = change.origin is None
            origin = self._get_original_segment().id if at_once else effective[change.origin].id
            rows.append(self._prepare_credit_segment(share, change, origin))
            if change.kind == additions.RELEASED:
                out.add(change.origin)
            else:
                added.append(Effective(first - number, change.segment, change.company_segment))
        kept = [each for position, each in enumerate(effective) if position not in out]
        return rows, kept + added

    def _get_original_segment(self):
        """The segment that the invoice line brought."""
        return self.segment_ids.filtered(lambda segment: segment.kind == "original")

    def _prepare_credit_segment(self, share, change, origin):
        is_past = change.kind == credits.TAKEN_BACK
        return {
            "schedule_id": self.id,
            "company_id": self.company_id.id,
            "kind": change.kind,
            "method": change.segment.method,
            "amount": from_minor(change.segment.amount, self.currency_id),
            "company_amount": from_minor(change.company_amount, self.company_currency_id),
            "date_start": change.segment.start,
            "date_end": change.segment.end,
            "booking_date": share["booking_date"],
            "move_line_id": share["move_line_id"],
            "origin_segment_id": origin,
            "revenue_account_id": (is_past and self.rule_id.contra_account_id.id) or None,
        }

    def _insert_segments(self, rows):
        """Insert rows that may name each other as origins by their negative positions."""
        ids = [
            reserved
            for [reserved] in self.env.execute_query(
                SQL(
                    "SELECT nextval('saas_revenue_segment_id_seq') FROM generate_series(1, %s)",
                    len(rows),
                )
            )
        ]
        for row, reserved in zip(rows, ids, strict=True):
            row["id"] = reserved
            if row["origin_segment_id"] < 0:
                row["origin_segment_id"] = ids[-row["origin_segment_id"] - 1]
        self.env.cr.execute(revenue_schedule_sql.insert_segments(rows, self.env.uid))
