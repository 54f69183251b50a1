"""What a connection books with: journals, policies for unknown prices and taxes, tolerance."""

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Sales Journal",
        domain="[('type', '=', 'sale'), ('company_id', '=', company_id)]",
        check_company=True,
        tracking=True,
        help="Of invoices and credit notes. Empty: the company's first sales journal.",
    )
    payment_journal_id = fields.Many2one(
        "account.journal",
        string="Payment Journal",
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        check_company=True,
        tracking=True,
        help="The provider's account as a bank journal. Empty: made with the first payment.",
    )
    catalog_policy = fields.Selection(
        [
            ("create", "Create a product and map it"),
            ("draft", "Create a product and propose it"),
            ("park", "Wait for a person"),
        ],
        string="Unknown Prices",
        required=True,
        default="create",
        tracking=True,
        help="What happens with a price that no product is mapped to. Proposed and waiting ones"
        " are booked once a person has approved the mapping.",
    )
    tax_policy = fields.Selection(
        [("match", "Match by percentage"), ("park", "Wait for a person")],
        string="Unknown Tax Rates",
        required=True,
        default="match",
        tracking=True,
        help="Match: the only active sales tax with the same percentage and the same inclusion in"
        " the price. Anything else waits for a person.",
    )
    default_product_id = fields.Many2one(
        "product.product",
        string="Product for Lines without Price",
        check_company=True,
        tracking=True,
        help="Empty: made when first needed, where unknown prices get products.",
    )
    tax_tolerance = fields.Monetary(
        default=0.02,
        currency_field="company_currency_id",
        tracking=True,
        help="Largest difference per document, in its own currency, between the tax that Odoo"
        " computes and the tax that was billed. What was billed is booked; beyond the tolerance"
        " nothing is.",
    )

    @api.model
    def _get_two_person_fields(self):
        return super()._get_two_person_fields() | {
            "journal_id",
            "payment_journal_id",
            "catalog_policy",
            "tax_policy",
            "default_product_id",
            "tax_tolerance",
            "opening_journal_id",
            "opening_account_id",
        }

    def write(self, vals):
        result = super().write(vals)
        if vals.get("default_product_id"):
            # With a proposal pending, there may be none yet.
            for connection in self.filtered("default_product_id"):
                self.env["saas.billing.issue"]._resolve(connection, "unmapped_price", "default")
        return result

    def _get_sales_journal(self):
        """The journal of invoices and credit notes.

        :raises NeedsHuman: where the company has no sales journal
        """
        self.ensure_one()
        journal = self.journal_id or self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(self.company_id),
                ("type", "=", "sale"),
            ],
            limit=1,
        )
        if not journal:
            raise NeedsHuman(
                "missing_journal",
                f"{self.company_id.name} has no sales journal. Create one or install a chart of "
                "accounts, then replay.",
                key="sale",
            )
        return journal

    def _get_payment_journal(self):
        """The provider's bank-like journal, made when first needed."""
        self.ensure_one()
        if not self.payment_journal_id:
            journal = self.env["account.journal"].sudo().create(self._prepare_payment_journal())
            accounts = self.env["account.account"].sudo().with_company(self.company_id)
            account = accounts.create(self._prepare_outstanding_account())
            lines = journal.inbound_payment_method_line_ids
            lines |= journal.outbound_payment_method_line_ids
            lines.payment_account_id = account
            self.sudo().payment_journal_id = journal
        return self.payment_journal_id

    def _prepare_payment_journal(self):
        return {
            "name": self._get_provider_label(),
            "type": "bank",
            "code": self._get_free_journal_code(),
            "company_id": self.company_id.id,
        }

    def _prepare_outstanding_account(self):
        """Money that the provider holds and no settlement has explained yet: receipts and refunds.

        One account for both, because the provider settles the net of them.
        """
        account = self.env["account.account"].with_company(self.company_id)
        return {
            "name": self.env._("%s Outstanding Receipts", self._get_provider_label()),
            "code": account._search_new_account_code("101450"),
            "account_type": "asset_current",
            "reconcile": True,
            "company_ids": [fields.Command.set(self.company_id.ids)],
        }

    def _get_provider_label(self):
        return dict(self._fields["provider"]._description_selection(self.env))[self.provider]

    def _get_free_journal_code(self, prefix=""):
        """STR, or STR1, STR2 … where another connection of the company has taken it."""
        stem = (prefix + self.provider)[:3].upper()
        taken = set(
            self.env["account.journal"]
            .with_context(active_test=False)
            .search([("company_id", "=", self.company_id.id), ("code", "=like", f"{stem}%")])
            .mapped("code")
        )
        number = 0
        while (code := f"{stem}{number or ''}") in taken:
            number += 1
        return code

    def _get_default_product(self):
        """Product of lines that name neither a price nor a product.

        :raises NeedsHuman: where none is set and the policy leaves it to a person
        """
        self.ensure_one()
        if not self.default_product_id:
            if self.catalog_policy == "park":
                raise NeedsHuman(
                    "unmapped_price",
                    "An invoice line names no price. Set “Product for Lines without Price” on the "
                    "connection.",
                    key="default",
                )
            values = self._prepare_product(self.env._("%s Billing", self._get_provider_label()))
            self.sudo().default_product_id = self.env["product.product"].sudo().create(values)
        return self.default_product_id

    def _prepare_product(self, name):
        """Values of a service product; its taxes come from each document, so it has none."""
        return {
            "name": name,
            "type": "service",
            "company_id": self.company_id.id,
            "list_price": 0.0,
            "purchase_ok": False,
            "taxes_id": [fields.Command.clear()],
            "supplier_taxes_id": [fields.Command.clear()],
        }
