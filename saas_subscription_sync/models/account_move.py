"""Where an invoice or credit note came from."""

from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    saas_connection_id = fields.Many2one(
        "saas.billing.connection",
        string="Billing Connection",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    saas_document_type = fields.Selection(
        [
            ("invoice", "Invoice"),
            ("invoice_void", "Void of an Invoice"),
            ("credit_note", "Credit Note"),
            ("credit_note_void", "Void of a Credit Note"),
            ("opening", "Opening Position"),
        ],
        string="Billing Document",
        readonly=True,
        copy=False,
    )
    saas_external_id = fields.Char(
        string="Billing ID",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The document's id at the provider; a void carries the id of what it voids.",
    )
    saas_number = fields.Char(string="Billing Number", readonly=True, copy=False)
    saas_status = fields.Char(
        string="Billing Status", readonly=True, copy=False, help="In the newest snapshot."
    )
    saas_hosted_url = fields.Char(string="Hosted Page", readonly=True, copy=False)
    saas_issued_at = fields.Datetime(
        string="Issued At", readonly=True, copy=False, help="When the document became final."
    )
    saas_balance_change = fields.Monetary(
        string="Change of Customer Balance",
        readonly=True,
        copy=False,
        help="By how much the document moved the customer's balance at the provider: positive"
        " where credit was used, negative where credit was given.",
    )
    saas_opening_position_id = fields.Many2one(
        "saas.opening.position",
        string="Opening Position",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    saas_subscription_ids = fields.Many2many(
        "saas.subscription", compute="_compute_saas_subscription_ids", string="Subscriptions"
    )
    saas_event_count = fields.Integer(compute="_compute_saas_event_count", string="Billing Events")

    def _compute_saas_subscription_ids(self):
        for move in self:
            move.saas_subscription_ids = move.line_ids.saas_subscription_id

    def _compute_saas_event_count(self):
        counts = self.env["saas.billing.trace"]._count_events(self)
        for move in self:
            move.saas_event_count = counts.get(move.id, 0)

    def action_open_saas_events(self):
        """Events that caused this document or touched it."""
        self.ensure_one()
        return self.env["saas.billing.trace"]._get_events_action(self)

    def action_open_saas_subscriptions(self):
        """Subscriptions that this document bills."""
        self.ensure_one()
        return self.saas_subscription_ids._get_records_action(name=self.env._("Subscriptions"))
