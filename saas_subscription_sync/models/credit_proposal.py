"""Money that went back without a credit note of the provider's: what should the books say?

The money itself is always booked. What it took back of the invoice, a credit note of our own says,
once a person has approved it or the connection's policy does.
"""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.canonical import (
    Batch,
    Change,
    CreditNote,
    CreditNoteRefund,
    Outcome,
)
from odoo.addons.saas_billing_connector.models.billing_drain_process import WORK_CONTEXT
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_repr

#: How long a refund waits for the provider's own credit note before the policy books one.
GRACE = timedelta(hours=1)
ACTIVITY = "mail.mail_activity_data_todo"
OPERATOR = "saas_billing_connector.group_saas_operator"
#: What no user writes: it says what was given back and what became of it.
FACTS = frozenset(
    {
        "connection_id",
        "kind",
        "external_id",
        "event_id",
        "payment_id",
        "dispute_id",
        "invoice_id",
        "partner_id",
        "currency_id",
        "given_amount",
        "amount",
        "state",
        "note_id",
        "decided_by_id",
        "decided_at",
    }
)


class SaasCreditProposal(models.Model):
    _name = "saas.credit.proposal"
    _description = "Credit Note to Approve"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, date desc, id desc"
    _rec_name = "external_id"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [("refund", "Refund"), ("dispute", "Lost Dispute")], required=True, readonly=True
    )
    external_id = fields.Char("Refund or Dispute", required=True, readonly=True)
    event_id = fields.Many2one("saas.billing.event", required=True, readonly=True, index=True)
    payment_id = fields.Many2one(
        "account.payment", string="Refund Payment", readonly=True, check_company=True
    )
    dispute_id = fields.Many2one("saas.dispute", readonly=True, check_company=True)
    invoice_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        help="What the money had paid. None where the invoice is from before the cut-over and"
        " nothing of it was opened.",
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    given_amount = fields.Monetary(
        "Given Back", readonly=True, help="Nothing where the refund was cancelled."
    )
    amount = fields.Monetary(
        readonly=True, help="What was given back and no credit note of the provider accounts for."
    )
    date = fields.Date(
        "Credit Note Date",
        required=True,
        tracking=True,
        help="At first the day on which the money was given back. Choose a later one where that"
        " period is closed.",
    )
    state = fields.Selection(
        [
            ("waiting", "To Approve"),
            ("declined", "Declined"),
            ("covered", "Not Needed"),
            ("booked", "Booked"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        tracking=True,
        index=True,
        help="Not needed: the provider's own credit notes account for all of it, or the refund was"
        " cancelled.",
    )
    note_id = fields.Many2one(
        "account.move",
        string="Credit Note",
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    decided_by_id = fields.Many2one("res.users", string="Decided By", readonly=True)
    decided_at = fields.Datetime("Decided", readonly=True)

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "Money given back is credited once."
    )

    def write(self, vals):
        """A person chooses the date, as long as nothing is booked; all else is told or decided."""
        if not self.env.su and FACTS & vals.keys():
            raise AccessError(self.env._("Approve or decline the credit note instead."))
        if "date" in vals and any(proposal.state == "booked" for proposal in self):
            raise UserError(self.env._("The credit note is booked: its date stands."))
        return super().write(vals)

    @api.depends("kind", "external_id", "partner_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for proposal in self:
            proposal.display_name = self.env._(
                "%(kind)s of %(customer)s",
                kind=kinds.get(proposal.kind, ""),
                customer=proposal.partner_id.display_name or proposal.external_id,
            )

    def _find(self, connection, external_ids):
        return self.search(
            [("connection_id", "=", connection.id), ("external_id", "in", list(external_ids))]
        )

    # ── what is to be credited ───────────────────────────────────────────────────────────────

    def _propose(self, connection, told):
        """Note money that was given back, and bring the proposals to what is known by now.

        :param told: dict of external id → values of a new proposal, `given_amount` among them
        """
        if not told:
            return
        known = {each.external_id: each for each in self._find(connection, told)}
        for external_id, proposal in known.items():
            given = told[external_id]["given_amount"]
            if proposal.kind == "refund":
                # What was cancelled stays cancelled, whatever an older snapshot says.
                given = min(given, proposal.given_amount)
            if proposal.currency_id.compare_amounts(proposal.given_amount, given):
                proposal.given_amount = given
        missing = [values for external_id, values in told.items() if external_id not in known]
        created = self.create(missing)
        (created | self.union(*known.values()))._retarget()
        created._ask()

    def _refresh(self, connection, external_ids):
        """Credit notes were booked or taken back for these refunds."""
        if external_ids:
            self._find(connection, external_ids)._retarget()

    def _retarget(self):
        """Let each proposal be for what no credit note of the provider accounts for."""
        for connection, own in self.grouped("connection_id").items():
            allocations = self.env["saas.credit.allocation"]._find(
                connection, own.mapped("external_id")
            )
            for proposal in own:
                target = proposal._get_target(allocations.get(proposal.external_id))
                if proposal.currency_id.compare_amounts(target, proposal.amount):
                    proposal._change_target(target)
                elif not target and proposal.state == "waiting":
                    proposal._set_covered()

    def _get_target(self, allocations):
        """What was given back less what the provider's credit notes account for."""
        left = self.given_amount
        for allocation in allocations or ():
            note = allocation.note_id
            if note.saas_document_type == "credit_note":
                left -= min(left, allocation.amount or note.amount_total)
        return self.currency_id.round(left)

    def _change_target(self, target):
        """Another amount is to be credited; what was booked for the old one is taken back."""
        approved = self.state == "booked"
        if approved:
            self._take_back()
        self.amount = target
        if not target:
            self._set_covered()
        elif approved:
            self._book()
        elif self.state == "covered":
            self.state = "waiting"

    def _set_covered(self):
        self.state = "covered"
        self.activity_feedback([ACTIVITY], feedback=self.env._("Not needed any more."))

    def _ask(self):
        """One activity for the owner of each proposal."""
        for proposal in self.filtered(lambda each: each.state == "waiting"):
            owner = proposal.connection_id._get_issue_owner("credit_to_approve")
            if owner and proposal.connection_id.refund_policy == "propose":
                proposal.activity_schedule(
                    ACTIVITY,
                    summary=self.env._("Approve or decline a credit note"),
                    user_id=owner.id,
                )

    # ── decide ───────────────────────────────────────────────────────────────────────────────

    def action_approve(self):
        """Book a credit note of our own for each selected proposal."""
        self._check_decidable()
        for proposal in self:
            try:
                proposal.sudo()._book()
            except Outcome as outcome:
                raise UserError(outcome.message) from outcome
        self._note_decision()

    def action_decline(self):
        """Credit nothing: the money stays what the customer owes."""
        self._check_decidable()
        self.sudo().state = "declined"
        self._note_decision()

    def action_reconsider(self):
        """Put a declined proposal before a person again."""
        self._check_operator()
        declined = self.sudo().filtered(lambda each: each.state == "declined")
        declined.write({"state": "waiting", "decided_by_id": False, "decided_at": False})

    def _check_operator(self):
        self.check_access("read")
        if not self.env.user.has_group(OPERATOR):
            raise UserError(self.env._("Deciding on credit notes needs the role Billing Operator."))

    def _check_decidable(self):
        self._check_operator()
        if any(proposal.state != "waiting" for proposal in self):
            raise UserError(self.env._("Only credit notes to approve can be approved or declined."))

    def _note_decision(self):
        self.sudo().write({"decided_by_id": self.env.uid, "decided_at": fields.Datetime.now()})
        self.sudo().activity_feedback([ACTIVITY])
        for proposal in self:
            # A refund that failed waited for this.
            self.env["saas.billing.issue"]._resolve(
                proposal.connection_id, "refund_failed", proposal.external_id
            )

    @api.model
    def _cron_book(self):
        """Book what the policy of its connection says, once the provider had time for its own."""
        due = self.search(
            [
                ("state", "=", "waiting"),
                ("connection_id.refund_policy", "=", "book"),
                ("create_date", "<=", fields.Datetime.now() - GRACE),
            ],
            order="id",
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        for proposal in due:
            proposal._book_by_policy()
            cron._commit_progress(1)

    def _book_by_policy(self):
        """Book it, or give it to a person where that cannot be."""
        try:
            with self.env.cr.savepoint():
                self._book()
                self.decided_at = fields.Datetime.now()
        except Outcome as outcome:
            owner = self.connection_id._get_issue_owner("credit_to_approve")
            if owner and not self.activity_ids:
                self.activity_schedule(ACTIVITY, summary=outcome.message[:200], user_id=owner.id)

    # ── book ─────────────────────────────────────────────────────────────────────────────────

    def _book(self):
        """Post the credit note of our own.

        :raises Outcome: where it cannot be booked
        """
        self.ensure_one()
        self.lock_for_update()
        batch = self._get_batch(self._get_note_id())
        handler = self._get_handler()
        notes = handler._book_own(batch)
        if outcome := batch.changes[0].outcome:
            raise outcome
        self.write({"note_id": next(iter(notes.values())).id, "state": "booked"})

    def _take_back(self):
        """Reverse the credit note of our own.

        :raises Outcome: where its day is closed
        """
        self._get_handler()._take_back_own(self._get_batch(self.note_id.saas_external_id))
        self.note_id = False
        self.state = "waiting"

    def _get_handler(self):
        return (
            self.env["saas.billing.handler.credit_note"]
            .sudo()
            .with_context(**WORK_CONTEXT, allowed_company_ids=self.company_id.ids)
        )

    def _get_note_id(self):
        """The refund's id for the first credit note of our own, numbered from the second on."""
        earlier = self.env["account.move"].search_count(
            [
                ("saas_document_type", "=", "own_credit_note"),
                ("saas_connection_id", "=", self.connection_id.id),
                ("saas_credit_allocation_ids.external_id", "=", self.external_id),
            ]
        )
        return f"{self.external_id}:{earlier + 1}" if earlier else self.external_id

    def _get_batch(self, note_id):
        """A batch with this proposal as a credit note that the provider does not know."""
        moment = datetime.combine(self.date, time(12), self.connection_id._get_zone())
        amount = Decimal(float_repr(self.amount, self.currency_id.decimal_places))
        record = CreditNote(
            external_id=note_id,
            number=None,
            status="issued",
            invoice_id=self.invoice_id.saas_external_id,
            customer_id="",
            currency=self.currency_id.name,
            issued_at=moment,
            total=amount,
            lines=(),
            refunds=(CreditNoteRefund(self.external_id, amount),),
            post_payment_amount=amount,
            balance_credited=Decimal(0),
        )
        event = self.event_id.sudo()
        change = Change(
            event=event,
            external_id=event.external_id,
            type=event.event_type,
            occurred_at=event.occurred_at.replace(tzinfo=UTC),
            record=record,
            version="",
        )
        connection = self.connection_id.with_env(self._get_handler().env)
        return Batch(connection, [change])
