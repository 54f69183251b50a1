"""The walk from one record to all that it is connected with: a fixed number of queries."""

from odoo.fields import Domain

from ..recognition.calendar import month_start

#: Records of one chapter that a story tells; the rest is counted, and a list opens it.
LIMIT = 200
#: Journal items of an accrual.
ACCRUED = (
    "move_line_id",
    "unbilled_move_line_id",
    "reversal_move_line_id",
    "reversal_unbilled_move_line_id",
)
#: Models whose effects are told in chapters of their own.
BOOKED = ("account.move", "account.payment")
#: What accruals are made of.
PENDING = "saas.pending.item"


class Walk:
    """Finds the records of each chapter, as the user: what a user may not read is not found.

    Ids on the way from one record to the next are read as superuser, so that a story has no holes
    where a link in between is not for everybody; what they lead to is always asked for as the user.
    What exceeds the limit of a chapter is not walked on from.
    """

    def __init__(self, env, chapters):
        self.env = env
        self.chapters = chapters
        self.found = {name: env[chapter.model] for name, chapter in chapters.items()}
        #: `{chapter: (number of records, their domain)}` where there are more than are told.
        self.exceeding = {}

    def find(self, name, domain):
        """Records of a chapter, added to those that were found before."""
        model = self.env[self.chapters[name].model]
        if not model.has_access("read"):
            return model
        records = model.search(domain, order="id", limit=LIMIT + 1)
        if len(records) > LIMIT:
            self.exceeding[name] = (model.search_count(domain), list(Domain(domain)))
            records = records[:LIMIT]
        self.found[name] |= records
        return records

    def find_ids(self, name, ids):
        return self.find(name, [("id", "in", list(ids))])

    # ------------------------------------------------------------------
    # Where a walk begins
    # ------------------------------------------------------------------

    def start(self, record):
        {
            "saas.billing.event": self._from_event,
            "account.move": self._from_move,
            "account.move.line": self._from_item,
            "account.payment": self._from_payment,
            "saas.revenue.schedule": self._from_schedule,
            "saas.revenue.segment": self._from_segment,
            "saas.revenue.posting": self._from_posting,
            "saas.revenue.run": self._from_run,
        }[record._name](record)
        self._add_evidence()

    def _from_event(self, event):
        self.find_ids("event", event.ids)
        touched = {model: [] for model in (*BOOKED, PENDING)}
        for trace in event.sudo().trace_ids.filtered(lambda each: each.res_model in touched):
            touched[trace.res_model].append(trace.res_id)
        self.find("accrual", [("item_id", "in", touched.pop(PENDING))])
        self._down(*touched.values())

    def _from_move(self, move):
        own = move.sudo()
        if own.saas_revenue_run_id:
            self.find_ids("run", own.saas_revenue_run_id.ids)
            self.find_ids("entry", move.ids)
            self._up_from_items(own.line_ids)
        else:
            self._down(move.ids, own.origin_payment_id.ids)

    def _from_item(self, item):
        self.find_ids("item", item.ids)
        move = item.sudo().move_id
        if move.saas_revenue_run_id:
            self.find_ids("run", move.saas_revenue_run_id.ids)
            self._up_from_items(item)
        else:
            brought = Domain("move_line_id", "=", item.id)
            billed = Domain("schedule_id.move_line_id", "=", item.id)
            self._down(move.ids, move.origin_payment_id.ids, brought | billed)

    def _from_payment(self, payment):
        own = payment.sudo()
        self._down((own.move_id | own.saas_invoice_id).ids, payment.ids)

    def _from_schedule(self, schedule):
        self.find_ids("schedule", schedule.ids)
        self._down(schedule.sudo().move_id.ids, [], Domain("schedule_id", "=", schedule.id))

    def _from_segment(self, segment):
        causes = (segment.sudo().move_line_id | segment.sudo().schedule_id.move_line_id).move_id
        self._down(causes.ids, [], Domain("id", "=", segment.id))

    def _from_posting(self, posting):
        self._up(Domain("id", "=", posting.id))

    def _from_run(self, run):
        self.find_ids("run", run.ids)
        self.find("entry", [("saas_revenue_run_id", "=", run.id)])
        self.find("accrual", [("run_id", "=", run.id)])
        self._up(Domain("run_id", "=", run.id))

    def _up_from_items(self, items):
        """From journal items of a run to the postings or accruals that they add up."""
        postings = Domain("move_line_id", "in", items.ids)
        self._up(postings | Domain("deferred_move_line_id", "in", items.ids))
        self.find("accrual", Domain.OR(Domain(name, "in", items.ids) for name in ACCRUED))

    # ------------------------------------------------------------------
    # Down to the effects, up to the causes
    # ------------------------------------------------------------------

    def _down(self, move_ids, payment_ids, segments=None):
        """From documents to what they were settled by, and to the revenue that they brought.

        :param segments: domain; those of the documents and of their schedules where it is not given
        """
        moves = self.env["account.move"].sudo().browse(move_ids)
        moves |= self._get_neighbours(moves)
        if segments is None:
            brought = Domain("move_line_id.move_id", "in", moves.ids)
            segments = brought | Domain("schedule_id.move_id", "in", moves.ids)
        segments = self.find("segment", segments).sudo()
        self.find("posting", [("segment_id", "in", segments.ids)])
        moves |= self._get_documents(segments)
        payments = self.env["account.payment"].sudo().browse(payment_ids) | moves.origin_payment_id
        of_invoices = Domain("saas_invoice_id", "in", moves.ids)
        payments = self.find("payment", Domain("id", "in", payments.ids) | of_invoices)
        self._add_moves(moves | payments.sudo().move_id)

    def _up(self, postings):
        """From postings to what they were caused by; only what lies behind them."""
        postings = self.find("posting", postings).sudo()
        segments = self.find_ids("segment", postings.segment_id.ids).sudo()
        self._add_moves(self._get_documents(segments))

    def _get_documents(self, segments):
        return (segments.move_line_id | segments.schedule_id.move_line_id).move_id

    def _get_neighbours(self, moves):
        """What the moves take back, are taken back by, settle or are settled by; one step far."""
        matched = self.env["account.partial.reconcile"].sudo()
        matched = matched.search([("exchange_move_id", "in", moves.ids)])
        matched |= moves.line_ids.matched_debit_ids | moves.line_ids.matched_credit_ids
        return (
            (matched.debit_move_id | matched.credit_move_id).move_id
            | matched.exchange_move_id
            | moves.reversed_entry_id
            | moves.reversal_move_ids
            | moves.saas_balance_of_id
            | moves.search([("saas_balance_of_id", "in", moves.ids)])
            | moves.saas_write_off_id.move_id
        )

    def _add_moves(self, moves):
        documents = moves.filtered(lambda move: move.is_invoice(include_receipts=True))
        self.find_ids("document", documents.ids)
        self.find_ids("entry", (moves - documents).ids)

    # ------------------------------------------------------------------
    # What belongs to what was found
    # ------------------------------------------------------------------

    def _add_evidence(self):
        postings, segments = self.found["posting"].sudo(), self.found["segment"].sudo()
        accruals = self.found["accrual"].sudo()
        self.find_ids("schedule", segments.schedule_id.ids)
        self.find_ids("run", (postings.run_id | accruals.run_id).ids)
        items = postings.move_line_id | postings.deferred_move_line_id
        items = items.union(*(accruals[name] for name in ACCRUED))
        self.find_ids("item", items.ids)
        self._add_moves((items | self.found["item"].sudo()).move_id)
        self._add_decisions(segments)
        self._add_events()

    def _add_decisions(self, segments):
        found = self.found
        schedules, entries = found["schedule"].sudo(), found["entry"].sudo()
        self.find_ids("rule", schedules.rule_id.ids)
        brought = Domain("id", "in", segments.amendment_id.ids)
        self.find("amendment", brought | Domain("schedule_id", "in", schedules.ids))
        booked = Domain("id", "in", entries.saas_write_off_id.ids)
        self.find("write_off", booked | Domain("move_id", "in", found["document"].ids))
        dated = [*found["document"].sudo(), *entries, *found["posting"].sudo()]
        months = {(each.company_id.id, month_start(each.date)) for each in dated if each.date}
        self.find(
            "signature",
            Domain.OR(
                Domain("company_id", "=", company) & Domain("close_id.period", "=", period)
                for company, period in sorted(months)
            ),
        )

    def _add_events(self):
        """Events with an effect on what was booked, how they were read, and their other effects."""
        traces = self.env["saas.billing.trace"]
        if not traces.has_access("read"):
            return
        touched = {
            BOOKED[0]: (self.found["document"] | self.found["entry"]).ids,
            BOOKED[1]: self.found["payment"].ids,
            PENDING: self.found["accrual"].sudo().item_id.ids,
        }
        touching = Domain.OR(
            Domain("res_model", "=", model) & Domain("res_id", "in", ids)
            for model, ids in touched.items()
        )
        rows = traces._read_group(touching, ["event_id"])
        self.find_ids("event", [event.id for [event] in rows])
        events = self.found["event"].ids
        self.find("reading", [("event_id", "in", events)])
        self.find("effect", [("event_id", "in", events), ("res_model", "not in", BOOKED)])
