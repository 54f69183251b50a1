"""Company policy of revenue posting, and the rule every company starts with."""

from datetime import timedelta

from odoo import api, fields, models

from .revenue_rule import DEFERRED_ACCOUNT_TYPES
from .revenue_run import GROUPINGS

DEFAULT_RULE_CODE = "RECURRING"
JOURNAL_CODE = "SREV"
#: Settings that may let a waiting month go.
RELEASES = frozenset(
    {"saas_revenue_auto_post", "saas_revenue_post_through", "saas_revenue_close_policy"}
)


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "saas.second.person"]

    saas_revenue_auto_post = fields.Boolean(
        string="Post Month Ends Automatically",
        default=True,
        help="The scheduled action posts every month that is over, in order.",
    )
    saas_revenue_post_through = fields.Date(
        string="Post Through",
        help="No month that ends after this date is posted automatically. Empty: no limit.",
    )
    saas_revenue_grouping = fields.Selection(
        GROUPINGS,
        string="Group Month-end Entries by",
        required=True,
        default="account",
        help="Finer entries have more journal items; the postings behind them are the same.",
    )
    saas_revenue_close_policy = fields.Selection(
        [("post", "Post anyway and tell"), ("wait", "Wait and tell")],
        string="When Something Stands in the Way of a Month End",
        required=True,
        default="post",
        help="What counts are the blockers of the preview: posted lines without a rule, parked"
        " events with their money, and amendments and write-offs that wait for a decision. Warnings"
        " (drafts, events on their way, lock dates, earlier months) never stop a month. Revenue"
        " managers are told either way, and a person may post a waiting month all the same.",
    )
    saas_revenue_run_number = fields.Integer(
        readonly=True, help="Counts posted runs; each run writes it, so that they queue up."
    )

    @api.model
    def _get_two_person_fields(self):
        """Who looks before months are posted, and at what; holding them back is daily work."""
        return {"saas_revenue_auto_post", "saas_revenue_close_policy"}

    def _is_in_force(self, names):
        schedules = self.env["saas.revenue.schedule"].sudo()
        return bool(schedules.search_count([("company_id", "=", self.id)], limit=1))

    def _get_proposal_company(self):
        return self

    def write(self, vals):
        result = super().write(vals)
        if RELEASES.intersection(vals):
            # Somebody let months go: they need not wait for the next day's run.
            self.env.ref("saas_deferred_revenue.ir_cron_post_month_ends").sudo()._trigger()
        return result

    def _get_revenue_managers(self):
        """Users who answer for the revenue of the company."""
        return self._get_people("saas_deferred_revenue.group_revenue_manager")

    def _get_people(self, group):
        """Users of the company who have a group.

        :param group: its XML id
        """
        self.ensure_one()
        domain = [
            ("all_group_ids", "in", self.env.ref(group).ids),
            ("company_ids", "in", self.ids),
            ("share", "=", False),
        ]
        return self.env["res.users"].sudo().search(domain)

    def _get_first_open_day(self, day, journal):
        """The day, or the first one after it that no lock date of the journal holds.

        Odoo would move a locked date by itself, to a day of its own choice.
        """
        while locks := self._get_violated_lock_dates(day, False, journal):
            day = locks[-1][0] + timedelta(days=1)
        return day

    def _get_or_create_default_revenue_rule(self):
        """The rule “every recurring line, by day”; created and approved when there is none yet.

        A company that has ever had rules is left alone: its accountants decided.
        """
        self.ensure_one()
        rules = self.env["saas.revenue.rule"].sudo().with_company(self)
        rule = rules.search([("company_id", "=", self.id)], limit=1)
        if not rule and self.chart_template:
            rule = rules.create(self._prepare_default_revenue_rule())
            rule.action_approve()
        return rule

    def _prepare_default_revenue_rule(self):
        return {
            "company_id": self.id,
            "code": DEFAULT_RULE_CODE,
            "name": self.env._("Every recurring line, by day"),
            "method": "daily",
            "sequence": 1000,
            "deferred_account_id": self._get_or_create_deferred_account().id,
            "journal_id": self._get_or_create_revenue_journal().id,
        }

    def _get_or_create_deferred_account(self):
        """An unused deferred revenue liability of the chart, else a new account.

        An account in use would carry balances that no schedule explains.
        """
        accounts = self.env["account.account"].sudo().with_company(self)
        domain = [
            *accounts._check_company_domain(self),
            ("account_type", "in", DEFERRED_ACCOUNT_TYPES),
        ]
        for account in accounts.search([*domain, ("name", "ilike", "deferred revenue")]):
            items = self.env["account.move.line"].sudo()
            if not account.reconcile and not items.search_count(
                [("account_id", "=", account.id)], limit=1
            ):
                return account
        neighbour = accounts.search([*domain, ("account_type", "=", "liability_current")], limit=1)
        return accounts.create(
            {
                "name": self.env._("Deferred Revenue"),
                "code": accounts._search_new_account_code(neighbour.code or "210000"),
                "account_type": "liability_current",
                "reconcile": False,
                "company_ids": [fields.Command.link(self.id)],
            }
        )

    def _get_or_create_revenue_journal(self):
        journals = self.env["account.journal"].sudo().with_company(self)
        domain = [("company_id", "=", self.id), ("code", "=", JOURNAL_CODE)]
        return journals.search([*domain, ("type", "=", "general")], limit=1) or journals.create(
            {
                "name": self.env._("Revenue Recognition"),
                "code": JOURNAL_CODE,
                "type": "general",
                "company_id": self.id,
                "show_on_dashboard": False,
            }
        )
