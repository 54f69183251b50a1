"""One immutable slice of a schedule."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..recognition.closed_form import Segment
from .minor_units import from_minor, to_minor
from .revenue_rule import METHODS

KINDS = [
    ("original", "Invoice line"),
    ("credit", "Credit note"),
    ("reversal", "Void, reversal of a credit note or write-off"),
    ("past", "Past share of a credit note, left on revenue"),
    ("contra", "Past share of a credit note, as contra-revenue"),
    ("rate", "Rate difference of a credit note"),
    ("opening", "Recognised before the cut-over"),
    ("released", "Taken out by a change"),
    ("kept", "Earned before a change"),
    ("moved", "The rest after a change"),
    ("written_off", "Taken out by a write-off"),
]
#: Kinds that only change when their origin is earned.
CHANGES = frozenset({"released", "kept", "moved", "written_off"})


class RevenueSegment(models.Model):
    """`amount` earned over `[date_start, date_end)`, counted from `booking_date` on.

    Changes are further segments: a credit note adds `-c` over the same period as the segment it
    takes back (`origin_segment_id`), or what its rule's refund policy says. The unique index makes
    posting a document twice harmless.

    The one thing that removes segments is the return of their own document to draft before
    anything was posted from them: Odoo takes that document out of the ledger as if it had never
    been posted, so a counter-segment would be a correction of something no report ever contained.
    The trigger lets go of them only then, and a posting's foreign key holds them for good.
    """

    _name = "saas.revenue.segment"
    _description = "Revenue Segments"
    _inherit = ["saas.revenue.append.only"]
    _order = "booking_date, id"
    _check_company_auto = True
    _append_only_columns = (
        "schedule_id",
        "kind",
        "method",
        "amount",
        "company_amount",
        "date_start",
        "date_end",
        "booking_date",
        "move_line_id",
        "origin_segment_id",
        "amendment_id",
        "revenue_account_id",
    )

    schedule_id = fields.Many2one(
        "saas.revenue.schedule", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    method = fields.Selection(METHODS, required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    company_amount = fields.Monetary(readonly=True, currency_field="company_currency_id")
    currency_id = fields.Many2one(related="schedule_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    date_start = fields.Date(string="From", required=True, readonly=True)
    date_end = fields.Date(string="To (exclusive)", required=True, readonly=True)
    booking_date = fields.Date(
        required=True,
        readonly=True,
        help="Accounting date of the document that brought the segment; it counts from then on.",
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Cause",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    origin_segment_id = fields.Many2one(
        "saas.revenue.segment",
        string="Takes Back",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    amendment_id = fields.Many2one(
        "saas.revenue.amendment",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The approved change that brought the segment.",
    )
    revenue_account_id = fields.Many2one(
        "account.account",
        readonly=True,
        ondelete="restrict",
        check_company=True,
        help="Where this segment is earned; empty: on the revenue account of its schedule.",
    )
    posting_ids = fields.One2many("saas.revenue.posting", "segment_id")

    _cause_unique = models.UniqueIndex(
        "(move_line_id, schedule_id, kind, COALESCE(origin_segment_id, 0))",
        "This line has brought its segment already.",
    )
    _released_once = models.UniqueIndex(
        "(origin_segment_id) WHERE kind = 'released'",
        "Something else has changed this segment meanwhile. Try again.",
    )
    _period_not_empty = models.Constraint(
        "CHECK (date_end > date_start)", "A revenue segment needs at least one day."
    )
    _company_booking_idx = models.Index("(company_id, booking_date)")

    def init(self):
        result = super().init()
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION saas_keep_segments() RETURNS trigger
            LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (SELECT FROM account_move_line
                            WHERE id = OLD.move_line_id AND parent_state = 'posted') THEN
                    RAISE EXCEPTION 'segments of posted documents are never deleted'
                        USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN OLD;
            END $$;
            DROP TRIGGER IF EXISTS saas_keep_segments ON saas_revenue_segment;
            CREATE TRIGGER saas_keep_segments BEFORE DELETE ON saas_revenue_segment
            FOR EACH ROW EXECUTE FUNCTION saas_keep_segments();
            """
        )
        return result

    def _get_core(self, name, currency):
        """The recognition core's view of segments.

        :param name: of the amount in one of their two currencies
        """
        return [
            Segment(
                to_minor(segment[name], currency),
                segment.date_start,
                segment.date_end,
                segment.method,
                segment.booking_date,
            )
            for segment in self
        ]

    def _prepare_addition(self, own, company):
        """Values of a segment that is added because of this one.

        :param own, company: the core's addition in each of the two currencies
        """
        return {
            "schedule_id": self.schedule_id.id,
            "company_id": self.company_id.id,
            "kind": own.kind,
            "method": own.segment.method,
            "amount": from_minor(own.segment.amount, self.currency_id),
            "company_amount": from_minor(company.segment.amount, self.company_currency_id),
            "date_start": own.segment.start,
            "date_end": own.segment.end,
            "booking_date": own.segment.booked,
            "move_line_id": self._get_document_line().id,
            "origin_segment_id": self.id,
            "revenue_account_id": self.revenue_account_id.id,
        }

    def _get_document_line(self):
        """The line of the document that brought what the segment carries, however it was changed.

        What later takes that document back finds there how it is earned by then: a credit of the
        invoice does not take what an amendment moved of another credit for its own.
        """
        segment = self
        while segment.kind in CHANGES or segment.move_line_id.move_id.saas_write_off_id:
            segment = segment.origin_segment_id
        return segment.move_line_id

    def _mirrors(self, other):
        """Whether this segment cancels another one on every day."""
        names = ("method", "date_start", "date_end", "revenue_account_id")
        return all(self[name] == other[name] for name in names) and (
            (self.amount, self.company_amount) == (-other.amount, -other.company_amount)
        )

    def _get_deferred_moves(self, moves):
        """Those of the moves that brought segments."""
        rows = self._read_group([("move_line_id.move_id", "in", moves.ids)], ["move_line_id"])
        return self.env["account.move"].union(*(line.move_id for [line] in rows))

    def _remove_of_drafts(self, moves):
        """Drop what drafts had brought, and their schedules; see the class for why."""
        moves.line_ids.flush_recordset(["parent_state"])
        move_ids = moves.ids
        for statement in (
            SQL(
                "DELETE FROM saas_revenue_segment WHERE move_line_id IN"
                " (SELECT id FROM account_move_line WHERE move_id = ANY(%s))",
                move_ids,
            ),
            SQL("DELETE FROM saas_revenue_schedule WHERE move_id = ANY(%s)", move_ids),
        ):
            self.env.cr.execute(statement)
        self.invalidate_model()
        self.env["saas.revenue.schedule"].invalidate_model()
        moves.invalidate_recordset(["saas_revenue_schedule_ids"])
        moves.line_ids.invalidate_recordset(["saas_revenue_schedule_ids"])

    def _check_no_proposals(self, moves):
        """Refuse to take documents away that people were asked to decide about, which is kept.

        :raise UserError: names the document, the proposal and what to do instead
        """
        ids = moves.ids
        for name, domain in {
            "saas.revenue.amendment": [
                "|",
                ("schedule_id.move_id", "in", ids),
                ("credit_line_id.move_id", "in", ids),
            ],
            "saas.revenue.write.off": [("move_id", "in", ids)],
        }.items():
            if proposal := self.env[name].search(domain, limit=1):
                raise UserError(
                    self.env._(
                        "“%s” is about this document and is kept with it, so it cannot go back to"
                        " draft. Credit the document instead; a proposal that is still a draft can"
                        " be deleted first.",
                        proposal.name,
                    )
                )

    def _check_undoable(self, moves):
        """Refuse to take documents out of the ledger from which revenue was posted.

        :raise UserError: names the first document and what to do instead
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.move_id, BOOL_OR(posting.id IS NOT NULL)
                  FROM account_move_line line
                  JOIN saas_revenue_segment own ON own.move_line_id = line.id
             LEFT JOIN saas_revenue_posting posting ON posting.segment_id = own.id
             LEFT JOIN (saas_revenue_segment later
                        JOIN account_move_line cause ON cause.id = later.move_line_id)
                    ON later.origin_segment_id = own.id
                   AND (cause.move_id != ALL(%(moves)s) OR later.amendment_id IS NOT NULL)
                 WHERE line.move_id = ANY(%(moves)s)
                   AND (posting.id IS NOT NULL OR later.id IS NOT NULL)
              GROUP BY line.move_id
                 LIMIT 1
                """,
                moves=moves.ids,
            )
        )
        for move_id, has_postings in rows:
            name = self.env["account.move"].browse(move_id).display_name
            if has_postings:
                raise UserError(
                    self.env._(
                        "Revenue of %s is posted already, so it cannot go back to draft. Credit "
                        "it instead: the credit note takes back what was recognised and what is "
                        "still deferred.",
                        name,
                    )
                )
            raise UserError(
                self.env._(
                    "%s has been credited or its revenue was amended. Reset the credit note to "
                    "draft first; what was amended is credited instead.",
                    name,
                )
            )
