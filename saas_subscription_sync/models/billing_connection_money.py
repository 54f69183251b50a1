"""What a connection books money with that was disputed, given back or paid elsewhere."""

from odoo import api, fields, models
from odoo.fields import Command


# Money is a concern of its own; the connection's other fields have their file.
# pylint: disable=consider-merging-classes-inherited
class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    refund_policy = fields.Selection(
        [("propose", "Wait for a person"), ("book", "Book a credit note")],
        string="Refunds without Credit Note",
        required=True,
        default="propose",
        tracking=True,
        help="The money is always booked. This decides about the credit note that the provider did"
        " not make, after a refund or a lost dispute. Booked ones wait an hour for the provider's"
        " own and give way to it whenever it comes.",
    )
    outside_journal_id = fields.Many2one(
        "account.journal",
        string="Journal for Paid Outside",
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', company_id)]",
        check_company=True,
        tracking=True,
        help="Of invoices that are marked as paid outside the provider, and of credit notes given"
        " back that way. Empty: made when first needed.",
    )
    disputed_account_id = fields.Many2one(
        "account.account",
        string="Disputed Funds Account",
        domain="[('account_type', '=', 'asset_current'), ('reconcile', '=', True)]",
        check_company=True,
        tracking=True,
        help="Money that the provider holds because of disputes. Empty: made when first needed.",
    )

    @api.model
    def _get_two_person_fields(self):
        return super()._get_two_person_fields() | {
            "refund_policy",
            "outside_journal_id",
            "disputed_account_id",
        }

    def _get_journal_of(self, kind):
        """The journal of a kind of payment."""
        if kind.startswith("outside"):
            return self._get_outside_journal()
        return self._get_payment_journal()

    def _get_clearing_account(self):
        """Where the money lies that the provider holds until settlement explains it."""
        journal = self._get_payment_journal()
        account = journal.inbound_payment_method_line_ids.payment_account_id[:1]
        if account:
            return account
        payment = self.env["account.payment"].new(
            {"journal_id": journal.id, "company_id": self.company_id.id}
        )
        return payment._get_outstanding_account("inbound")

    def _get_outside_journal(self):
        """The journal of what was not paid through the provider, made when first needed."""
        self.ensure_one()
        if not self.outside_journal_id:
            provider = self._get_provider_label()
            journal = (
                self.env["account.journal"]
                .sudo()
                .create(
                    {
                        "name": self.env._("Paid outside %s", provider),
                        "type": "bank",
                        "code": self._get_free_journal_code("O"),
                        "company_id": self.company_id.id,
                    }
                )
            )
            account = self._create_asset(self.env._("Receipts outside %s", provider), "101460")
            lines = journal.inbound_payment_method_line_ids
            lines |= journal.outbound_payment_method_line_ids
            lines.payment_account_id = account
            self.sudo().outside_journal_id = journal
        return self.outside_journal_id

    def _get_disputed_account(self):
        """The account of disputed funds, made when first needed; one for the whole company."""
        self.ensure_one()
        if not self.disputed_account_id:
            others = self.sudo().search([("company_id", "=", self.company_id.id)])
            self.sudo().disputed_account_id = others.disputed_account_id[:1] or self._create_asset(
                self.env._("Disputed Funds"), "101470"
            )
        return self.disputed_account_id

    def _create_asset(self, name, first_code):
        """A current asset whose items are matched with each other."""
        accounts = self.env["account.account"].sudo().with_company(self.company_id)
        return accounts.create(
            {
                "name": name,
                "code": accounts._search_new_account_code(first_code),
                "account_type": "asset_current",
                "reconcile": True,
                "company_ids": [Command.set(self.company_id.ids)],
            }
        )
