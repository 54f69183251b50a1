"""What is known of the time before the cut-over: one dated amount a row, only ever added."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.canonical import CreditNoteLine, LineTax
from odoo.tools import float_repr

KINDS = [
    ("billed", "Billed"),
    ("credited", "Credited"),
    ("credit_voided", "Credit Note Voided"),
    ("voided", "Voided"),
    ("paid", "Paid"),
]


class SaasOpeningFact(models.Model):
    """A line that was billed or taken back, or a payment.

    Amounts are signed in the sense of what the customer owes. A void takes back line by line what
    was billed, so that a fact never changes and the facts of a position only add up.
    """

    _name = "saas.opening.fact"
    _description = "Opening Fact"
    _inherit = ["saas.append.only"]
    _order = "date, id"
    _rec_name = "description"
    _check_company_auto = True

    position_id = fields.Many2one(
        "saas.opening.position", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="position_id.company_id", store=True)
    currency_id = fields.Many2one(related="position_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    event_id = fields.Many2one("saas.billing.event", required=True, readonly=True, index=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    document_id = fields.Char(
        required=True, readonly=True, string="Document", help="The provider's id of the document."
    )
    external_id = fields.Char(
        required=True, readonly=True, string="External ID", help="The provider's id of the line."
    )
    origin_id = fields.Many2one(
        "saas.opening.fact",
        string="Takes Back",
        readonly=True,
        index="btree_not_null",
        help="The billed line.",
    )
    date = fields.Date(required=True, readonly=True)
    description = fields.Char(readonly=True)
    amount = fields.Monetary(string="Net", readonly=True, help="Without taxes.")
    company_amount = fields.Monetary(
        string="Net (company currency)",
        readonly=True,
        currency_field="company_currency_id",
        help="At the rate of the invoice's day.",
    )
    gross_amount = fields.Monetary(string="With Taxes", readonly=True)
    taxes = fields.Json(readonly=True, help="As billed, by the provider's rate.")
    product_id = fields.Many2one("product.product", readonly=True, check_company=True)
    catalog_mapping_id = fields.Many2one(
        "saas.catalog.mapping", string="Price", readonly=True, check_company=True
    )
    subscription_id = fields.Many2one(
        "saas.subscription", readonly=True, index="btree_not_null", check_company=True
    )
    subscription_item_id = fields.Many2one(
        "saas.subscription.item", readonly=True, index="btree_not_null", check_company=True
    )
    proration = fields.Boolean(readonly=True)
    invoice_item_id = fields.Char(
        string="Invoice Item ID",
        readonly=True,
        index="btree_not_null",
        help="The invoice item that waited for the invoice, at the provider.",
    )
    service_start = fields.Date(readonly=True, help="First day served.")
    service_end = fields.Date(
        string="Service End (exclusive)", readonly=True, help="First day not served any more."
    )
    move_line_ids = fields.One2many("account.move.line", "saas_opening_fact_id")

    _fact_unique = models.Constraint(
        "UNIQUE(position_id, kind, document_id, external_id)",
        "A fact from before the cut-over is kept once.",
    )

    # ── taxes, kept as the canonical vocabulary says them ────────────────────────────────────

    @api.model
    def _dump_taxes(self, taxes):
        return [
            {
                "rate_id": tax.rate_id,
                "amount": str(tax.amount),
                "taxable_amount": str(tax.taxable_amount),
                "inclusive": tax.inclusive,
            }
            for tax in taxes
        ]

    def _load_taxes(self):
        return [
            LineTax(
                rate_id=tax["rate_id"],
                amount=Decimal(tax["amount"]),
                taxable_amount=Decimal(tax["taxable_amount"]),
                inclusive=tax["inclusive"],
            )
            for tax in self.taxes or []
        ]

    def _get_net(self):
        return Decimal(float_repr(self.amount, self.currency_id.decimal_places))

    # ── taking a billed line back ────────────────────────────────────────────────────────────

    def _prepare_credit_line(self, net, taxes):
        """A canonical line that takes `net` and `taxes` of this billed line back."""
        included = sum((tax.amount for tax in taxes if tax.inclusive), Decimal(0))
        return CreditNoteLine(
            external_id=self.external_id,
            description=self.description or self.product_id.name,
            amount=net + included,
            quantity=Decimal(1),
            invoice_line_id=self.external_id,
            taxes=tuple(taxes),
        )

    def _prepare_taken_back(self):
        """What a fact that takes this one back inherits from it."""
        return {
            "origin_id": self.id,
            "product_id": self.product_id.id,
            "catalog_mapping_id": self.catalog_mapping_id.id,
            "subscription_id": self.subscription_id.id,
            "subscription_item_id": self.subscription_item_id.id,
            "proration": self.proration,
            "service_start": self.service_start,
            "service_end": self.service_end,
        }

    def _prepare_opposite(self, **values):
        """Values of the fact that takes all of this one back."""
        return {
            "position_id": self.position_id.id,
            "description": self.description,
            "amount": -self.amount,
            "company_amount": -self.company_amount,
            "gross_amount": -self.gross_amount,
            "external_id": self.external_id,
            **(self.origin_id or self)._prepare_taken_back(),
            **values,
        }

    def _prepare_origin(self):
        """What a credit note's line after the cut-over inherits from this billed line.

        A line whose service was still to come stands in the opening document and is taken back
        there, over its whole service period. Of any other line all revenue is earned: its credit
        has no period and goes against revenue at once.
        """
        opened = self.move_line_ids.filtered(lambda line: line.parent_state == "posted")[:1]
        return {
            "product_id": self.product_id.id,
            "saas_catalog_mapping_id": self.catalog_mapping_id.id,
            "saas_subscription_id": self.subscription_id.id,
            "saas_subscription_item_id": self.subscription_item_id.id,
            "saas_proration": self.proration,
            "saas_credited_line_id": opened.id,
            "saas_service_start": opened and self.service_start,
            "saas_service_end": opened and self.service_end,
        }
