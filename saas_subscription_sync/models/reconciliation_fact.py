"""What the provider told of one month, kept only while the month is being compared.

Written and read by SQL alone: a busy month is several hundred thousand rows, twice a night. So
there is no foreign key to the part, which would be looked up once for every row.
"""

from odoo import api, fields, models
from odoo.tools import SQL

#: Kind of a fact about an object that could not be read.
UNREADABLE = "unreadable"
#: What separates rows and columns on the way into the database, and so is not kept of a text.
SEPARATORS = str.maketrans("\t\n", "  ")


class SaasReconciliationFact(models.Model):
    _name = "saas.reconciliation.fact"
    _description = "Fact Told by the Provider"
    _log_access = False

    part_id = fields.Integer(required=True, readonly=True)
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
        "UNIQUE(part_id, external_id, kind, item)", "A reading keeps each fact once."
    )

    @api.model
    def _store(self, part, facts):
        """Keep facts, in one statement; what is told again replaces what was told before."""
        rows = {(each.external_id, each.kind, each.item): each for each in facts}
        if not rows:
            return
        text = "\n".join("\t".join(self._prepare_columns(each)) for each in rows.values())
        self.env.cr.execute(
            SQL(
                """INSERT INTO saas_reconciliation_fact
                          (part_id, kind, external_id, item, day, currency, amount, status, label,
                           alias)
                   SELECT %s, told[1], told[2], told[3], told[4]::date, told[5], told[6]::numeric,
                          told[7], told[8], told[9]
                     FROM (SELECT string_to_array(line, E'\\t') AS told
                             FROM unnest(string_to_array(%s, E'\\n')) line OFFSET 0) lines
              ON CONFLICT (part_id, external_id, kind, item)
                DO UPDATE SET day = EXCLUDED.day, currency = EXCLUDED.currency,
                              amount = EXCLUDED.amount, status = EXCLUDED.status,
                              label = EXCLUDED.label""",
                part.id,
                text,
            )
        )

    @api.model
    def _prepare_columns(self, fact):
        return (
            fact.kind,
            fact.external_id,
            fact.item,
            fact.day.isoformat(),
            fact.currency,
            str(fact.amount),
            fact.status,
            fact.label.translate(SEPARATORS),
            fact.alias,
        )

    @api.model
    def _forget(self, parts):
        """Drop the facts of readings that are done with."""
        self.env.cr.execute(
            "DELETE FROM saas_reconciliation_fact WHERE part_id = ANY(%s)", [parts.ids]
        )
