"""Month ends posted by the scheduled action."""

import logging
from datetime import timedelta

import psycopg2
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..recognition.calendar import month_start, months_between
from .revenue_due_sql import UNDONE_RUNS

_logger = logging.getLogger(__name__)


class RevenueRun(models.Model):
    _inherit = "saas.revenue.run"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_last_complete_month(self, today=None):
        """First day of the last month that is over."""
        return month_start(month_start(today or fields.Date.today()) - timedelta(days=1))

    @api.model
    def _get_last_posted_month(self, company):
        """First day of the newest month that was posted, or False."""
        domain = [
            ("company_id", "=", company.id),
            ("state", "=", "posted"),
            ("reverses_id", "=", False),
            ("reversal_ids", "=", False),
        ]
        return self.search_fetch(domain, ["period"], order="period desc", limit=1).period

    @api.model
    def _cron_post_month_ends(self):
        """Post every complete month of every company, oldest first, a commit after each.

        A company that fails keeps its place: its later months wait, other companies go on.
        """
        due = [
            (company, month)
            for company in self._get_companies_to_post()
            for month in self._get_months_to_post(company)
        ]
        cron, stuck = self.env["ir.cron"], self.env["res.company"]
        cron._commit_progress(remaining=len(due))
        for company, month in due:
            if company in stuck:
                cron._commit_progress(1)
                continue
            if not self._try_post_month(company, month):
                stuck |= company
            if not cron._commit_progress(1):
                break

    def _get_companies_to_post(self):
        return self.env["res.company"].search([("saas_revenue_auto_post", "=", True)], order="id")

    @api.model
    def _get_months_to_post(self, company, today=None):
        """Months from the first with unposted due revenue to the last that may be posted.

        :param today: the day from which complete months are told, default the server's (UTC)
        """
        first = self._get_first_due_month(company)
        last = self._get_last_complete_month(today)
        if company.saas_revenue_post_through:
            # A month that ends on the limit is complete within it.
            limit = company.saas_revenue_post_through + timedelta(days=1)
            last = min(last, self._get_last_complete_month(limit))
        return months_between(first, last) if first and first <= last else []

    @api.model
    def _get_first_due_month(self, company):
        """First month that some segment still has to post, or None.

        A segment that has posted all of its amount has nothing more to post, whenever it ends.
        """
        [[day]] = self.env.execute_query(
            SQL(
                """
                SELECT MIN(COALESCE(posted.period + interval '1 month',
                                    GREATEST(segment.date_start, segment.booking_date)))::date
                  FROM saas_revenue_segment segment
             LEFT JOIN (SELECT segment_id, MAX(period) AS period, SUM(amount) AS amount,
                               SUM(company_amount) AS company_amount
                          FROM saas_revenue_posting
                         WHERE NOT run_id IN (%(undone)s) GROUP BY segment_id) posted
                    ON posted.segment_id = segment.id
                 WHERE segment.company_id = %(company)s
                   AND (COALESCE(posted.amount, 0) != segment.amount
                        OR COALESCE(posted.company_amount, 0) != segment.company_amount)
                   AND NOT EXISTS (SELECT FROM saas_revenue_posting final
                                    WHERE final.segment_id = segment.id AND final.is_final
                                      AND NOT final.run_id IN (%(undone)s))
                """,
                company=company.id,
                undone=UNDONE_RUNS,
            )
        )
        return day and month_start(day)

    def _try_post_month(self, company, month):
        """Post one month or let it wait; a failure is rolled back, logged and shown on its run.

        :returns: whether the company's next month may follow

        Serialization failures are no fault of the books: the next call meets a calm database.
        """
        try:
            return self._post_or_wait(company, month)
        except (psycopg2.errors.SerializationFailure, psycopg2.errors.LockNotAvailable):
            self.env.cr.rollback()
            _logger.info("Revenue of %s for %s is being posted elsewhere.", company.name, month)
        except (UserError, psycopg2.IntegrityError) as error:
            self.env.cr.rollback()
            _logger.warning("Revenue of %s for %s not posted: %s", company.name, month, error)
            self._note_failure(company, month, error)
        return False

    @api.model
    def _post_month(self, company, period):
        """Post what is due for a company's month; the run, or an empty record if nothing is.

        :param company: res.company record
        :param period: first day of the month
        """
        run, groups = self._stage_month(company, period)
        if run:
            run._post_groups(groups)
        return run

    def _stage_month(self, company, period):
        """What is due for a month, staged to be posted, and the run that would do it.

        :returns: (run, groups); no run where nothing is due
        """
        self = self.with_company(company)
        self._lock_company(company)
        groups = self._stage_due_groups(company, period)
        due = self._is_due(company, period, groups)
        run = self._get_or_create_open_run(company, period) if due else self.browse()
        return run, groups

    def _get_or_create_open_run(self, company, period):
        """The run that somebody previewed for the month and did not post, else a new one."""
        scope = [("company_id", "=", company.id), ("period", "=", period)]
        return self.search([*scope, ("state", "!=", "posted")], limit=1) or self.create(
            {"company_id": company.id, "period": period}
        )

    def _note_failure(self, company, month, error):
        """Tell the revenue managers why the month was not posted."""
        run = self._get_or_create_open_run(company, month)
        run._tell_waiting(self.env._("Not posted by the scheduled action: %s", error))
        self.env.cr.commit()  # pylint: disable=invalid-commit
