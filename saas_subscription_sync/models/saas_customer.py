"""Mirror of a customer: what the provider says of it, and which contact it is.

Kept beside the contact, so that neither side's values are ever lost: what differs can be shown, and
a customer whose contact is not decided yet has a place. Written by its handlers only; a person
decides with the buttons of `saas_customer_match.py`.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError

#: Version of a customer of which nothing but its tax ids has arrived; sorts before all others.
UNTOLD = "0"
#: Code of the issue of documents for a contact that is archived; its key is the customer's id.
ARCHIVED = "partner_archived"
#: What a person may choose in a customer.
CHOSEN = frozenset({"candidate_id"})
TAX_EXEMPTIONS = [("none", "Taxable"), ("exempt", "Exempt"), ("reverse", "Reverse Charge")]


class SaasCustomer(models.Model):
    _name = "saas.customer"
    _description = "Billing Customer"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_names_search = ["name", "email", "external_id"]
    _check_company_auto = True

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    external_id = fields.Char(required=True, readonly=True, string="External ID")
    version = fields.Char(required=True, readonly=True, default=UNTOLD)
    event_id = fields.Many2one(
        "saas.billing.event", readonly=True, index="btree_not_null", string="Newest Event"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )

    # ── what the provider says ───────────────────────────────────────────────────────────────

    name = fields.Char(readonly=True)
    email = fields.Char(readonly=True, string="E-mail")
    phone = fields.Char(readonly=True)
    street = fields.Char(readonly=True)
    street2 = fields.Char(readonly=True)
    city = fields.Char(readonly=True)
    zip = fields.Char(readonly=True)
    state_code = fields.Char(readonly=True)
    country_code = fields.Char(readonly=True)
    language = fields.Char(readonly=True)
    currency_id = fields.Many2one(
        "res.currency", readonly=True, help="Of the customer's invoices; empty before the first."
    )
    tax_exempt = fields.Selection(
        TAX_EXEMPTIONS, readonly=True, required=True, default="none", string="Tax Status"
    )
    delinquent = fields.Boolean(readonly=True, help="The last automatic payment failed.")
    deleted = fields.Boolean(
        readonly=True,
        help="Deleted at the provider. The contact stays, and documents that come later find it.",
    )
    tax_id_ids = fields.One2many(
        "saas.customer.tax.id", "customer_id", string="Tax IDs", readonly=True
    )

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "A customer is kept once per connection."
    )

    @api.depends("name", "email", "external_id")
    def _compute_display_name(self):
        for customer in self:
            customer.display_name = customer._get_label()

    def _get_label(self):
        return self.name or self.email or self.external_id

    def write(self, vals):
        if not self.env.su and vals.keys() - CHOSEN:
            raise AccessError(self.env._("A customer is decided about by its buttons."))
        return super().write(vals)

    @api.model
    def _find(self, connection, external_ids):
        """Customers of `connection` by external id, in one query."""
        found = self.search(
            [("connection_id", "=", connection.id), ("external_id", "in", list(external_ids))]
        )
        return {customer.external_id: customer for customer in found}

    @api.model
    def _find_or_create(self, connection, external_ids):
        """The same, with those that nothing has arrived of yet."""
        known = self._find(connection, external_ids)
        missing = [each for each in dict.fromkeys(external_ids) if each not in known]
        created = self.create([self._prepare_unknown(connection, each) for each in missing])
        return known | dict(zip(missing, created, strict=True))

    def _prepare_unknown(self, connection, external_id):
        return {"connection_id": connection.id, "external_id": external_id}

    def _resolve_archived(self):
        """The contacts are in use again: process what waited for that."""
        for customer in self:
            self.env["saas.billing.issue"]._resolve(
                customer.connection_id, ARCHIVED, customer.external_id
            )

    def action_open_events(self):
        """Events of the customer, whatever they are about."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_billing_connector.action_billing_event"
        )
        domain = [
            ("connection_id", "=", self.connection_id.id),
            ("lane", "=", self.external_id),
        ]
        return {**action, "domain": domain, "context": {"create": False}}
