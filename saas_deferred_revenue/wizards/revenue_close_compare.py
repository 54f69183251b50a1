"""Two closes side by side, and what changed in a signed month since it was signed."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.models.sql_view import keep_uncompiled
from odoo.fields import Command

from ..models.revenue_close_sql import TOTALS, insert_changes
from ..recognition.calendar import next_month
from .revenue_close_compare_line import SECTIONS


class RevenueCloseCompare(models.TransientModel):
    _name = "saas.revenue.close.compare"
    _description = "Comparison of Months"
    _check_company_auto = True

    close_id = fields.Many2one(
        "saas.revenue.close", string="Month", required=True, check_company=True
    )
    company_id = fields.Many2one(related="close_id.company_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    other_id = fields.Many2one(
        "saas.revenue.close",
        string="Compared With",
        check_company=True,
        domain="[('company_id', '=', company_id), ('id', '!=', close_id)]",
    )
    state = fields.Selection(related="close_id.state")
    line_ids = fields.One2many("saas.revenue.close.compare.line", "compare_id", readonly=True)
    change_ids = fields.One2many("saas.revenue.close.change", "compare_id", readonly=True)
    change_count = fields.Integer(compute="_compute_change_count", string="Changes")

    @api.depends("close_id.name")
    def _compute_display_name(self):
        for compare in self:
            compare.display_name = self.env._("Compare %s", compare.close_id.name)

    @api.depends("change_ids")
    def _compute_change_count(self):
        for compare in self:
            compare.change_count = len(compare.change_ids)

    @api.model_create_multi
    def create(self, vals_list):
        compares = super().create(vals_list)
        compares._refresh()
        return compares

    @api.model
    def _compare(self, closes):
        """Compare one close with the month before, or two with each other; the action.

        :param closes: one or two closes of one company
        """
        newest = closes.sorted("period")[-1]
        other = (closes - newest) or newest._get_month_before()
        compare = self.create({"close_id": newest.id, "other_id": other[:1].id})
        return {
            "type": "ir.actions.act_window",
            "name": compare.display_name,
            "res_model": self._name,
            "res_id": compare.id,
            "view_mode": "form",
        }

    def action_refresh(self):
        """Look at both months anew."""
        self._refresh()

    def action_open_changes(self):
        """The changes as a list of their own: grouped, searched and exported there."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_deferred_revenue.action_revenue_close_change"
        )
        name = self.env._("Since the Sign-off of %s", self.close_id.name)
        domain = [("compare_id", "=", self.id)]
        return {**action, "name": name, "display_name": name, "domain": domain}

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def _refresh(self):
        keep_uncompiled(self.env.cr)
        for compare in self:
            (compare.close_id | compare.other_id).check_access("read")
            lines = compare.sudo()._prepare_lines()
            compare.line_ids = [Command.clear(), *map(Command.create, lines)]
            compare.change_ids = [Command.clear()]
            if compare.state == "signed":
                compare._add_changes()

    def _prepare_lines(self):
        """Values of lines: each figure of both months, in the order of the sections."""
        mine, other = (self._get_figures(close) for close in (self.close_id, self.other_id))
        sections = [section for section, _label in SECTIONS]
        keys = sorted({**mine, **other}, key=lambda key: sections.index(key[0]))
        return [self._prepare_line(key, mine.get(key, {}), other.get(key, {})) for key in keys]

    def _prepare_line(self, key, mine, other):
        values = {"section": key[0], "name": mine.get("name") or other["name"]}
        for name, default in (("amount", 0.0), ("count", 0), ("state", False)):
            values[name] = mine.get(name, default)
            values[f"other_{name}"] = other.get(name, default)
        return {**values, "change_amount": values["amount"] - values["other_amount"]}

    def _get_figures(self, close):
        """`{(section, key): name, amount, count, state}` of a month as it is now."""
        if not close:
            return {}
        return {
            **self._get_totals(close),
            **self._get_checklist(close),
            **self._get_differences(close),
            **self._get_postings(close),
        }

    def _get_totals(self, close):
        totals = close._get_totals()
        return {
            ("totals", name): {
                "name": close._fields[name]._description_string(self.env),
                "amount": totals[name],
            }
            for name in TOTALS
        }

    def _get_checklist(self, close):
        titles = close._get_check_titles()
        return {
            ("checklist", line["code"]): {
                "name": titles.get(line["code"], line["name"]),
                "amount": line.get("company_amount", 0.0),
                "count": line.get("record_count", 0),
                "state": line["state"],
            }
            for line in close._prepare_lines()
        }

    def _get_differences(self, close):
        """What the reconciliations of the month found, by check: explained, or still open."""
        differences = self.env["saas.reconciliation.difference"]
        titles = self.env["saas.reconciliation.run"]._get_titles()
        states = dict(differences._fields["state"]._description_selection(self.env))
        last_day = next_month(close.period) - timedelta(days=1)
        figures = {}
        for check, state, currency, amount, count in differences._read_group(
            [
                ("company_id", "=", close.company_id.id),
                ("month", "=", close.period),
                ("state", "in", ("explained", "open")),
            ],
            ["check", "state", "currency_id"],
            ["difference:sum", "__count"],
        ):
            name = f"{titles.get(check, check)} · {states[state]}"
            figure = figures.setdefault(
                ("differences", f"{check}:{state}"), {"name": name, "amount": 0.0, "count": 0}
            )
            figure["amount"] += (currency or close.company_currency_id)._convert(
                amount, close.company_currency_id, close.company_id, last_day
            )
            figure["count"] += count
        return figures

    def _get_postings(self, close):
        """What the runs of the month posted: its own share and the catch-up of earlier months."""
        [[own, prior, count]] = self.env["saas.revenue.posting"]._read_group(
            [("company_id", "=", close.company_id.id), ("period", "=", close.period)],
            [],
            ["period_company_amount:sum", "prior_company_amount:sum", "__count"],
        )
        return {
            ("run", "own"): {
                "name": self.env._("Posted for the month"),
                "amount": own,
                "count": count,
            },
            ("run", "prior"): {"name": self.env._("Posted for prior months"), "amount": prior},
        }

    # ------------------------------------------------------------------
    # Changes
    # ------------------------------------------------------------------

    def _add_changes(self):
        """Add a row per entry that changed, and one for what earlier months changed."""
        close = self.close_id.sudo()
        signoff = close._get_signoff("signed")
        self.env.flush_all()
        self.env.cr.execute(insert_changes(self, signoff, close._get_entries()))
        self.invalidate_recordset(["change_ids", "change_count"])
        if rest := self._get_unexplained(close, signoff):
            self.change_ids = [
                Command.create(
                    {"kind": "earlier", "name": self.env._("Entries of earlier months"), **rest}
                )
            ]

    def _get_unexplained(self, close, signoff):
        """What the entries of the month leave of each total's change.

        Only the deferred balance has a history before its month.
        """
        totals, changes = close._get_totals(), self.change_ids
        rest = {
            name: close.company_currency_id.round(
                totals[name] - signoff[name] - sum(changes.mapped(name))
            )
            for name in TOTALS
        }
        return rest if any(rest.values()) else {}
