"""What the opening positions of a connection are booked with, and how they are reached."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .opening_position import ISSUE


# The opening is a concern of its own; the connection's other fields have their file.
# pylint: disable=consider-merging-classes-inherited
class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    opening_journal_id = fields.Many2one(
        "account.journal",
        string="Opening Journal",
        domain="[('type', '=', 'general'), ('company_id', '=', company_id)]",
        check_company=True,
        tracking=True,
        help="Of the opening documents. Empty: made when first needed.",
    )
    opening_account_id = fields.Many2one(
        "account.account",
        string="Opening Account",
        check_company=True,
        tracking=True,
        help="Opening documents book against it, and so do the closing balances of the old system:"
        " it is zero when both agree. Empty: made when first needed.",
    )
    opening_count = fields.Integer(compute="_compute_opening_counts", string="Opening Positions")
    opening_to_book_count = fields.Integer(
        compute="_compute_opening_counts", string="Openings to Book"
    )

    @api.model
    def _get_two_person_fields(self):
        return super()._get_two_person_fields() | {"opening_journal_id", "opening_account_id"}

    def _compute_opening_counts(self):
        rows = self.env["saas.opening.position"]._read_group(
            [("connection_id", "in", self.ids)], ["connection_id", "state"], ["__count"]
        )
        counts = {(connection.id, state): count for connection, state, count in rows}
        for connection in self:
            connection.opening_to_book_count = counts.get((connection.id, "to_book"), 0)
            connection.opening_count = connection.opening_to_book_count + counts.get(
                (connection.id, "booked"), 0
            )

    def _has_books(self):
        domain = [("saas_connection_id", "in", self.ids)]
        return (
            super()._has_books()
            or bool(self.env["account.move"].sudo().search_count(domain, limit=1))
            or bool(self.env["account.payment"].sudo().search_count(domain, limit=1))
            or bool(
                self.env["saas.opening.position"]
                .sudo()
                .search_count([("connection_id", "in", self.ids)], limit=1)
            )
        )

    def _check_opening_open(self):
        """Opening documents carry the cut-over date, so that no closed year is touched.

        :raises UserError: where the cut-over date itself is closed by now
        """
        self.ensure_one()
        day, journal = self.cutover_date, self._get_opening_journal()
        violated = self.company_id._get_violated_lock_dates(day, False, journal)
        if violated:
            raise UserError(
                self.env._(
                    "%(company)s is closed on the cut-over date %(day)s (%(locks)s). Grant an"
                    " exception to the lock date, then book the opening positions again.",
                    company=self.company_id.name,
                    day=day,
                    locks=self.company_id._format_lock_dates(violated),
                )
            )

    def _resolve_opening_issue(self):
        """Process again what waited for the opening, once nothing is left to book."""
        for connection in self:
            domain = [("connection_id", "=", connection.id), ("state", "=", "to_book")]
            if not self.env["saas.opening.position"].search_count(domain, limit=1):
                self.env["saas.billing.issue"]._resolve(connection, *ISSUE)

    # ── journal and account, made when first needed ──────────────────────────────────────────

    def _get_opening_journal(self):
        self.ensure_one()
        if not self.opening_journal_id:
            journals = self.env["account.journal"].sudo()
            self.sudo().opening_journal_id = journals.create(
                {
                    "name": self.env._("%s Opening", self._get_provider_label()),
                    "type": "general",
                    "code": self._get_free_journal_code("OP"),
                    "company_id": self.company_id.id,
                    "show_on_dashboard": False,
                }
            )
        return self.opening_journal_id

    def _get_opening_account(self):
        self.ensure_one()
        if not self.opening_account_id:
            accounts = self.env["account.account"].sudo().with_company(self.company_id)
            self.sudo().opening_account_id = accounts.create(
                {
                    "name": self.env._("%s Opening Clearing", self._get_provider_label()),
                    "code": accounts._search_new_account_code("199900"),
                    "account_type": "asset_current",
                    "reconcile": False,
                    "company_ids": [fields.Command.set(self.company_id.ids)],
                }
            )
        return self.opening_account_id

    # ── where to look next ───────────────────────────────────────────────────────────────────

    def action_open_opening(self):
        """Opening positions of this connection."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_subscription_sync.action_opening_position"
        )
        return {**action, "domain": [("connection_id", "=", self.id)]}

    def action_book_opening(self):
        """Book what the opening positions of this connection lack."""
        self.ensure_one()
        positions = self.env["saas.opening.position"].search([("connection_id", "=", self.id)])
        positions.action_book()
        return self.action_open_opening()
