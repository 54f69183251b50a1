"""How customers become contacts: which contact, whose values, which fiscal position."""

from odoo import api, fields, models

OWNERS = [("provider", "Billing Provider"), ("odoo", "Odoo")]
#: Whoever owns a group of values decides it from the second snapshot on; the first fills it.
OWNER_HELP = "Who decides: what the other side says is shown as a difference."


def _owner(label, default):
    return fields.Selection(
        OWNERS, string=label, required=True, default=default, tracking=True, help=OWNER_HELP
    )


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"  # pylint: disable=consider-merging-classes-inherited

    customer_policy = fields.Selection(
        [
            ("link", "Link to the contact"),
            ("propose", "Ask a person"),
            ("create", "Make a new contact"),
        ],
        string="Known Customers",
        required=True,
        default="propose",
        tracking=True,
        help="What happens with a customer whose tax id, or else e-mail, a contact of the company"
        " has. Whatever is not certain waits for a person, unless a new contact is always made.",
    )
    name_owner = _owner("Name", "provider")
    email_owner = _owner("E-mail", "provider")
    phone_owner = _owner("Phone", "provider")
    address_owner = _owner("Address", "provider")
    language_owner = _owner("Language", "odoo")
    tax_id_owner = _owner("Tax ID", "provider")
    fiscal_position_owner = _owner("Fiscal Position", "provider")
    exempt_position_id = fields.Many2one(
        "account.fiscal.position",
        string="Exempt Customers",
        check_company=True,
        tracking=True,
        help="Fiscal position of customers that are exempt from tax. Empty: Odoo decides.",
    )
    reverse_position_id = fields.Many2one(
        "account.fiscal.position",
        string="Reverse Charge",
        check_company=True,
        tracking=True,
        help="Fiscal position of customers that account for the tax themselves. Empty: Odoo"
        " decides.",
    )
    customer_count = fields.Integer(compute="_compute_customer_count", string="Customers")

    @api.model
    def _get_two_person_fields(self):
        return super()._get_two_person_fields() | {
            "customer_policy",
            "tax_id_owner",
            "fiscal_position_owner",
            "exempt_position_id",
            "reverse_position_id",
        }

    def _compute_customer_count(self):
        counts = dict(
            self.env["saas.customer"]._read_group(
                [("connection_id", "in", self.ids)], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            connection.customer_count = counts.get(connection, 0)

    def _get_fiscal_position(self, tax_exempt):
        """The fiscal position of a tax status, or none where Odoo decides."""
        none = self.env["account.fiscal.position"]
        positions = {"exempt": self.exempt_position_id, "reverse": self.reverse_position_id}
        return positions.get(tax_exempt, none)

    def _get_owner_label(self, group):
        """Whose the values of a group are."""
        field = self._fields[f"{group}_owner"]
        return dict(field._description_selection(self.env))[self[field.name]]

    def action_open_customers(self):
        """Customers of this connection."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_subscription_sync.action_customer"
        )
        return {**action, "domain": [("connection_id", "=", self.id)], "context": {}}
