"""The checklist of a close: each check is a line with its money and the records behind it."""

from datetime import timedelta

from odoo import api, models
from odoo.addons.saas_billing_connector.models.billing_issue import UNSETTLED
from odoo.addons.saas_billing_connector.models.sql_view import keep_uncompiled

from ..recognition.calendar import next_month


class RevenueClose(models.Model):
    _inherit = "saas.revenue.close"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_checks(self):
        """Name of the method that makes each check, in the order of the list; addons add theirs.

        A check returns values of a line: `name`, `state` (done or open) and, where there are any,
        `company_amount`, `record_count`, `res_model` and `res_domain`.
        """
        return {
            "inbox": "_check_inbox",
            "issues": "_check_issues",
            "drafts": "_check_drafts",
            "unmapped": "_check_unmapped",
            "amendments": "_check_amendments",
            "run": "_check_run",
            "reconciliation": "_check_reconciliation",
            "unknown": "_check_unknown",
        }

    @api.model
    def _get_check_titles(self):
        """What each check is about, whatever it found."""
        return {
            "inbox": self.env._("Events not processed"),
            "issues": self.env._("Open issues"),
            "drafts": self.env._("Draft invoices"),
            "unmapped": self.env._("Lines without a rule"),
            "amendments": self.env._("Amendments to decide"),
            "run": self.env._("Revenue not posted"),
            "reconciliation": self.env._("Differences not explained"),
            "unknown": self.env._("Differences unknown"),
        }

    def _prepare_lines(self):
        self.ensure_one()
        keep_uncompiled(self.env.cr)
        return [
            {"code": code, **getattr(self, method)()} for code, method in self._get_checks().items()
        ]

    # ------------------------------------------------------------------
    # What stands in the way of the month's run
    # ------------------------------------------------------------------

    def _get_run(self):
        """A run of the month, to ask what stands in its way."""
        return self.env["saas.revenue.run"].new(
            {"company_id": self.company_id.id, "period": self.period}
        )

    def _from_run(self, method, done):
        """A line from what stands in the way of the month's run."""
        return self._prepare_line(getattr(self._get_run(), method)(), done)

    def _prepare_line(self, found, done):
        """A line that is open as long as something stands in the way.

        :param found: values of a line of the run's preview, or None
        :param done: what it says when nothing does
        """
        if not found:
            return {"name": done, "state": "done"}
        return {
            "name": found["name"],
            "state": "open",
            "record_count": found["record_count"],
            "company_amount": found["company_amount"],
            "res_model": found["res_model"],
            "res_domain": repr(found["res_domain"]),
        }

    def _check_inbox(self):
        """Events of the month or before that are not through."""
        found = self._get_run()._prepare_events_line(
            "blocker", self.env._("Events of the month are not processed yet"), UNSETTLED
        )
        return self._prepare_line(found, self.env._("Every event of the month is processed"))

    def _check_drafts(self):
        return self._from_run(
            "_prepare_draft_line", self.env._("No draft invoice has a service period")
        )

    def _check_unmapped(self):
        return self._from_run(
            "_prepare_undeferred_line", self.env._("Every line with a service period has a rule")
        )

    def _check_amendments(self):
        return self._from_run("_prepare_amendments_line", self.env._("Every amendment is decided"))

    # ------------------------------------------------------------------
    # What else has to hold
    # ------------------------------------------------------------------

    def _check_issues(self):
        """Causes that need a person, unless all that they hold up is of later months."""
        held = [
            ("state", "in", UNSETTLED),
            ("occurred_at", "<", f"{next_month(self.period)} 00:00:00"),
        ]
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "open"),
            "|",
            ("event_ids", "=", False),
            ("event_ids", "any", held),
        ]
        issues = self.env["saas.billing.issue"]
        [[count, amount]] = issues._read_group(domain, [], ["__count", "stake_company_amount:sum"])
        return {
            "name": self.env._("Money is parked under open issues")
            if count
            else self.env._("No money is parked"),
            "state": "open" if count else "done",
            "record_count": count,
            "company_amount": amount or 0.0,
            "res_model": issues._name if count else False,
            "res_domain": repr(domain),
        }

    def _check_run(self):
        """What the month's run would still post."""
        runs = self.env["saas.revenue.run"]
        totals = runs._get_due_totals(self.company_id, self.period)
        count = totals["posting_count"]
        return {
            "name": self.env._("Revenue of the month is not posted")
            if count
            else self.env._("Revenue of the month is posted"),
            "state": "open" if count else "done",
            "record_count": count,
            "company_amount": totals["company_amount"],
            "res_model": runs._name,
            "res_domain": repr(
                [("company_id", "=", self.company_id.id), ("period", "=", self.period.isoformat())]
            ),
        }

    def _check_reconciliation(self):
        """The newest reconciliation of the month: every difference is zero or explained."""
        runs = self.env["saas.reconciliation.run"]
        month = self.company_id, self.period
        run = runs._get_newest(*month, "done")
        if not run:
            name = self.env._("The month was not reconciled: run the checks")
        elif run.open_count:
            name = self.env._("Differences of the reconciliation are not explained")
        else:
            name = self.env._("Every check of the reconciliation is zero or explained")
        return {
            "name": name,
            "state": "done" if run and not run.open_count else "open",
            "record_count": run.open_count,
            "res_model": run._name,
            "res_domain": repr([("id", "in", run.ids)] if run else runs._get_month_domain(*month)),
        }

    def _check_unknown(self):
        """What no check could class; nobody may explain it away."""
        domain = [
            ("company_id", "=", self.company_id.id),
            ("month", "=", self.period.isoformat()),
            ("difference_class", "=", "unknown"),
            ("state", "!=", "gone"),
        ]
        differences = self.env["saas.reconciliation.difference"].search(domain)
        return {
            "name": self.env._("Differences are unknown: mend their cause, run the checks again")
            if differences
            else self.env._("No difference is unknown"),
            "state": "open" if differences else "done",
            "record_count": len(differences),
            "company_amount": sum(self._get_company_amount(each) for each in differences),
            "res_model": differences._name,
            "res_domain": repr(domain),
        }

    def _get_company_amount(self, difference):
        """What a difference comes to at the end of the month; nothing where things are counted."""
        if not difference.currency_id:
            return 0.0
        last = next_month(self.period) - timedelta(days=1)
        return difference.currency_id._convert(
            difference.difference, self.company_currency_id, self.company_id, last
        )
