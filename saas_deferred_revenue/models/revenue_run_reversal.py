"""Undoing a posted run: a run of its own that takes back every posting, and is kept like it."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from . import revenue_due_sql


class RevenueRun(models.Model):
    """Nothing is deleted: the reversal's postings add up with the reversed ones to nothing, so the
    closed form finds the month open again and the next run of it posts it anew.
    """

    _inherit = "saas.revenue.run"  # pylint: disable=consider-merging-classes-inherited

    reverses_id = fields.Many2one(
        "saas.revenue.run",
        string="Takes Back",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    reversal_ids = fields.One2many(
        "saas.revenue.run", "reverses_id", string="Taken Back By", readonly=True
    )
    reversal_reason = fields.Text(readonly=True, copy=False)

    _reversed_once = models.UniqueIndex(
        "(reverses_id) WHERE reverses_id IS NOT NULL", "This run has been taken back already."
    )

    def _reverse(self, reason):
        """Take the run back, in one transaction; it is the newest one that is not taken back.

        Months from this one on are held back for the scheduled action, which would post them
        again at once: a person lets them go by the company's limit.

        :param reason: why, for the auditor
        :returns: the reversing run
        """
        self.ensure_one()
        self._lock_company(self.company_id)
        self._check_reversible()
        reversal = self.sudo().create(
            {
                "company_id": self.company_id.id,
                "period": self.period,
                "reverses_id": self.id,
                "reversal_reason": reason,
            }
        )
        reversal._flush_for_sql()
        rows = revenue_due_sql.reversal_rows(self.id, reversal._get_grouping())
        reversal._post_groups(self._stage_groups(rows))
        self._hold_back()
        reversal.message_post(body=reason)
        return reversal.sudo(self.env.su)

    def _check_reversible(self):
        if self.state != "posted" or self.reverses_id or self.reversal_ids:
            raise UserError(
                self.env._("Only a posted run that was not taken back yet can be taken back.")
            )
        later = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "posted"),
                ("reverses_id", "=", False),
                ("reversal_ids", "=", False),
                "|",
                ("period", ">", self.period),
                "&",
                ("period", "=", self.period),
                ("sequence", ">", self.sequence),
            ],
            order="period desc, sequence desc",
            limit=1,
        )
        if later:
            raise UserError(
                self.env._(
                    "Run %(later)s was posted after %(run)s and builds on it: take that one back"
                    " first.",
                    later=later.name,
                    run=self.name,
                )
            )

    def _hold_back(self):
        """Keep the scheduled action from posting what a person has just taken back."""
        company, limit = self.company_id.sudo(), self.period - timedelta(days=1)
        through = company.saas_revenue_post_through
        if not through or through > limit:
            company.saas_revenue_post_through = limit

    def _get_grouping(self):
        """A reversal's items are those of what it takes back, whatever was chosen since."""
        return self.reverses_id.grouping or super()._get_grouping()

    def _get_entry_label(self):
        if not self.reverses_id:
            return super()._get_entry_label()
        month = format_date(self.env, self.period, date_format="MMMM yyyy")
        return self.env._("Reversal of revenue recognised for %s", month)

    def action_open_reversal(self):
        """The run that takes this one back."""
        return self.reversal_ids.get_formview_action()
