"""The proof that every deferred line has its schedule (check R7).

A line is billed once and earned once: what stands on a deferred account under a rule is what its
segments add up to, in the currency of the document and in the company's. Credit positive.
"""

from odoo import api, models
from odoo.tools import SQL

from .revenue_rule import DEFERRED_ACCOUNT_TYPES


class RevenueProof(models.AbstractModel):
    _inherit = "saas.revenue.proof"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _check_schedules(self, company, date_from, date_to):
        """R7: deferred lines dated in the days, against the segments that they brought.

        With segments a line is deferred where it stands on the account of their schedules, without
        any where a rule put it on a liability. One that has segments and stands elsewhere counts
        as zero.

        :param date_to: first day that does not count any more
        :return: values of reconciliation lines; left are the lines, right their segments. Lines in
            a foreign currency are compared in both currencies.
        """
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH candidate AS (
                     SELECT id FROM account_move_line
                      WHERE company_id = %(company)s AND saas_revenue_rule_id IS NOT NULL
                        AND date >= %(date_from)s AND date < %(date_to)s
                      UNION
                     SELECT move_line_id FROM saas_revenue_segment
                      WHERE company_id = %(company)s
                        AND booking_date >= %(date_from)s AND booking_date < %(date_to)s
                ), earned AS (
                     SELECT segment.move_line_id, SUM(segment.amount) AS amount,
                            SUM(segment.company_amount) AS company_amount,
                            array_agg(schedule.deferred_account_id) AS account_ids
                       FROM saas_revenue_segment segment
                       JOIN candidate ON candidate.id = segment.move_line_id
                       JOIN saas_revenue_schedule schedule ON schedule.id = segment.schedule_id
                   GROUP BY segment.move_line_id
                ), line AS MATERIALIZED (
                     SELECT item.id, item.currency_id, item.company_currency_id,
                            concat_ws(' · ', item.move_name, item.name) AS label,
                            earned.move_line_id IS NOT NULL AS has_segments,
                            CASE WHEN deferred.yes THEN -item.amount_currency ELSE 0 END AS amount,
                            CASE WHEN deferred.yes THEN -item.balance ELSE 0 END AS company_amount,
                            COALESCE(earned.amount, 0) AS earned,
                            COALESCE(earned.company_amount, 0) AS company_earned
                       FROM candidate
                       JOIN account_move_line item ON item.id = candidate.id
                       JOIN account_account account ON account.id = item.account_id
                  LEFT JOIN earned ON earned.move_line_id = item.id
                 CROSS JOIN LATERAL (
                            SELECT item.parent_state = 'posted' AND COALESCE(
                                   item.account_id = ANY(earned.account_ids),
                                   item.saas_revenue_rule_id IS NOT NULL
                                   AND account.account_type = ANY(%(types)s)) AS yes) deferred
                      WHERE item.date >= %(date_from)s AND item.date < %(date_to)s
                        AND (deferred.yes OR earned.move_line_id IS NOT NULL)
                ), compared AS (
                     SELECT id, label, has_segments, currency_id, currency_id AS of_currency_id,
                            amount AS lines, earned AS segments, FALSE AS same_billed
                       FROM line
                  UNION ALL
                     SELECT id, label, has_segments, company_currency_id, currency_id,
                            company_amount, company_earned, amount = earned
                       FROM line WHERE currency_id != company_currency_id
                )
                SELECT NULL AS id, NULL AS label, NULL AS has_segments, NULL AS same_billed,
                       currency_id, of_currency_id,
                       SUM(lines) AS lines, SUM(segments) AS segments
                  FROM compared GROUP BY currency_id, of_currency_id
             UNION ALL
                SELECT id, label, has_segments, same_billed, currency_id, of_currency_id,
                       lines, segments
                  FROM compared WHERE lines != segments
              ORDER BY of_currency_id, currency_id, id NULLS FIRST
                """,
                company=company.id,
                date_from=date_from,
                date_to=date_to,
                types=list(DEFERRED_ACCOUNT_TYPES),
            )
        )
        return self._prepare_schedule_results(rows)

    def _prepare_schedule_results(self, rows):
        currencies = self.env["res.currency"]
        results = []
        for row in rows:
            of_currency = currencies.browse(row["of_currency_id"])
            found = row["id"] and self._classify_schedule(row)
            results.append(
                {
                    "check": "R7",
                    "currency_id": row["currency_id"],
                    "label": row["label"] or self.env._("Lines in %s", of_currency.name),
                    "left_amount": row["lines"],
                    "right_amount": row["segments"],
                    "difference_class": found,
                    "reason": found and self._get_schedule_reasons()[found],
                    "right_model": found and "account.move.line",
                    "right_res_id": row["id"] or False,
                }
            )
        return results

    def _classify_schedule(self, row):
        """Why a line's segments do not add up to it."""
        if not row["has_segments"]:
            return "missing"
        return "fx" if row["same_billed"] else "manual"

    def _get_schedule_reasons(self):
        return {
            "missing": self.env._("Deferred, but nothing says when it is earned."),
            "fx": self.env._("Earned at another rate than it was billed at."),
            "manual": self.env._(
                "The line, its account, its rule or its segments were changed after posting."
            ),
        }
