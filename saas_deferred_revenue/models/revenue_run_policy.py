"""The close policy: what the cron does with what stands in the way, and whom it tells."""

from markupsafe import Markup
from odoo import api, fields, models

ACTIVITY = "mail.mail_activity_data_todo"


class RevenueRun(models.Model):
    """Revenue managers hear of every month of the scheduled action: that it was posted and with
    what in its way, or once that it waits.
    """

    _inherit = "saas.revenue.run"  # pylint: disable=consider-merging-classes-inherited

    waiting_reason = fields.Text(
        readonly=True,
        copy=False,
        help="Why the scheduled action did not post the month, as it was told.",
    )
    is_waiting = fields.Boolean(
        compute="_compute_is_waiting",
        store=True,
        help="The scheduled action could not post the month, or was told to wait.",
    )

    @api.depends("state", "waiting_reason")
    def _compute_is_waiting(self):
        for run in self:
            run.is_waiting = run.state != "posted" and bool(run.waiting_reason)

    @api.model
    def _post_or_wait(self, company, period):
        """Post what is due for a month, or wait where the close policy says so.

        :returns: whether the month is done with
        """
        run, groups = self._stage_month(company, period)
        if not run:
            return True
        lines = run._prepare_blocker_lines(run._prepare_totals(groups))
        blockers = [line for line in lines if line["kind"] == "blocker"]
        if blockers and company.saas_revenue_close_policy == "wait":
            run.action_preview()
            run._tell_waiting(run._describe_blockers(blockers))
            return False
        run._post_groups(groups)
        run._tell_posted(lines)
        return True

    def _post_groups(self, groups):
        """Whatever it waited for, and whoever posted it: nobody has to look any more."""
        moves = super()._post_groups(groups)
        self.sudo().activity_unlink([ACTIVITY])
        return moves

    # ------------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------------

    def _tell_waiting(self, reason):
        """Ask each revenue manager to look, once per run; a reason that changed is noted."""
        if reason == self.waiting_reason:
            return
        if not self.waiting_reason:
            for user in self.company_id._get_revenue_managers():
                self.activity_schedule(
                    ACTIVITY,
                    summary=self.env._("The month end of %s waits", self.name),
                    note=_as_html(reason),
                    user_id=user.id,
                )
        self.sudo().waiting_reason = reason
        self.message_post(body=_as_html(reason))

    def _tell_posted(self, lines):
        """Tell the revenue managers what was posted, and what stood in its way.

        :param lines: what stood in the way, as the preview tells it
        """
        words = [self._describe_posted(), *([self._describe_blockers(lines)] if lines else [])]
        self.message_post(
            subject=self.env._("Revenue of %s is posted", self.name),
            body=_as_html("\n".join(words)),
            partner_ids=self.company_id._get_revenue_managers().partner_id.ids,
            force_send=False,
        )

    def _describe_posted(self):
        text = self.env._(
            "The scheduled action posted %(month)s: %(amount)s recognised, %(prior)s of it for"
            " earlier months.",
            month=self.name,
            amount=self._format(self.company_amount),
            prior=self._format(self.prior_company_amount),
        )
        if not self.accrued_company_amount:
            return text
        accrued = self.env._(
            "%s accrued for unbilled items and taken back on the next day.",
            self._format(self.accrued_company_amount),
        )
        return f"{text} {accrued}"

    def _describe_blockers(self, lines):
        """What stands in the way, a line each with its amount and number of records."""
        words = [self.env._("In the way of %s:", self.name)]
        for line in lines:
            count = line.get("record_count")
            words.append(
                self.env._(
                    "– %(name)s: %(amount)s (%(count)s)",
                    name=line["name"],
                    amount=self._format(line["company_amount"]),
                    count=count,
                )
                if count
                else self.env._(
                    "– %(name)s: %(amount)s",
                    name=line["name"],
                    amount=self._format(line["company_amount"]),
                )
            )
        return "\n".join(words)

    def _format(self, amount):
        return self.company_currency_id.format(amount or 0.0)


def _as_html(text):
    """Lines of plain text as a message shows them."""
    return Markup("<br/>").join(text.split("\n"))
