"""What the old books hand over: one row per invoice, or per customer's balance, at the cut-over."""

from types import SimpleNamespace

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman
from odoo.addons.saas_billing_connector.models.billing_drain_process import WORK_CONTEXT
from odoo.exceptions import UserError
from odoo.tools import SQL

#: Code and key of the one issue that says: look at the opening positions, then book them.
ISSUE = ("opening_not_booked", "opening")
#: Positions booked by one round of statements.
CHUNK = 500


class SaasOpeningPosition(models.Model):
    """An invoice of the provider whose accounting day lies before the cut-over date, or the
    balance that a customer had there on that date.

    Its facts say what it was worth at the cut-over; its documents say what of that is booked.
    Booking adds the difference, so that facts may come in any order and booking again adds
    nothing. Amounts keep the rate of the invoice's own day: deferred revenue is an obligation to
    serve that later rates never touch, and the receivable comes over as the open item that it is.
    """

    _name = "saas.opening.position"
    _description = "Opening Position"
    _order = "connection_id, partner_id, date, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    event_id = fields.Many2one("saas.billing.event", required=True, readonly=True, index=True)
    kind = fields.Selection(
        [("invoice", "Invoice"), ("balance", "Customer Balance")], required=True, readonly=True
    )
    external_id = fields.Char(
        required=True,
        readonly=True,
        string="External ID",
        help="The provider's id of the invoice, or of the customer.",
    )
    number = fields.Char(readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    currency_rate = fields.Float(
        readonly=True,
        digits=0,
        help="Units of the currency for one of the company's, on the invoice's day.",
    )
    date = fields.Date(required=True, readonly=True, string="Invoice Date")
    date_due = fields.Date(readonly=True, string="Due Date")
    total = fields.Monetary(readonly=True, help="Billed, with taxes.")
    balance_applied = fields.Monetary(
        readonly=True, help="Settled from the customer's balance when the invoice became final."
    )
    settled = fields.Boolean(
        string="Paid before Cut-over",
        readonly=True,
        help="The provider says that nothing was left to pay on the cut-over date.",
    )
    status = fields.Char(readonly=True, string="Billing Status", help="In the newest snapshot.")
    balance = fields.Monetary(
        string="Balance Told",
        readonly=True,
        help="The customer's balance in the first snapshot since the cut-over; negative is credit.",
    )
    balance_at = fields.Datetime(readonly=True, string="Balance Told At")
    version = fields.Char(readonly=True, help="Of the snapshot that told the balance.")
    fact_ids = fields.One2many("saas.opening.fact", "position_id", readonly=True)
    move_ids = fields.One2many(
        "account.move", "saas_opening_position_id", string="Documents", readonly=True
    )
    receivable_amount = fields.Monetary(
        string="Receivable", readonly=True, help="Left to pay on the cut-over date."
    )
    credit_amount = fields.Monetary(
        string="Credit", readonly=True, help="What the customer had to their credit then."
    )
    deferred_amount = fields.Monetary(
        string="Deferred", readonly=True, help="Billed for service from the cut-over date on."
    )
    company_receivable_amount = fields.Monetary(
        string="Receivable (company currency)",
        readonly=True,
        currency_field="company_currency_id",
    )
    company_credit_amount = fields.Monetary(
        string="Credit (company currency)", readonly=True, currency_field="company_currency_id"
    )
    company_deferred_amount = fields.Monetary(
        string="Deferred (company currency)", readonly=True, currency_field="company_currency_id"
    )
    state = fields.Selection(
        [("none", "Nothing to Book"), ("to_book", "To Book"), ("booked", "Booked")],
        required=True,
        readonly=True,
        default="to_book",
        index=True,
    )

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, kind, external_id)",
        "An invoice or a customer's balance has one opening position.",
    )

    @api.depends("kind", "number", "external_id", "partner_id")
    def _compute_name(self):
        for position in self:
            if position.kind == "balance":
                position.name = self.env._("Balance of %s", position.partner_id.name)
            else:
                position.name = position.number or position.external_id

    # ── what was open ────────────────────────────────────────────────────────────────────────

    def _get_open_amounts(self):
        """`{id: amount}` left open at the cut-over, positive where the customer owed it."""
        facts = self.env["saas.opening.fact"]._read_group(
            [("position_id", "in", self.ids)], ["position_id"], ["gross_amount:sum"]
        )
        told = {position.id: amount for position, amount in facts}
        later = self._get_balance_changes()
        amounts = {}
        for position in self:
            if position.kind == "balance":
                amount = position.balance - later.get(position.id, 0.0)
            elif position.settled:
                amount = 0.0
            else:
                # A credit note beyond what was left to pay was paid out or went to the balance.
                amount = told.get(position.id, 0.0) - position.balance_applied
                amount = max(amount, 0.0) if position.total >= 0 else min(amount, 0.0)
            amounts[position.id] = position.currency_id.round(amount)
        return amounts

    def _get_balance_changes(self):
        """`{id: amount}` by which documents had moved a balance when it was told."""
        self.env.flush_all()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT position.id, SUM(move.saas_balance_change)
                      FROM saas_opening_position position
                      JOIN account_move move ON move.saas_connection_id = position.connection_id
                       AND move.partner_id = position.partner_id
                       AND move.currency_id = position.currency_id
                       AND move.state = 'posted'
                       AND move.saas_issued_at <= position.balance_at
                     WHERE position.id = ANY(%s) AND position.kind = 'balance'
                       AND move.saas_balance_change != 0
                  GROUP BY position.id
                    """,
                    self.ids,
                )
            )
        )

    def _get_booked_open_amounts(self):
        """`{id: amount}` that the documents of each position hold as receivable."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.saas_opening_position_id, SUM(line.amount_currency)
                  FROM account_move move
                  JOIN account_move_line line ON line.move_id = move.id
                  JOIN account_account account ON account.id = line.account_id
                 WHERE move.saas_opening_position_id = ANY(%s) AND move.state != 'cancel'
                   AND account.account_type = 'asset_receivable'
              GROUP BY 1
                """,
                self.ids,
            )
        )
        return {position_id: float(amount) for position_id, amount in rows}

    # ── what is to be booked ─────────────────────────────────────────────────────────────────

    def _prepare_opening_lines(self):
        """`{position: values of the journal items that its documents lack}`, without clearing.

        Addons add what else the old books hand over.
        """
        wanted, booked = self._get_open_amounts(), self._get_booked_open_amounts()
        lines = {position: [] for position in self}
        for position in self:
            amount = position.currency_id.round(wanted[position.id] - booked.get(position.id, 0.0))
            if amount:
                lines[position].append(position._prepare_receivable_line(amount))
        return lines

    def _prepare_receivable_line(self, amount):
        partner = self.partner_id.with_company(self.company_id).commercial_partner_id
        return {
            "name": self.name,
            "account_id": partner.property_account_receivable_id.id,
            "partner_id": partner.id,
            "currency_id": self.currency_id.id,
            "amount_currency": amount,
            "balance": self._to_company(amount),
            "date_maturity": self.date_due or self.date,
            "saas_is_balance": self.kind == "balance",
        }

    def _to_company(self, amount):
        """`amount` in company currency at the rate of the invoice's day."""
        return self.company_currency_id.round(amount / (self.currency_rate or 1.0))

    def _prepare_clearing_lines(self, lines):
        """Items against the opening account, whose balance the old books explain."""
        account = self.connection_id._get_opening_account()
        amount = self.currency_id.round(-sum(line["amount_currency"] for line in lines))
        balance = self.company_currency_id.round(-sum(line["balance"] for line in lines))
        # Rounding can leave a cent of each currency on opposite sides: never on one item.
        pairs = [(amount, balance)] if amount * balance >= 0 else [(amount, 0.0), (0.0, balance)]
        return [
            {
                "name": self.name,
                "account_id": account.id,
                "partner_id": self.partner_id.commercial_partner_id.id,
                "currency_id": self.currency_id.id,
                "amount_currency": amount,
                "balance": balance,
            }
            for amount, balance in pairs
            if amount or balance
        ]

    def _prepare_document(self, lines, day):
        """Values of the entry that books `lines`."""
        items = [*lines, *self._prepare_clearing_lines(lines)]
        return {
            "move_type": "entry",
            "company_id": self.company_id.id,
            "journal_id": self.connection_id._get_opening_journal().id,
            "currency_id": self.currency_id.id,
            "partner_id": self.partner_id.id,
            "date": day,
            "ref": self.env._("Opening: %s", self.name),
            "saas_connection_id": self.connection_id.id,
            "saas_document_type": "opening",
            "saas_external_id": self.external_id,
            "saas_number": self.number,
            "saas_opening_position_id": self.id,
            "line_ids": [fields.Command.create(item) for item in items],
        }

    # ── booking ──────────────────────────────────────────────────────────────────────────────

    def action_book(self):
        """Book what the selected positions lack."""
        self.check_access("read")
        if not self.env.user.has_group("saas_billing_connector.group_saas_operator"):
            raise UserError(
                self.env._("Booking opening positions needs the role Billing Operator.")
            )
        for connection in self.connection_id:
            own = self.filtered(lambda position, each=connection: position.connection_id == each)
            own.sudo().with_context(
                **WORK_CONTEXT, allowed_company_ids=connection.company_id.ids
            )._book()

    def _book(self):
        """Book the difference between facts and documents; the new documents.

        :raises UserError: where the cut-over date is closed
        """
        if not self:
            return self.env["account.move"]
        self.connection_id._check_opening_open()
        # Two people who book at once would both see the same difference.
        self.lock_for_update()
        documents = self.env["account.move"]
        for start in range(0, len(self), CHUNK):
            documents |= self[start : start + CHUNK]._book_chunk()
        self.connection_id._resolve_opening_issue()
        return documents

    def _book_chunk(self):
        day = self.connection_id.cutover_date
        lacking = {each: lines for each, lines in self._prepare_opening_lines().items() if lines}
        documents = self.env["account.move"].create(
            [position._prepare_document(lines, day) for position, lines in lacking.items()]
        )
        documents._post(soft=False)
        self._trace_documents(documents)
        self._match_documents(documents)
        self._refresh()
        return documents

    def _trace_documents(self, documents):
        """Every event that told a fact of a position caused its documents."""
        effects = []
        for document in documents:
            position = document.saas_opening_position_id
            for event in position.event_id | position.fact_ids.event_id:
                change = SimpleNamespace(event=event)
                effects += [(change, document, effect) for effect in ("created", "posted")]
        self.env["saas.billing.trace"]._record(effects)

    def _match_documents(self, documents):
        """A later document corrects the receivable of an earlier one."""
        matching = self.env["saas.billing.matching"]
        several = documents.saas_opening_position_id.filtered(lambda each: len(each.move_ids) > 1)
        matching._reconcile([matching._get_open_lines(each.move_ids) for each in several])
        if balances := documents.line_ids.filtered("saas_is_balance"):
            matching._settle_balances(balances)

    def _refresh(self):
        """Bring the figures shown to what the facts say by now."""
        open_amounts, deferred = self._get_open_amounts(), self._get_deferred_amounts()
        lacking = self._prepare_opening_lines()
        for position in self:
            amount = open_amounts[position.id]
            state = "booked" if position.move_ids else "none"
            values = {
                "receivable_amount": max(amount, 0.0),
                "company_receivable_amount": position._to_company(max(amount, 0.0)),
                "credit_amount": max(-amount, 0.0),
                "company_credit_amount": position._to_company(max(-amount, 0.0)),
                "state": "to_book" if lacking[position] else state,
                **deferred.get(position.id, {}),
            }
            changed = {name: value for name, value in values.items() if position[name] != value}
            if changed:
                position.write(changed)

    def _get_deferred_amounts(self):
        """`{id: deferred amounts}`; known to the addon that defers."""
        return {}

    def _get_billed(self):
        """The lines that the invoice billed."""
        return self.fact_ids.filtered(lambda fact: fact.kind == "billed").sorted("id")

    def _get_billed_lines(self):
        """Canonical lines that take back everything that was billed."""
        return tuple(
            fact._prepare_credit_line(fact._get_net(), fact._load_taxes())
            for fact in self._get_billed()
        )

    def _get_document(self):
        """The document that later payments and credits settle; empty where none was needed."""
        holding = self.move_ids.filtered(
            lambda move: move.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
        )
        return (holding or self.move_ids).sorted("id")[:1]

    def _check_booked(self, amount, currency):
        """What happens after the cut-over to a position that has not been booked waits for it.

        :raises NeedsHuman: one issue for the whole connection
        """
        if self.state == "to_book":
            code, key = ISSUE
            raise NeedsHuman(
                code,
                "Payments and credits since the cut-over wait for their opening positions. Compare "
                "the opening positions with the old books, then book them.",
                key=key,
                amount=amount,
                currency=currency,
            )

    # ── where to look next ───────────────────────────────────────────────────────────────────

    def action_open_documents(self):
        """Opening documents of these positions."""
        return self.move_ids._get_records_action(name=self.env._("Opening Documents"))

    def action_open_events(self):
        """Events that told what is known of this position."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_billing_connector.action_billing_event"
        )
        events = self.event_id | self.fact_ids.event_id
        return {**action, "domain": [("id", "in", events.ids)], "context": {"create": False}}
