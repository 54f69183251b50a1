"""What stands in the way of a month end, each cause with its money.

A *blocker* is what somebody has to mend or decide before the month is right: where the company's
close policy says so, the scheduled action waits for it. A *warning* is good to know and stops
nothing.
"""

from odoo import models
from odoo.addons.saas_billing_connector.models.billing_event import OPEN_STATES
from odoo.tools import SQL

from ..recognition.calendar import next_month


class RevenueRun(models.Model):
    _inherit = "saas.revenue.run"  # pylint: disable=consider-merging-classes-inherited

    def _prepare_blocker_lines(self, totals):
        """Lines for the preview, one per cause that applies.

        :param totals: the run's totals as it would be posted
        """
        self.ensure_one()
        found = [
            self._prepare_parked_line(),
            self._prepare_undeferred_line(),
            self._prepare_amendments_line(),
            self._prepare_underway_line(),
            self._prepare_draft_line(),
            self._prepare_earlier_months_line(totals),
            self._prepare_lock_line(totals),
        ]
        return [line for line in found if line]

    def _prepare_parked_line(self):
        """Events that a person has to look at: what they tell is not in the books."""
        return self._prepare_events_line(
            "blocker", self.env._("Parked events: their money is not in the books"), ("parked",)
        )

    def _prepare_underway_line(self):
        """Events that get through by themselves, or are parked in the end."""
        return self._prepare_events_line(
            "warning", self.env._("Events that are still on their way"), OPEN_STATES
        )

    def _prepare_events_line(self, kind, name, states):
        """Events of the month or before, with the money that they are known to hold up."""
        domain = [
            ("connection_id.company_id", "=", self.company_id.id),
            ("state", "in", states),
            ("occurred_at", "<", f"{next_month(self.period)} 00:00:00"),
        ]
        events = self.env["saas.billing.event"].sudo()
        count = events.search_count(domain)
        if not count:
            return None
        amount = events._get_stake(domain, self.company_id)
        return {
            "kind": kind,
            "name": name,
            "currency_id": self.company_currency_id.id,
            "amount": amount,
            "company_amount": amount,
            "record_count": count,
            "res_model": "saas.billing.event",
            "res_domain": domain,
        }

    def _prepare_undeferred_line(self):
        """Posted lines with service in the month or later that no rule defers.

        A line that has its rule and stands on an income account was put there by hand; one that
        is credited in full is mended.
        """
        condition = SQL(
            """
            line.parent_state = 'posted' AND line.saas_revenue_rule_id IS NULL
            AND line.saas_service_end > %s
            AND NOT EXISTS (SELECT FROM saas_revenue_segment segment
                             WHERE segment.move_line_id = line.id)
            AND line.balance + COALESCE(
                (SELECT SUM(back.balance) FROM account_move_line back
                  WHERE back.saas_credited_line_id = line.id
                    AND back.parent_state = 'posted'), 0) != 0
            AND NOT EXISTS (SELECT FROM account_move back
                             WHERE back.reversed_entry_id = move.id AND back.state = 'posted'
                               AND back.amount_total = move.amount_total)
            """,
            self.period,
        )
        return self._prepare_lines_warning(
            "blocker",
            self.env._("Posted lines with a service period but no rule: earned at once"),
            condition,
        )

    def _prepare_draft_line(self):
        """Draft invoices of the month or before: their revenue is not in the run yet."""
        return self._prepare_lines_warning(
            "warning",
            self.env._("Draft invoices with a service period"),
            SQL("line.parent_state = 'draft'"),
        )

    def _prepare_lines_warning(self, kind, name, condition):
        [[line_ids, amount]] = self.env.execute_query(
            SQL(
                """
                SELECT array_agg(line.id ORDER BY line.id), -SUM(line.balance)
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                 WHERE line.company_id = %s
                   AND line.saas_service_end - COALESCE(move.invoice_date, line.date) > 1
                   AND line.saas_service_end > line.saas_service_start
                   AND line.date < %s
                   AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                   AND line.display_type = 'product'
                   AND line.saas_credited_line_id IS NULL AND move.reversed_entry_id IS NULL
                   AND %s
                """,
                self.company_id.id,
                next_month(self.period),
                condition,
            )
        )
        if not line_ids:
            return None
        return {
            "kind": kind,
            "name": name,
            "currency_id": self.company_currency_id.id,
            "amount": amount,
            "company_amount": amount,
            "record_count": len(line_ids),
            "res_model": "account.move.line",
            "res_domain": [("id", "in", line_ids)],
        }

    def _prepare_earlier_months_line(self, totals):
        """Earlier months that were not posted come with this run, as prior-period revenue."""
        first = self._get_first_due_month(self.company_id)
        if not first or first >= self.period:
            return None
        return {
            "kind": "warning",
            "name": self.env._(
                "Revenue of earlier months, from %s on, is not posted: it comes with this run",
                first.strftime("%Y-%m"),
            ),
            "currency_id": self.company_currency_id.id,
            "amount": totals["prior_company_amount"],
            "company_amount": totals["prior_company_amount"],
        }

    def _prepare_lock_line(self, totals):
        """A locked month: the entry is dated the first open day after it."""
        journal = self._get_journals()[:1]
        date = journal and self._get_entry_date(journal)
        if not journal or date == self.date_to:
            return None
        return {
            "kind": "warning",
            "name": self.env._("The month is locked: the entry will be dated %s", date.isoformat()),
            "currency_id": self.company_currency_id.id,
            "amount": totals["company_amount"],
            "company_amount": totals["company_amount"],
        }

    def _prepare_amendments_line(self):
        """Amendments that wait for a decision: until then their schedules run on as they were."""
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "proposed"),
            ("booking_date", "<", next_month(self.period).isoformat()),
        ]
        waiting = self.env["saas.revenue.amendment"].sudo()
        [[count, amount]] = waiting._read_group(domain, [], ["__count", "moved_company_amount:sum"])
        if not count:
            return None
        return {
            "kind": "blocker",
            "name": self.env._("Amendments that wait for a decision"),
            "currency_id": self.company_currency_id.id,
            "amount": amount,
            "company_amount": amount,
            "record_count": count,
            "res_model": "saas.revenue.amendment",
            "res_domain": domain,
        }

    def _get_journals(self):
        rules = self.env["saas.revenue.rule"].sudo()
        return rules.search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "in", ("approved", "superseded")),
            ]
        ).journal_id
