"""Kind of fee or of other movement → account: fees, tax on fees, reserves, adjustments."""

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman

from ..rules.settlement import DEFAULTS, PURPOSES


class SaasSettlementMapping(models.Model):
    """Made when a kind is first met: approved with an account of its own where the kind is known,
    else for a person to decide.
    """

    _name = "saas.settlement.mapping"
    _description = "Settlement Mapping"
    _inherit = ["saas.mapping"]

    account_id = fields.Many2one(
        "account.account",
        string="Account",
        check_company=True,
        tracking=True,
        domain="[('account_type', 'not in',"
        " ('asset_receivable', 'liability_payable', 'off_balance'))]",
        help="Where such a fee or movement is booked.",
    )
    purpose = fields.Selection(
        [
            ("fees", "Fees"),
            ("fee_tax", "Tax on Fees"),
            ("withheld_tax", "Withheld Tax"),
            ("reserve", "Reserve"),
        ],
        readonly=True,
        help="Kinds of one purpose share the account that is made for it.",
    )

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "A kind of movement is mapped once per connection."
    )

    def _get_issue_code(self):
        return "unmapped_settlement"

    def _get_target_field(self):
        return "account_id"

    @api.model
    def _get_all(self, connection, keys):
        """Mappings by key, in one query; those never met before are made.

        :param keys: such as `fee:stripe_fee` or `category:other_adjustment`
        """
        own = self.search([("connection_id", "=", connection.id)])
        known = {mapping.external_id: mapping for mapping in own}
        for key in sorted(set(keys) - known.keys()):
            known[key] = self._create_for(connection, key, own)
            own |= known[key]
        return known

    def _create_for(self, connection, key, own):
        purpose = DEFAULTS.get(key)
        values = {
            "connection_id": connection.id,
            "external_id": key,
            "name": key.partition(":")[2].replace("_", " ").capitalize(),
            "purpose": purpose,
        }
        if purpose:
            account = own.filtered(lambda each: each.purpose == purpose).account_id[:1]
            account = account or self._create_account(connection, purpose)
            values |= {"account_id": account.id, **self._prepare_approval()}
        return self.create(values)

    def _create_account(self, connection, purpose):
        accounts = self.env["account.account"].sudo().with_company(connection.company_id)
        kind, code = PURPOSES[purpose]
        label = dict(self._fields["purpose"]._description_selection(self.env))[purpose]
        return accounts.create(
            {
                "name": f"{connection._get_provider_label()} {label}",
                "code": accounts._search_new_account_code(code),
                "account_type": kind,
                "company_ids": [fields.Command.set(connection.company_id.ids)],
            }
        )

    def _get_account(self, record):
        """The approved account.

        :param record: the canonical record that needs it
        :raises NeedsHuman: where nobody has approved one
        """
        self.ensure_one()
        if self.state != "approved":
            raise NeedsHuman(
                "unmapped_settlement",
                f"“{self.name}” moved the balance and has no approved account. Open its settlement "
                "mapping, choose the account and approve it.",
                key=self.external_id,
                amount=abs(record.net),
                currency=record.currency,
            )
        return self.account_id
