"""Where an invoice or credit note came from."""

from odoo import api, fields, models


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
            ("credit_expiry", "Expired Credit"),
            ("balance", "Customer Balance"),
            ("overpayment", "Overpayment to the Balance"),
            ("adjustment", "Adjustment of the Balance"),
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
    saas_pdf_url = fields.Char(string="Provider's PDF", readonly=True, copy=False)
    saas_billing_reason = fields.Char(string="Billing Reason", readonly=True, copy=False)
    saas_collection_method = fields.Selection(
        [("charge_automatically", "Charged Automatically"), ("send_invoice", "Sent")],
        string="Collection",
        readonly=True,
        copy=False,
    )
    saas_replaces_id = fields.Char(
        string="Revises Billing ID",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The invoice at the provider that this one replaces; that one is taken back.",
    )
    saas_revision_count = fields.Integer(compute="_compute_saas_revision_count")
    saas_uncollectible_at = fields.Datetime(
        string="Uncollectible Since",
        readonly=True,
        copy=False,
        help="When the provider gave the invoice up. It stays open here until somebody decides.",
    )
    saas_bill_name = fields.Char(
        string="Billed To", readonly=True, copy=False, help="As on the document."
    )
    saas_bill_email = fields.Char(string="Billed E-mail", readonly=True, copy=False)
    saas_bill_address = fields.Text(string="Billed Address", readonly=True, copy=False)
    saas_bill_tax_ids = fields.Text(string="Customer's Tax IDs", readonly=True, copy=False)
    saas_tax_exempt = fields.Selection(
        [("none", "Taxable"), ("exempt", "Exempt"), ("reverse", "Reverse Charge")],
        string="Tax Status",
        readonly=True,
        copy=False,
        help="The customer's, as on the document.",
    )
    saas_memo = fields.Text(string="Billing Memo", readonly=True, copy=False)
    saas_terms = fields.Text(string="Billing Terms", readonly=True, copy=False)
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
    saas_balance_of_id = fields.Many2one(
        "account.move",
        string="Moves the Balance For",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The document that gave credit to the customer or used it.",
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

    def _get_saas_revisions(self):
        """What this invoice replaces and what replaces it, in one query."""
        told = self.filtered("saas_external_id")
        replaced = [each for each in told.mapped("saas_replaces_id") if each]
        domain = [
            ("saas_connection_id", "in", told.saas_connection_id.ids),
            ("saas_document_type", "=", "invoice"),
            "|",
            ("saas_replaces_id", "in", told.mapped("saas_external_id")),
            ("saas_external_id", "in", replaced),
        ]
        return self.search(domain)

    @api.depends("saas_external_id", "saas_replaces_id")
    def _compute_saas_revision_count(self):
        related = self._get_saas_revisions()
        for move in self:
            own, old = move.saas_external_id, move.saas_replaces_id
            move.saas_revision_count = len(
                related.filtered(
                    lambda each, move=move, own=own, old=old: (
                        each.saas_connection_id == move.saas_connection_id
                        and (
                            (own and each.saas_replaces_id == own)
                            or (old and each.saas_external_id == old)
                        )
                    )
                )
            )

    def action_open_saas_revisions(self):
        """What this invoice replaces and what replaces it."""
        self.ensure_one()
        return self._get_saas_revisions()._get_records_action(name=self.env._("Revisions"))

    def _follow_uncollectible(self):
        """One activity for whoever decides about a write-off, done as soon as that is settled."""
        kind = self.env.ref("saas_subscription_sync.mail_activity_type_uncollectible")
        open_activities = self.env["mail.activity"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "=", kind.id),
            ]
        )
        given_up = self.filtered(lambda move: move.saas_status == "uncollectible")
        known = set(open_activities.mapped("res_id"))
        for move in given_up.filtered(lambda move: move.id not in known):
            move._schedule_write_off(kind)
        settled = open_activities.filtered(lambda each: each.res_id not in given_up.ids)
        settled.action_feedback(feedback=self.env._("It was settled at the provider."))

    def _schedule_write_off(self, kind):
        owner = self.saas_connection_id._get_issue_owner("uncollectible")
        if owner:
            self.activity_schedule(
                activity_type_id=kind.id,
                summary=self.env._(
                    "%s was given up by the provider: write it off or collect it another way",
                    self.saas_number or self.name,
                ),
                user_id=owner.id,
            )

    def action_open_saas_events(self):
        """Events that caused this document or touched it."""
        self.ensure_one()
        return self.env["saas.billing.trace"]._get_events_action(self)

    def action_open_saas_subscriptions(self):
        """Subscriptions that this document bills."""
        self.ensure_one()
        return self.saas_subscription_ids._get_records_action(name=self.env._("Subscriptions"))
