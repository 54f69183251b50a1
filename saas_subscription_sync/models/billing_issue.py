"""Causes of the books and the catalogue, each with the place where it is mended."""

from odoo import api, models
from odoo.addons.saas_billing_connector.models.billing_issue_cause import Cause


class SaasBillingIssue(models.Model):
    _inherit = "saas.billing.issue"

    @api.model
    def _get_causes(self):
        return {
            **super()._get_causes(),
            "unmapped_tax": Cause(
                self.env._("A tax rate has no approved Odoo tax"),
                self.env._(
                    "Choose the sales tax that it is in Odoo, see what that clears, and approve."
                ),
                self.env._("Open Tax Mapping"),
                "_open_tax_mapping",
            ),
            "unmapped_price": Cause(
                self.env._("A price has no approved product"),
                self.env._(
                    "Choose the product that it sells, which decides income account and revenue"
                    " treatment. See what that clears, and approve."
                ),
                self.env._("Open Catalogue Mapping"),
                "_open_catalog_mapping",
            ),
            "unmapped_settlement": Cause(
                self.env._("A fee or movement of the balance has no approved account"),
                self.env._(
                    "Choose the account where it belongs, see what that clears, and approve."
                ),
                self.env._("Open Settlement Mapping"),
                "_open_settlement_mapping",
            ),
            "total_mismatch": Cause(
                self.env._("A document does not add up to what was billed"),
                self.env._(
                    "Nothing was booked. Compare the document with the provider; if the difference"
                    " of tax is right, raise the tax tolerance of the connection and replay."
                ),
                self.env._("Open Connection"),
                "_open_connection",
            ),
            "inactive_currency": Cause(
                self.env._("A currency is not active in Odoo"),
                self.env._("Activate it and make sure that it has rates, then preview and replay."),
                self.env._("Open Currency"),
                "_open_currency",
            ),
            "currency_precision": Cause(
                self.env._("A currency has too few decimals in Odoo"),
                self.env._("Correct the rounding of the currency, then preview and replay."),
                self.env._("Open Currency"),
                "_open_currency",
            ),
            "closed_period": Cause(
                self.env._("The period is closed"),
                self.env._(
                    "Odoo would move the date into an open period without asking, so nothing was"
                    " booked. Grant an exception to the lock date or reopen the period, then"
                    " preview and replay."
                ),
                self.env._("Open Company"),
                "_open_company",
            ),
            "missing_journal": Cause(
                self.env._("A journal is missing"),
                self.env._(
                    "Create a sales journal or install a chart of accounts, then preview and"
                    " replay."
                ),
                self.env._("Open Journals"),
                "_open_journals",
            ),
            "customer_match": Cause(
                self.env._("A customer may be a contact that Odoo knows"),
                self.env._(
                    "Compare both sides, then link them or make a new contact. What waits for it is"
                    " processed at once."
                ),
                self.env._("Compare"),
                "_open_customer",
            ),
            "partner_archived": Cause(
                self.env._("A customer's contact is archived"),
                self.env._(
                    "Nothing is booked on it. Unarchive it, or merge it with the contact that"
                    " replaces it: what waits is processed at once."
                ),
                self.env._("Open Contact"),
                "_open_contact",
            ),
            "mail_template": Cause(
                self.env._("A mail to customers cannot be made"),
                self.env._(
                    "Nothing else is held up by it. Mend the template, or choose another one on the"
                    " connection."
                ),
                self.env._("Open Connection"),
                "_open_connection",
            ),
            "prepaid_credits": Cause(
                self.env._("Prepaid credits have no account"),
                self.env._(
                    "Choose on the connection what prepaid credits are sold as, and where expired"
                    " ones are earned; then preview and replay."
                ),
                self.env._("Open Connection"),
                "_open_connection",
            ),
        }

    def _open_mapping(self, model):
        """The mapping that the key names; all of the connection where it names none."""
        own = [("connection_id", "=", self.connection_id.id)]
        mappings = self.env[model].with_context(active_test=False)
        mapping = mappings.search([*own, ("external_id", "=", self.key)])
        return (mapping or mappings.search(own))._get_records_action()

    def _open_tax_mapping(self):
        return self._open_mapping("saas.tax.mapping")

    def _open_settlement_mapping(self):
        return self._open_mapping("saas.settlement.mapping")

    def _open_catalog_mapping(self):
        if self.key == "default":
            return self._open_connection()
        return self._open_mapping("saas.catalog.mapping")

    def _get_customer(self):
        return self.env["saas.customer"].search(
            [("connection_id", "=", self.connection_id.id), ("external_id", "=", self.key)]
        )

    def _open_customer(self):
        return self._get_customer()._get_records_action()

    def _open_contact(self):
        return self._get_customer().partner_id._get_records_action()

    def _open_currency(self):
        currencies = self.env["res.currency"].with_context(active_test=False)
        return currencies.search([("name", "=", self.key)])._get_records_action()

    def _open_company(self):
        return self.company_id._get_records_action()

    def _open_journals(self):
        return self.env["ir.actions.act_window"]._for_xml_id("account.action_account_journal_form")
