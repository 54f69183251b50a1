"""What the provider told of one month, kept only while the month is being compared."""

import json

from odoo import api, fields, models
from odoo.tools import SQL

#: Kind of a fact about an object that could not be read.
UNREADABLE = "unreadable"


class SaasReconciliationFact(models.Model):
    _name = "saas.reconciliation.fact"
    _description = "Fact Told by the Provider"
    _log_access = False

    part_id = fields.Many2one(
        "saas.reconciliation.part", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Char(required=True, readonly=True)
    external_id = fields.Char(required=True, readonly=True, string="External ID")
    item = fields.Char(required=True, readonly=True)
    day = fields.Date(readonly=True)
    currency = fields.Char(readonly=True)
    amount = fields.Float(readonly=True, digits=0)
    status = fields.Char(readonly=True)
    label = fields.Char(readonly=True)
    alias = fields.Char(readonly=True)

    _fact_unique = models.Constraint(
        "UNIQUE(part_id, kind, external_id, item)", "A reading keeps each fact once."
    )

    @api.model
    def _store(self, part, facts):
        """Keep facts, in one statement; what is told again replaces what was told before."""
        rows = {(each.kind, each.external_id, each.item): each for each in facts}
        if not rows:
            return
        told = [
            {
                "kind": each.kind,
                "external_id": each.external_id,
                "item": each.item,
                "day": each.day.isoformat(),
                "currency": each.currency,
                "amount": str(each.amount),
                "status": each.status,
                "label": each.label,
                "alias": each.alias,
            }
            for each in rows.values()
        ]
        self.env.cr.execute(
            SQL(
                """INSERT INTO saas_reconciliation_fact
                          (part_id, kind, external_id, item, day, currency, amount, status, label,
                           alias)
                   SELECT %s, kind, external_id, item, day, currency, amount, status, label, alias
                     FROM json_to_recordset(%s) AS told(kind text, external_id text, item text,
                          day date, currency text, amount numeric, status text, label text,
                          alias text)
              ON CONFLICT (part_id, kind, external_id, item)
                DO UPDATE SET day = EXCLUDED.day, currency = EXCLUDED.currency,
                              amount = EXCLUDED.amount, status = EXCLUDED.status,
                              label = EXCLUDED.label""",
                part.id,
                json.dumps(told),
            )
        )

    @api.model
    def _forget(self, parts):
        """Drop the facts of readings that are done with."""
        self.env.cr.execute(
            "DELETE FROM saas_reconciliation_fact WHERE part_id = ANY(%s)", [parts.ids]
        )
