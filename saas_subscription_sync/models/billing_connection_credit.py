"""What prepaid credits and customer balances are booked with."""

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman
from odoo.addons.saas_billing_connector.models.billing_connection_health import (
    AMBER,
    GREEN,
    HealthCheck,
)


# Credits are a concern of their own; the connection's other fields have their file.
# pylint: disable=consider-merging-classes-inherited
class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    prepaid_product_id = fields.Many2one(
        "product.product",
        string="Prepaid Credits",
        check_company=True,
        tracking=True,
        help="The product that the sale of credits is mapped to. Its income account holds what was"
        " paid and not used yet: usage paid from credits is taken off there. Needed as soon as a"
        " paid credit grant is used.",
    )
    breakage_account_id = fields.Many2one(
        "account.account",
        string="Expired Credits",
        domain="[('internal_group', '=', 'income')]",
        check_company=True,
        tracking=True,
        help="Revenue from prepaid credits that expire unused. Needed as soon as some do.",
    )

    balance_account_id = fields.Many2one(
        "account.account",
        string="Balance Adjustments",
        check_company=True,
        tracking=True,
        help="Where adjustments of customer balances by hand, such as goodwill, are booked.",
    )

    @api.model
    def _get_two_person_fields(self):
        return super()._get_two_person_fields() | {
            "prepaid_product_id",
            "breakage_account_id",
            "balance_account_id",
        }

    def write(self, vals):
        """Process again what waited for a choice that was made now."""
        result = super().write(vals)
        for name in ("prepaid_product_id", "breakage_account_id"):
            for connection in self.filtered(name) if name in vals else ():
                self.env["saas.billing.issue"]._resolve(connection, "prepaid_credits", name)
        return result

    def _get_health_checks(self):
        return [*super()._get_health_checks(), self._check_health_balances()]

    def _check_health_balances(self):
        label = self.env._("Customer Balances")
        balances = self.env["saas.customer.balance"].sudo()
        count = balances.search_count([("connection_id", "=", self.id), ("difference", "!=", 0.0)])
        if not count:
            return HealthCheck("balances", label, GREEN, self.env._("As the provider shows them"))
        return HealthCheck(
            "balances",
            label,
            AMBER,
            self.env._("%s differ from the provider", count),
            self.env._("Look under Customer Balances and book the adjustments made by hand"),
        )

    def _get_prepaid_product(self, record):
        """The product that credits are sold as.

        :raises NeedsHuman: where none is chosen
        """
        self.ensure_one()
        return self.prepaid_product_id or self._raise_missing_credit(
            record, "prepaid_product_id", "Usage was paid from prepaid credits"
        )

    def _get_prepaid_account(self, record):
        product = self._get_prepaid_product(record).with_company(self.company_id)
        return product.product_tmpl_id.get_product_accounts()["income"]

    def _get_breakage_account(self, record):
        """Where expired credits are earned.

        :raises NeedsHuman: where none is chosen
        """
        return self.breakage_account_id or self._raise_missing_credit(
            record, "breakage_account_id", "Prepaid credits expired unused"
        )

    def _raise_missing_credit(self, record, name, reason):
        label = self._fields[name]._description_string(self.env)
        total = getattr(record, "total", None)
        raise NeedsHuman(
            "prepaid_credits",
            f"{reason}. Choose “{label}” on the connection, then replay.",
            key=name,
            amount=abs(record.amount if total is None else total),
            currency=record.currency,
        )

    def _get_general_journal(self):
        """The company's journal for entries that are no documents.

        :raises NeedsHuman: where it has none
        """
        self.ensure_one()
        journals = self.env["account.journal"]
        domain = [*journals._check_company_domain(self.company_id), ("type", "=", "general")]
        journal = journals.search(domain, limit=1)
        if not journal:
            raise NeedsHuman(
                "missing_journal",
                f"{self.company_id.name} has no miscellaneous journal. Create one, then replay.",
                key="general",
            )
        return journal
