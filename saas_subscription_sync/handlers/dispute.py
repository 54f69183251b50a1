"""Disputes: money that the bank holds back, gets or gives back, each movement booked once.

Movements of the provider's balance are facts that only add up; the status is the newest one's. What
a lost dispute takes from the disputed funds is what they hold of it: the difference to what was
booked, so that no order of events matters.
"""

from datetime import UTC

from odoo import Command, models
from odoo.addons.saas_billing_connector.canonical import Outcome
from odoo.tools import float_repr

#: Statuses after which nothing more is asked.
DECIDED = ("won", "lost", "warning_closed", "prevented")


class SaasBillingHandlerDispute(models.AbstractModel):
    _name = "saas.billing.handler.dispute"
    _description = "Billing Handler: Dispute"
    _inherit = "saas.billing.handler.money"

    def _process(self, batch):
        changes = list(batch)
        sources = self._get_sources(batch, changes)
        currencies = self._get_currencies(change.record.currency for change in changes)
        self._prepare_each(changes, lambda record: self._check(record, sources, currencies))
        if not len(batch):
            return
        disputes = self._keep(batch, sources, currencies)
        self._move_funds(batch, disputes)
        self._book_losses(batch, disputes)
        self.env["saas.dispute"].union(*disputes.values())._remind()

    def _check(self, record, sources, currencies):
        """Refuse what cannot be booked.

        :raises Outcome: which ends the change
        """
        self._get_source(record, sources)
        currency = self._check_currency(record, currencies)
        self._check_precision(record, currency, [record.amount])

    # ── the dispute ──────────────────────────────────────────────────────────────────────────

    def _keep(self, batch, sources, currencies):
        """Disputes by external id, created and updated to their newest snapshot."""
        objects = batch.by_object()
        links = self._get_links(batch, "dispute", objects)
        kept = {key: self.env["saas.dispute"].browse(link.res_id) for key, link in links.items()}
        fresh = [
            (changes[-1], self._prepare_new(batch, changes[-1].record, sources, currencies))
            for key, changes in objects.items()
            if key not in links
        ]
        created = self.env["saas.dispute"].create([values for _change, values in fresh])
        pairs = [(change, each) for (change, _v), each in zip(fresh, created, strict=True)]
        self._bind(batch, "dispute", [(change, each.external_id, each) for change, each in pairs])
        effects = [(change, each, "created") for change, each in pairs]
        newer = []
        for key, link in links.items():
            if objects[key][-1].version > link.version:
                newer.append((link, objects[key][-1]))
                kept[key].write(self._prepare_values(objects[key][-1].record))
                effects.append((objects[key][-1], kept[key], "updated"))
        self.env["saas.billing.link"]._touch(newer)
        self._trace(effects)
        kept |= {each.external_id: each for each in created}
        for key, dispute in kept.items():
            self._note_decision(dispute, objects[key])
        return kept

    def _prepare_values(self, record):
        return {
            "status": record.status,
            "amount": float(record.amount),
            "reason": record.reason or False,
            "due_at": record.due_at and record.due_at.replace(tzinfo=None),
        }

    def _prepare_new(self, batch, record, sources, currencies):
        payment = self._get_source(record, sources)
        return {
            **self._prepare_values(record),
            **self._prepare_payer(payment),
            "connection_id": batch.connection.id,
            "external_id": record.external_id,
            "charge_id": record.charge_id,
            "currency_id": currencies[record.currency].id,
            "opened_at": record.created_at.replace(tzinfo=None),
        }

    def _prepare_payer(self, payment):
        """Whose payment is disputed."""
        return {
            "payment_id": payment.id,
            "invoice_id": self._get_paid_invoice(payment).id,
            "partner_id": payment.partner_id.id,
        }

    def _note_decision(self, dispute, changes):
        """The first time at which it was told as decided."""
        told = [
            change.occurred_at.astimezone(UTC).replace(tzinfo=None)
            for change in changes
            if change.record.status in DECIDED
        ]
        told += [dispute.closed_at] if dispute.closed_at else []
        if told and min(told) != dispute.closed_at:
            dispute.closed_at = min(told)

    # ── withdrawn, reinstated ────────────────────────────────────────────────────────────────

    def _move_funds(self, batch, disputes):
        """Book each movement of the provider's balance between clearing and disputed funds."""
        movements = {}
        for change in batch:
            for movement in change.record.balance_transactions:
                movements.setdefault(movement.external_id, (change, movement))
        done = self._get_links(batch, "dispute_movement", movements)
        prepared = []
        for external_id, (change, movement) in movements.items():
            if external_id not in done and movement.amount:
                dispute = disputes[change.record.external_id]
                try:
                    values = self._prepare_movement(batch, change, movement, dispute)
                except Outcome as outcome:
                    self._reject_object(batch, change, outcome)
                else:
                    prepared.append((change, external_id, values))
        self._post_entries(batch, "dispute_movement", prepared)
        self._match_disputed(disputes)

    def _reject_object(self, batch, change, outcome):
        """No snapshot of a dispute is done while part of it could not be booked."""
        batch.reject(batch.by_object()[change.record.external_id], outcome)

    def _prepare_movement(self, batch, change, movement, dispute):
        """Values of the entry for one movement.

        :raises Outcome: where it cannot be booked
        """
        day = self._get_day(batch, movement.created_at)
        amount = dispute.amount
        if movement.currency == dispute.currency_id.name:
            amount = abs(float(movement.amount))
        # Negative: the provider took the money, which becomes disputed funds.
        signed = amount if movement.amount < 0 else -amount
        clearing = batch.connection._get_clearing_account()
        return {
            **self._prepare_entry(batch, change, dispute, day, clearing, signed),
            "saas_balance_transaction_id": movement.external_id,
        }

    def _prepare_entry(self, batch, change, dispute, day, account, amount):
        """Values of an entry that moves `amount` from `account` to the disputed funds.

        :raises Outcome: where its day is closed
        """
        journal = batch.connection._get_payment_journal()
        self._check_open(change.record, day, journal, False)
        disputed = batch.connection._get_disputed_account()
        balance = dispute.currency_id._convert(
            amount, dispute.company_id.currency_id, dispute.company_id, day
        )
        name = self.env._("Dispute %s", dispute.external_id)
        return {
            "move_type": "entry",
            "company_id": dispute.company_id.id,
            "journal_id": journal.id,
            "partner_id": dispute.partner_id.id,
            "currency_id": dispute.currency_id.id,
            "date": day,
            "ref": name,
            "saas_connection_id": batch.connection.id,
            "saas_document_type": "dispute",
            "saas_dispute_id": dispute.id,
            "saas_external_id": dispute.external_id,
            "line_ids": [
                Command.create(
                    {
                        "name": name,
                        "account_id": each.id,
                        "partner_id": dispute.partner_id.commercial_partner_id.id,
                        "currency_id": dispute.currency_id.id,
                        "amount_currency": sign * amount,
                        "balance": sign * balance,
                    }
                )
                for each, sign in ((disputed, 1), (account, -1))
            ],
        }

    def _post_entries(self, batch, object_type, prepared):
        """Create, post and bind entries, all in one go.

        :param prepared: list of (change, external id, values)
        """
        if not prepared:
            return
        moves = self.env["account.move"].create([values for *_rest, values in prepared])
        moves._post(soft=False)
        rows = [
            (change, key, move) for (change, key, _v), move in zip(prepared, moves, strict=True)
        ]
        self._bind(batch, object_type, rows)
        self._trace(
            [
                (change, move, effect)
                for change, _k, move in rows
                for effect in ("created", "posted")
            ]
        )

    def _match_disputed(self, disputes):
        """Reconcile what came back or was lost with what had been withdrawn."""
        plan = []
        for dispute in disputes.values():
            lines = dispute._get_disputed_lines().filtered(lambda line: not line.reconciled)
            if len({line.amount_currency > 0 for line in lines}) > 1:
                plan.append(lines)
        self.env["saas.billing.matching"]._reconcile(plan)

    # ── lost ─────────────────────────────────────────────────────────────────────────────────

    def _book_losses(self, batch, disputes):
        """Let what is held of a lost dispute become money given back to the customer."""
        prepared, told = [], {}
        for external_id, (*_older, change) in batch.by_object().items():
            dispute = disputes[external_id]
            amount = self._get_loss(dispute)
            try:
                if amount:
                    values = self._prepare_loss(batch, change, dispute, amount)
                    prepared.append((change, self._get_loss_id(dispute), values))
            except Outcome as outcome:
                self._reject_object(batch, change, outcome)
            else:
                told[external_id] = change
        self._post_entries(batch, "dispute_loss", prepared)
        self._match_disputed(disputes)
        self._propose(batch, {key: (told[key], disputes[key]) for key in told})

    def _get_loss(self, dispute):
        """What is still to be taken from the disputed funds; negative where that was too much."""
        lost = self._get_lost_amount(dispute)
        target = dispute.held_amount + lost if dispute.state == "lost" else 0.0
        return dispute.currency_id.round(target - lost)

    def _get_lost_amount(self, dispute):
        """What became money given back by now."""
        lines = dispute._get_loss_moves().line_ids
        return sum(
            lines.filtered(lambda line: line.account_type == "asset_receivable").mapped(
                "amount_currency"
            )
        )

    def _get_loss_id(self, dispute):
        earlier = len(dispute._get_loss_moves())
        return f"{dispute.external_id}:{earlier + 1}" if earlier else dispute.external_id

    def _prepare_loss(self, batch, change, dispute, amount):
        day = self._get_day(batch, (dispute.closed_at or dispute.opened_at).replace(tzinfo=UTC))
        partner = dispute.partner_id.with_company(dispute.company_id).commercial_partner_id
        receivable = (
            dispute.payment_id.destination_account_id or partner.property_account_receivable_id
        )
        return self._prepare_entry(batch, change, dispute, day, receivable, -amount)

    def _propose(self, batch, told):
        """What a lost dispute took is credited like a refund without a credit note."""
        self.env["saas.credit.proposal"]._propose(
            batch.connection,
            {
                external_id: self._prepare_proposal(change, dispute)
                for external_id, (change, dispute) in told.items()
                if dispute._get_loss_moves()
            },
        )

    def _prepare_proposal(self, change, dispute):
        amount = self._get_lost_amount(dispute)
        return {
            "connection_id": dispute.connection_id.id,
            "kind": "dispute",
            "external_id": dispute.external_id,
            "event_id": change.event.id,
            "dispute_id": dispute.id,
            "invoice_id": dispute.invoice_id.id,
            "partner_id": dispute.partner_id.id,
            "currency_id": dispute.currency_id.id,
            "given_amount": float(float_repr(amount, dispute.currency_id.decimal_places)),
            "date": dispute._get_loss_moves()[-1:].date,
        }
