"""Where bad debt is booked, and what of it is proposed."""

from odoo import api, fields, models
from odoo.exceptions import UserError

EXPENSE_TYPES = ("expense", "expense_other", "expense_direct_cost", "expense_depreciation")


# Accounts of write-offs are a concern of their own; month ends have their file.
# pylint: disable=consider-merging-classes-inherited
class ResCompany(models.Model):
    _inherit = "res.company"

    saas_bad_debt_account_id = fields.Many2one(
        "account.account",
        string="Bad Debt Account",
        check_company=True,
        domain=f"[('account_type', 'in', {EXPENSE_TYPES})]",
        help="Expense of what customers owe for service they had and never pay.",
    )
    saas_bad_debt_tax_account_id = fields.Many2one(
        "account.account",
        string="Tax of Write-offs",
        check_company=True,
        help="Where the tax of what is written off goes: whether and when it can be claimed back"
        " depends on the country. Empty: the bad debt account.",
    )
    saas_write_off_auto = fields.Boolean(
        string="Propose to Write off Uncollectible Invoices",
        default=True,
        help="What the billing provider gave up is proposed by itself; a person decides.",
    )
    saas_write_off_limit = fields.Monetary(
        string="Write-off Limit",
        help="Write-offs of no more than this may be approved by a revenue accountant; all others,"
        " and all where it is zero, by a revenue manager.",
    )

    @api.model
    def _get_two_person_fields(self):
        """Who may decide alone, and where it goes."""
        return super()._get_two_person_fields() | {
            "saas_bad_debt_account_id",
            "saas_bad_debt_tax_account_id",
            "saas_write_off_limit",
        }

    def _get_bad_debt_account(self, is_tax):
        """Account of bad debt, or of the tax of it.

        :raise UserError: where nobody has chosen it
        """
        company = self.sudo()
        account = (
            is_tax and company.saas_bad_debt_tax_account_id or company.saas_bad_debt_account_id
        )
        if not account:
            raise UserError(
                self.env._(
                    "%s has no bad debt account. Choose one in the accounting settings under"
                    " Deferred Revenue, then approve.",
                    company.display_name,
                )
            )
        return account
