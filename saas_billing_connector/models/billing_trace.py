"""The audit trail: every effect that an event had, only ever added to."""

from odoo import fields, models


class SaasBillingTrace(models.Model):
    _name = "saas.billing.trace"
    _description = "Billing Trace"
    _inherit = ["saas.append.only"]
    _order = "id"

    event_id = fields.Many2one(
        "saas.billing.event", required=True, readonly=True, index=True, ondelete="restrict"
    )
    connection_id = fields.Many2one(related="event_id.connection_id", store=True)
    company_id = fields.Many2one(related="event_id.company_id", store=True)
    res_model = fields.Char(required=True, readonly=True, string="Record Model")
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True, string="Record"
    )
    effect = fields.Selection(
        [
            ("created", "Created"),
            ("updated", "Updated"),
            ("posted", "Posted"),
            ("reversed", "Reversed"),
            ("reconciled", "Reconciled"),
        ],
        required=True,
        readonly=True,
    )
    res_name = fields.Char(string="Record Name", compute="_compute_res_name")

    _record_index = models.Index("(res_model, res_id)")
    _effect_unique = models.Constraint(
        "UNIQUE(event_id, res_model, res_id, effect)",
        "An effect of an event on a record is written once.",
    )

    def _compute_res_name(self):
        for trace in self:
            record = self.env[trace.res_model].browse(trace.res_id).exists()
            trace.res_name = record.display_name if record else False

    def _record(self, effects):
        """Add effects in one statement; a replay adds nothing that is there already.

        :param effects: list of (change, record, effect)
        """
        rows = {
            (change.event.id, record._name, record.id, effect) for change, record, effect in effects
        }
        known = self.search_fetch(
            [("event_id", "in", [row[0] for row in rows])],
            ["event_id", "res_model", "res_id", "effect"],
        )
        rows -= {(each.event_id.id, each.res_model, each.res_id, each.effect) for each in known}
        return self.create(
            [
                {"event_id": event, "res_model": model, "res_id": record, "effect": effect}
                for event, model, record, effect in sorted(rows)
            ]
        )

    def action_open_record(self):
        """Open the record that was affected."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
