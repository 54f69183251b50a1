"""What the provider says a customer has on their balance, beside what the books say."""

from types import SimpleNamespace

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.models.billing_drain_process import WORK_CONTEXT
from odoo.exceptions import UserError
from odoo.tools import SQL


class SaasCustomerBalance(models.Model):
    """One customer's balance in one currency.

    Documents move the balance and are booked by themselves; an adjustment by hand at the provider
    has no document. It shows as the difference between what the newest snapshot told and what had
    been booked until then, and a person books it: against which account is configuration.
    """

    _name = "saas.customer.balance"
    _description = "Customer Balance"
    _order = "id desc"
    _check_company_auto = True
    _rec_name = "partner_id"

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    external_id = fields.Char(required=True, readonly=True, string="Billing Customer ID")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    told_amount = fields.Monetary(
        string="At the Provider",
        readonly=True,
        help="In the newest snapshot: negative is the customer's credit, positive is owed.",
    )
    told_at = fields.Datetime(readonly=True, string="As Of")
    version = fields.Char(readonly=True, help="Of the newest snapshot.")
    event_id = fields.Many2one("saas.billing.event", readonly=True, index="btree_not_null")
    booked_amount = fields.Monetary(
        string="In the Books", readonly=True, help="Booked by then, adjustments included."
    )
    difference = fields.Monetary(
        readonly=True, help="What nothing in the books explains, to be booked as an adjustment."
    )

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id, currency_id)",
        "A customer's balance is kept once per currency.",
    )

    # ── figures ──────────────────────────────────────────────────────────────────────────────

    def _refresh(self):
        """Bring the figures shown to what is booked by now."""
        booked = self._get_booked_amounts() if self else {}
        for balance in self:
            amount = balance.currency_id.round(booked.get(balance.id, 0.0))
            difference = balance.currency_id.round(balance.told_amount - amount)
            if balance.booked_amount != amount or balance.difference != difference:
                balance.write({"booked_amount": amount, "difference": difference})

    def _get_booked_amounts(self):
        """`{id: amount}` of the balance's items by the moment of the newest snapshot."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT balance.id, SUM(line.amount_currency)
                  FROM saas_customer_balance balance
                  JOIN res_partner partner ON partner.id = balance.partner_id
                  JOIN account_move_line line ON line.saas_is_balance
                   AND line.partner_id = partner.commercial_partner_id
                   AND line.currency_id = balance.currency_id
                   AND line.parent_state = 'posted'
                  JOIN account_move move ON move.id = line.move_id
                   AND move.saas_connection_id = balance.connection_id
                   AND move.partner_id = balance.partner_id
                   AND (move.saas_issued_at IS NULL OR move.saas_issued_at <= balance.told_at)
                 WHERE balance.id = ANY(%s)
              GROUP BY balance.id
                """,
                self.ids,
            )
        )
        return {balance_id: float(amount) for balance_id, amount in rows}

    @api.model
    def _refresh_partners(self, connection, partners):
        """The same for the balances of some customers, after documents moved them."""
        domain = [("connection_id", "=", connection.id), ("partner_id", "in", partners.ids)]
        self.search(domain)._refresh()

    # ── adjustments ──────────────────────────────────────────────────────────────────────────

    def action_book_adjustment(self):
        """Book what nothing else explains, against the account chosen on the connection."""
        self.check_access("read")
        if not self.env.user.has_group("saas_billing_connector.group_saas_operator"):
            raise UserError(self.env._("Booking adjustments needs the role Billing Operator."))
        balances = self.sudo()
        # Two people who book at once would both see the same difference.
        balances.lock_for_update()
        balances._refresh()
        for connection in balances.connection_id:
            own = balances.filtered(
                lambda balance, each=connection: (
                    balance.connection_id == each and balance.difference
                )
            )
            own.with_context(
                **WORK_CONTEXT, allowed_company_ids=connection.company_id.ids
            )._book_adjustments()

    def _book_adjustments(self):
        entries = self.env["account.move"].create(
            [balance._prepare_adjustment() for balance in self]
        )
        entries._post(soft=False)
        effects = [
            (SimpleNamespace(event=balance.event_id), entry, effect)
            for balance, entry in zip(self, entries, strict=True)
            for effect in ("created", "posted")
        ]
        self.env["saas.billing.trace"]._record(effects)
        self.env["saas.billing.matching"]._settle_balances(
            entries.line_ids.filtered("saas_is_balance")
        )
        self._refresh()

    def _prepare_adjustment(self):
        """Values of the entry over the difference, dated when the provider told it."""
        connection = self.connection_id
        account, journal = connection.balance_account_id, connection._get_general_journal()
        if connection.opening_to_book_count:
            raise UserError(
                self.env._(
                    "Book the opening positions of “%s” first: they bring balances over.",
                    connection.name,
                )
            )
        if not account:
            raise UserError(
                self.env._(
                    "Choose on “%s” the account for “Balance Adjustments” first.", connection.name
                )
            )
        day = fields.Datetime.context_timestamp(
            self.with_context(tz=connection.timezone or "UTC"), self.told_at
        ).date()
        violated = self.company_id._get_violated_lock_dates(day, False, journal)
        if violated:
            raise UserError(
                self.env._(
                    "%(company)s is closed on %(day)s (%(locks)s). Grant an exception to the lock"
                    " date, then book the adjustment again.",
                    company=self.company_id.name,
                    day=day,
                    locks=self.company_id._format_lock_dates(violated),
                )
            )
        label = self.env._("Adjustment of the balance of %s", self.partner_id.name)
        customer = self.partner_id.commercial_partner_id.with_company(self.company_id)
        receivable = customer.property_account_receivable_id
        items = [(receivable, self.difference, True), (account, -self.difference, False)]
        return {
            "move_type": "entry",
            "company_id": self.company_id.id,
            "journal_id": journal.id,
            "currency_id": self.currency_id.id,
            "partner_id": self.partner_id.id,
            "date": day,
            "ref": label,
            "saas_connection_id": connection.id,
            "saas_document_type": "adjustment",
            "saas_external_id": self.external_id,
            "saas_issued_at": self.told_at,
            "line_ids": [
                fields.Command.create(
                    {
                        "name": label,
                        "account_id": each.id,
                        "partner_id": customer.id,
                        "currency_id": self.currency_id.id,
                        "amount_currency": amount,
                        "saas_is_balance": is_balance,
                    }
                )
                for each, amount, is_balance in items
            ],
        }

    # ── where to look next ───────────────────────────────────────────────────────────────────

    def action_open_items(self):
        """Everything that is booked on this balance."""
        self.ensure_one()
        lines = self.env["account.move.line"].search(
            [
                ("saas_is_balance", "=", True),
                ("parent_state", "=", "posted"),
                ("move_id.partner_id", "=", self.partner_id.id),
                ("move_id.saas_connection_id", "=", self.connection_id.id),
                ("currency_id", "=", self.currency_id.id),
            ]
        )
        return lines._get_records_action(name=self.env._("Balance of %s", self.partner_id.name))
