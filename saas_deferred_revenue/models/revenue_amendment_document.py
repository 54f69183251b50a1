"""Credit notes that a person looks at after the fact: large ones, and those into signed months.

What the biller credited is in the ledger, so its segments are too. Somebody says that it is right,
or objects; the objection is corrected at the provider, never by taking rows away.
"""

from odoo import api, fields, models
from odoo.tools import SQL

from ..recognition import closed_form

# Lines of credit notes over the limit of their rule, or booked into a month after it was signed.
WANTED = """
    WITH signed AS (
         SELECT close.company_id, close.period, MAX(signoff.signed_on) AS signed_on
           FROM saas_revenue_close close
           JOIN saas_revenue_close_signoff signoff
             ON signoff.close_id = close.id AND signoff.kind = 'signed'
          WHERE close.state = 'signed'
       GROUP BY close.company_id, close.period
    )
    SELECT line.id AS credit_line_id, MIN(segment.schedule_id) AS schedule_id, line.date,
           signed.period IS NOT NULL AS is_late
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
      JOIN saas_revenue_rule rule ON rule.id = line.saas_revenue_rule_id
      JOIN saas_revenue_segment segment ON segment.move_line_id = line.id
 LEFT JOIN signed
        ON signed.company_id = line.company_id
       AND signed.period = date_trunc('month', line.date)::date
       AND signed.signed_on < segment.create_date
     WHERE move.move_type = 'out_refund' AND line.parent_state = 'posted'
       AND (line.saas_credited_line_id IS NOT NULL OR move.reversed_entry_id IS NOT NULL)
       AND segment.amendment_id IS NULL
       AND (rule.document_limit > 0 OR signed.period IS NOT NULL)
       AND NOT EXISTS (SELECT FROM saas_revenue_amendment known
                        WHERE known.credit_line_id = line.id)
  GROUP BY line.id, line.date, signed.period, rule.document_limit
    HAVING signed.period IS NOT NULL OR ABS(SUM(segment.company_amount)) > rule.document_limit
  ORDER BY line.id
"""


class RevenueRule(models.Model):
    _inherit = "saas.revenue.rule"

    document_limit = fields.Monetary(
        currency_field="company_currency_id",
        tracking=True,
        help="A credit note that takes more than this from deferred revenue is put before a person"
        " after it was booked. Zero: only what is booked into a signed month.",
    )


# What a document brings is a concern of its own; what people propose has its file.
# pylint: disable=consider-merging-classes-inherited
class RevenueAmendment(models.Model):
    _inherit = "saas.revenue.amendment"

    kind = fields.Selection(
        selection_add=[("document", "Look at a Credit Note")], ondelete={"document": "cascade"}
    )
    credit_line_id = fields.Many2one(
        "account.move.line",
        string="Credit Note Line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="What the credit note took from deferred revenue; it is booked already.",
    )

    _once_per_credit = models.UniqueIndex(
        "(credit_line_id) WHERE credit_line_id IS NOT NULL",
        "This line of a credit note has been looked at already.",
    )
    _document_has_credit = models.Constraint(
        "CHECK ((kind = 'document') = (credit_line_id IS NOT NULL))",
        "Credit notes are put before people by themselves: choose what else should change.",
    )

    # ------------------------------------------------------------------
    # What it did
    # ------------------------------------------------------------------

    def _get_by_month(self, booked, name, currency):
        if self.kind != "document":
            return super()._get_by_month(booked, name, currency)
        segments = self.env["saas.revenue.segment"].sudo()
        own = segments.search([("move_line_id", "=", self.credit_line_id.id)])
        everything = own.schedule_id.segment_ids.sorted("id")
        old, new = (
            closed_form.by_month(each._get_core(name, currency))
            for each in (everything - own, everything)
        )
        return {month: (old.get(month, 0), new.get(month, 0)) for month in old.keys() | new.keys()}

    def _get_moved(self, by_month):
        """What a credit note took: all that is earned less by it."""
        if self.kind != "document":
            return super()._get_moved(by_month)
        return abs(sum(after - before for before, after in by_month.values()))

    def _get_booking_date(self):
        return self.credit_line_id.date or super()._get_booking_date()

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    def _prepare_to_propose(self):
        if self.kind != "document":
            return super()._prepare_to_propose()
        return self._refresh_effect()

    def _apply(self):
        """The document is booked: approval says who looked at it."""
        return None if self.kind == "document" else super()._apply()

    def action_reject(self):
        """Leave everything as it is; what is wrong with a document is corrected by the biller."""
        result = super().action_reject()
        for amendment in self.filtered(lambda each: each.kind == "document"):
            amendment._raise_objection()
        return result

    def _raise_objection(self):
        """Ask whoever looks after billing to correct the credit note at the provider."""
        note = self.credit_line_id.sudo().move_id
        for user in self._get_billing_people(note):
            note.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._(
                    "%(user)s objects to %(note)s: correct it at the provider",
                    user=self.env.user.name,
                    note=note.saas_number or note.name,
                ),
                note=self.reason,
                user_id=user.id,
            )

    def _get_billing_people(self, note):
        """The owner of the connection, else everybody who works with billing in the company."""
        if owner := note.saas_connection_id.user_id:
            return owner
        return note.company_id._get_people("saas_billing_connector.group_saas_operator")

    def _get_expired_domain(self):
        """A document stays booked: somebody has to look at it in the end."""
        return [*super()._get_expired_domain(), ("kind", "!=", "document")]

    # ------------------------------------------------------------------
    # Found
    # ------------------------------------------------------------------

    @api.model
    def _propose_documents(self):
        """Put credit notes before people, each line once."""
        self.env.flush_all()
        rows = self.env.execute_query_dict(SQL(WANTED))
        reasons = {
            True: self.env._("The credit note was booked into a month that had been signed."),
            False: self.env._("The credit note is over the limit of its rule."),
        }
        proposed = self.create(
            [
                {
                    "kind": "document",
                    "schedule_id": row["schedule_id"],
                    "credit_line_id": row["credit_line_id"],
                    "date": row["date"],
                    "reason": reasons[row["is_late"]],
                }
                for row in rows
            ]
        )
        proposed.action_propose()
        return proposed
