"""What the checks say of a month, what blocks it, and how the connections are."""

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.models.billing_connection_health import GREEN
from odoo.addons.saas_billing_connector.models.billing_event import OPEN_STATES
from odoo.tools import SQL

from .decision import ACCOUNTANT, MANAGER

#: Records of a kind that the page names; the others are behind their number.
TOP = 10
#: Who works off a line of the checklist.
OWNERS = {
    "inbox": "saas_billing_connector.group_saas_operator",
    "issues": "saas_billing_connector.group_saas_operator",
    "amendments": MANAGER,
    "write_offs": MANAGER,
}


class RevenueCockpit(models.AbstractModel):
    _inherit = "saas.revenue.cockpit"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------------
    # Reconciliation
    # ------------------------------------------------------------------

    @api.model
    def get_reconciliation(self, company_id, month):
        """Both sides of each check as the month's newest run found them, and what differs now.

        :returns: False where the user may not read it; a check is *green* (nothing differs),
            *amber* (all that differs is explained), *red*, *running* or *not_run*
        """
        cockpit, company, period = self._enter(company_id, month)
        runs = cockpit.env["saas.reconciliation.run"]
        if not runs.has_access("read"):
            return False
        run = runs._get_newest(company, period, "running", "attention", "done")
        differences = [
            ("company_id", "=", company.id),
            ("month", "=", fields.Date.to_string(period)),
            ("state", "!=", "gone"),
        ]
        return {
            "link": cockpit._link_record(run),
            "executed_at": fields.Datetime.to_string(run.executed_at),
            "has_connection": bool(cockpit._get_connections(company)),
            "checks": cockpit._get_check_rows(run, period, differences),
            **cockpit._get_differences(differences),
        }

    def _get_check_rows(self, run, period, differences):
        found = {}
        for code, state, count in self.env["saas.reconciliation.difference"]._read_group(
            differences, ["check", "state"], ["__count"]
        ):
            found.setdefault(code, {})[state] = count
        parts = {}
        for code, state in self.env["saas.reconciliation.part"]._read_group(
            [("run_id", "=", run.id), ("month", "=", period), ("kind", "=", "check")],
            ["code", "state"],
        ):
            parts.setdefault(code, set()).add(state)
        totals = self._get_check_totals(run, period)
        titles = run._get_titles()
        return [
            {
                "code": code,
                "title": titles.get(code, code),
                "status": self._get_status(
                    parts.get(code, ()), found.get(code, {}), totals.get(code, ())
                ),
                "totals": totals.get(code, []),
                "difference_count": sum(found.get(code, {}).values()),
                "difference_link": self._link(
                    titles.get(code, code),
                    "saas.reconciliation.difference",
                    [*differences, ("check", "=", code)],
                ),
            }
            for code in sorted(run._get_checks())
        ]

    def _get_check_totals(self, run, period):
        """`{check: [both sides by currency]}`; no currency where things are counted."""
        totals = {}
        scope = [
            ("run_id", "=", run.id),
            ("month", "=", fields.Date.to_string(period)),
            ("difference_class", "=", False),
        ]
        sums = ["left_amount:sum", "right_amount:sum", "difference:sum"]
        lines = self.env["saas.reconciliation.line"]
        for code, currency, left, right, difference in lines._read_group(
            scope, ["check", "currency_id"], sums
        ):
            totals.setdefault(code, []).append(
                {
                    "currency_id": currency.id,
                    "left": left,
                    "right": right,
                    "difference": currency.round(difference) if currency else difference,
                    "link": self._link(
                        run._get_titles().get(code, code),
                        lines._name,
                        [*scope, ("check", "=", code), ("currency_id", "=", currency.id)],
                    ),
                }
            )
        return totals

    @api.model
    def _get_status(self, parts, found, totals):
        """How a check is.

        :param parts: states of its parts in the newest run
        :param found: number of differences that are not gone, by state
        :param totals: its control totals
        """
        if not parts:
            return "not_run"
        if "failed" in parts or found.get("open"):
            return "red"
        if parts != {"done"}:
            return "running"
        if found.get("explained"):
            return "amber"
        return "red" if any(total["difference"] for total in totals) else "green"

    def _get_differences(self, domain):
        """How many differ, and those with the most money."""
        differences = self.env["saas.reconciliation.difference"]
        query = differences._search(domain, limit=TOP)
        query.order = SQL("abs(saas_reconciliation_difference.difference) DESC, id")
        return {
            "difference_count": differences.search_count(domain),
            "difference_link": self._link(
                self.env._("Differences"), "saas.reconciliation.difference", domain
            ),
            "top_differences": [
                {
                    "id": each.id,
                    "check": each.check,
                    "label": each.label,
                    "owner": each.user_id.display_name or "",
                    "is_explained": each.state == "explained",
                    "currency_id": each.currency_id.id,
                    "amount": each.difference,
                    "link": self._link_record(each),
                }
                for each in differences.browse(query)
            ],
        }

    # ------------------------------------------------------------------
    # Blockers
    # ------------------------------------------------------------------

    @api.model
    def get_blockers(self, company_id, month):
        """Lines of the checklist that are open, as last checked, and the issues of today."""
        cockpit, company, period = self._enter(company_id, month)
        close = cockpit._find_close(company, period)
        return {
            "checked_on": fields.Datetime.to_string(close.checked_on),
            "lines": [
                {
                    "code": line.code,
                    "name": line.name,
                    "owner": cockpit._get_owner(line.code),
                    "count": line.record_count,
                    "amount": line.company_amount,
                    "link": line.res_model and cockpit._link_action(line.action_open_records()),
                }
                for line in close.line_ids
                if line.state == "open"
            ],
            "issues": cockpit._get_issues(company),
        }

    def _get_owner(self, code):
        return self.env.ref(OWNERS.get(code, ACCOUNTANT)).sudo().name

    def _get_issues(self, company):
        issues = self.env["saas.billing.issue"]
        if not issues.has_access("read"):
            return False
        domain = [("company_id", "=", company.id), ("state", "=", "open")]
        [[count, amount]] = issues._read_group(domain, [], ["__count", "stake_company_amount:sum"])
        return {
            "count": count,
            "amount": amount,
            "link": self._link(self.env._("Open Issues"), issues._name, domain),
            "top": [
                {
                    "id": issue.id,
                    "name": issue.title,
                    "owner": issue.user_id.display_name or "",
                    "amount": issue.stake_company_amount,
                    "link": self._link_record(issue),
                }
                for issue in issues.search(domain, order="stake_company_amount desc, id", limit=TOP)
            ],
        }

    # ------------------------------------------------------------------
    # Connections
    # ------------------------------------------------------------------

    def _get_connections(self, company):
        return self.env["saas.billing.connection"].search([("company_id", "=", company.id)])

    @api.model
    def get_health(self, company_id, month):
        """How each connection and its inbox are now, with what to do where they are not well."""
        cockpit, company, _period = self._enter(company_id, month)
        if not cockpit.env["saas.billing.connection"].has_access("read"):
            return False
        return [cockpit._prepare_health(each) for each in cockpit._get_connections(company)]

    def _prepare_health(self, connection):
        events = [("connection_id", "=", connection.id)]
        return {
            "id": connection.id,
            "name": connection.display_name,
            "level": connection.health,
            "link": self._link_record(connection),
            "last_event_at": fields.Datetime.to_string(connection.last_event_at),
            "waiting_count": connection.waiting_count,
            "waiting_link": self._link(
                self.env._("Events to Process"),
                "saas.billing.event",
                [*events, ("state", "in", OPEN_STATES)],
            ),
            "parked_count": connection.parked_count,
            "parked_link": self._link(
                self.env._("Parked Events"),
                "saas.billing.event",
                [*events, ("state", "=", "parked")],
            ),
            "findings": [
                check._asdict() for check in connection._get_health_checks() if check.level != GREEN
            ],
        }
