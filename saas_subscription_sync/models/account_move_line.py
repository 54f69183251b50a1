"""The service period of an invoice line, and where the line came from."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    saas_service_start = fields.Date(
        string="Service Start",
        copy=True,
        help="First day served.",
    )
    saas_service_end = fields.Date(
        string="Service End (exclusive)",
        copy=True,
        help="First day not served any more: the period is half-open.",
    )
    saas_service_last_day = fields.Date(
        string="Service Until",
        compute="_compute_saas_service_last_day",
        inverse="_inverse_saas_service_last_day",
        help="Last day served.",
    )
    saas_credited_line_id = fields.Many2one(
        "account.move.line",
        string="Credited Invoice Line",
        index="btree_not_null",
        copy=False,
        check_company=True,
        help="On a credit note's line: the invoice line it takes back.",
    )

    saas_opening_fact_id = fields.Many2one(
        "saas.opening.fact",
        string="Opening Fact",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="On an opening document: the line billed before the cut-over that this one goes on"
        " with.",
    )
    saas_settled_ids = fields.One2many(
        "saas.settlement.transaction",
        "counterpart_id",
        string="Settled Here",
        readonly=True,
        help="Movements of the provider's balance that are booked against this item. Without the"
        " field every change of a journal item would search for them.",
    )
    saas_line_id = fields.Char(
        string="Billing Line ID",
        copy=False,
        readonly=True,
        help="The line's id at the provider.",
    )
    saas_is_balance = fields.Boolean(
        string="Customer Balance",
        readonly=True,
        copy=False,
        help="Part of what the customer has on their balance at the provider.",
    )
    saas_discount_amount = fields.Monetary(
        string="Discount as Billed",
        currency_field="currency_id",
        copy=False,
        readonly=True,
        help="What discounts of the line and of the invoice took off; the price is without it.",
    )
    saas_credit_amount = fields.Monetary(
        string="Credit Used",
        currency_field="currency_id",
        copy=False,
        readonly=True,
        help="What credit grants pay of the line. Promotional credit is off the price, prepaid"
        " credit has a line of its own.",
    )
    saas_credit_grant_id = fields.Many2one(
        "saas.credit.grant",
        string="Credit Grant",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    saas_catalog_mapping_id = fields.Many2one(
        "saas.catalog.mapping",
        string="Price",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    saas_subscription_id = fields.Many2one(
        "saas.subscription",
        string="Subscription",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    saas_subscription_item_id = fields.Many2one(
        "saas.subscription.item",
        string="Subscription Item",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    saas_proration = fields.Boolean(
        string="Proration",
        readonly=True,
        help="The line adjusts a period that was billed before.",
    )
    saas_invoice_item_id = fields.Char(
        string="Invoice Item ID",
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="The invoice item that waited for this line, at the provider.",
    )

    @api.depends("saas_credited_line_id")
    def _compute_account_id(self):
        """A line that takes back another one goes where that one went."""
        crediting = self.filtered("saas_credited_line_id")
        for line in crediting:
            line.account_id = line.saas_credited_line_id.account_id
        rest = self - crediting
        result = super(AccountMoveLine, rest)._compute_account_id()
        for line in rest:
            if account := line._get_saas_price_account():
                line.account_id = account
        return result

    def _get_saas_price_account(self):
        """The income account that the line's price is mapped to, or none."""
        account = self.saas_catalog_mapping_id.sudo().account_id
        return self.move_id.fiscal_position_id.map_account(account) if account else account

    @api.depends("saas_service_end")
    def _compute_saas_service_last_day(self):
        for line in self:
            end = line.saas_service_end
            line.saas_service_last_day = end and end - timedelta(days=1)

    def _inverse_saas_service_last_day(self):
        for line in self:
            last = line.saas_service_last_day
            line.saas_service_end = last and last + timedelta(days=1)

    @api.constrains("saas_service_start", "saas_service_end")
    def _check_saas_service_period(self):
        for line in self:
            start, end = line.saas_service_start, line.saas_service_end
            if bool(start) != bool(end):
                raise ValidationError(
                    self.env._("Line “%s” needs both a first and a last day of service.", line.name)
                )
            if start and end < start:
                raise ValidationError(
                    self.env._("On line “%s” the service ends before it starts.", line.name)
                )
