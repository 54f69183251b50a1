"""One control total, or one difference, as one run found it: kept as it was."""

from odoo import api, fields, models

from .reconciliation_difference import STATES

#: Lines that are written at a time.
CHUNK = 1000


class SaasReconciliationLine(models.Model):
    _name = "saas.reconciliation.line"
    _description = "Reconciliation Line"
    _inherit = ["saas.append.only", "saas.reconciliation.sides"]
    _order = "run_id desc, check, month, id"
    _rec_name = "label"

    run_id = fields.Many2one(
        "saas.reconciliation.run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    part_id = fields.Many2one(
        "saas.reconciliation.part", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    account_id = fields.Many2one("account.account", readonly=True, check_company=True)
    title = fields.Char(compute="_compute_title", string="What")
    matter_id = fields.Many2one(
        "saas.reconciliation.difference", compute="_compute_matter", string="Over Time"
    )
    matter_state = fields.Selection(STATES, compute="_compute_matter", string="Now")
    note = fields.Text(compute="_compute_matter", string="Explanation")

    _line_unique = models.Constraint("UNIQUE(part_id, key)", "A part tells each thing once.")

    @api.depends("check")
    def _compute_title(self):
        titles = self.env["saas.reconciliation.run"]._get_titles()
        for line in self:
            line.title = titles.get(line.check)

    @api.depends("part_id", "key")
    def _compute_matter(self):
        """What became of the difference since, and what a person says about it."""
        differences = self.env["saas.reconciliation.difference"]
        found = {
            each._get_identity(): each
            for each in differences.search(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("key", "in", self.filtered("difference_class").mapped("key")),
                ]
            )
        }
        for line in self:
            line.matter_id = found.get(line._get_identity(), differences)
            line.matter_state = line.matter_id.state
            line.note = line.matter_id.note

    def _get_identity(self):
        return self.company_id.id, self.connection_id.id, self.check, self.month, self.key

    @api.model
    def _create_of(self, part, values_list):
        """The lines of a part, from what its check returned."""
        prepared = self._tell_apart([self._prepare_of(part, values) for values in values_list])
        lines = self.browse()
        for start in range(0, len(prepared), CHUNK):
            lines |= self.sudo().create(prepared[start : start + CHUNK])
        return lines

    @api.model
    def _prepare_of(self, part, values):
        run = part.run_id
        owner = part.connection_id.user_id or run.connection_id.user_id or run.executed_by_id
        return {
            "run_id": run.id,
            "part_id": part.id,
            "check": part.code,
            "month": part.month,
            "connection_id": part.connection_id.id,
            "user_id": owner.id,
            "key": self._get_key(values),
            **values,
        }

    @api.model
    def _get_key(self, values):
        names = ("external_id", "account_id", "right_model", "right_res_id", "currency_id")
        parts = [str(values[name]) for name in names if values.get(name)]
        if not values.get("difference_class"):
            parts = ["total", *parts, values["label"]]
        return "/".join(parts) or values["label"]

    @api.model
    def _tell_apart(self, prepared):
        """Number what would have the same key, so that nothing is lost."""
        seen = {}
        for values in prepared:
            key = values["key"]
            seen[key] = seen.get(key, 0) + 1
            if seen[key] > 1:
                values["key"] = f"{key}#{seen[key]}"
        return prepared
