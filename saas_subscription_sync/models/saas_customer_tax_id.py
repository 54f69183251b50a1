"""One tax identification of a customer, checked, and kept even where it cannot be right."""

from odoo import api, fields, models

from ..rules import tax_ids


class SaasCustomerTaxId(models.Model):
    _name = "saas.customer.tax.id"
    _description = "Tax ID of a Billing Customer"
    _order = "active desc, external_id"
    _rec_name = "value"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    customer_id = fields.Many2one(
        "saas.customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    external_id = fields.Char(
        readonly=True,
        string="External ID",
        help="Empty while nothing but a snapshot of the customer has told of it.",
    )
    kind = fields.Char(required=True, readonly=True, help="The provider's name of the scheme.")
    value = fields.Char(required=True, readonly=True, string="Number")
    vat = fields.Char(readonly=True, help="As Odoo writes it.", string="In Odoo")
    country_code = fields.Char(readonly=True, string="Country")
    validity = fields.Selection(
        [("valid", "Valid"), ("invalid", "Not Valid"), ("unknown", "Cannot Be Checked")],
        required=True,
        readonly=True,
        default="unknown",
        help="Whether the number can be right, by its form and check digits.",
    )
    verification = fields.Char(
        readonly=True, help="What the provider learnt from the public register."
    )
    active = fields.Boolean(default=True, readonly=True)

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "A tax id is kept once per connection."
    )

    @api.model
    def _prepare_checked(self, kind, value):
        """Values of a number: how Odoo writes it, its country, whether it can be right.

        Both checks that there are are asked, the library's and that of “VAT Number Validation”
        where it is installed.
        """
        code = tax_ids.country_of(kind, value)
        country = self.env["res.country"].search([("code", "=", code)], limit=1)
        partner = self.env["res.partner"]
        written = tax_ids.written(kind, value)
        vat, _code = partner._run_vat_checks(country, written, validation="setnull")
        possible = tax_ids.check(kind, value)
        wrong = possible is False or not vat
        return {
            "kind": kind,
            "value": value,
            "vat": vat or written,
            "country_code": code,
            "validity": "invalid" if wrong else "valid" if possible else "unknown",
        }

    @api.model
    def _find_untold(self, customers):
        """{(customer, kind, value): tax id} of those that no event of their own has told of."""
        found = self.with_context(active_test=False).search(
            [("customer_id", "in", customers.ids), ("external_id", "=", False)]
        )
        return {(each.customer_id, each.kind, each.value): each for each in found}

    @api.model
    def _keep_listed(self, listed):
        """Keep what snapshots of customers list, as far as no event has told of it.

        :param listed: {customer: (kind, value) pairs}
        :returns: the customers that have a new one
        """
        customers = self.env["saas.customer"].union(*listed)
        known = self.with_context(active_test=False).search([("customer_id", "in", customers.ids)])
        pairs = {(each.customer_id, each.kind, each.value) for each in known}
        new = [
            {
                "connection_id": customer.connection_id.id,
                "customer_id": customer.id,
                **self._prepare_checked(kind, value),
            }
            for customer, entries in listed.items()
            for kind, value in entries
            if value and (customer, kind, value) not in pairs
        ]
        untold = known.filtered(lambda each: each.active and not each.external_id)
        untold.filtered(
            lambda each: (each.kind, each.value) not in listed[each.customer_id]
        ).active = False
        return self.create(new).customer_id

    def _get_usable(self):
        """What may stand on a contact, the likeliest first: in use, and not known to be wrong."""
        usable = self.filtered(lambda each: each.active and each.validity != "invalid")
        return usable.sorted(
            lambda each: (
                each.country_code != each.customer_id.country_code,
                each.external_id or "",
                each.value,
            )
        )
