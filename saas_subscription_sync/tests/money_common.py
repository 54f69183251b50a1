"""What the books say of money: balances of the accounts that it moves through."""

from .common import SyncCase


class BooksMixin:
    def get_lines(self, *domain):
        """Posted journal items of the company."""
        own = [("company_id", "=", self.company.id), ("parent_state", "=", "posted")]
        return self.env["account.move.line"].search([*own, *domain])

    def balance(self, account):
        """Balance of an account."""
        return round(sum(self.get_lines(("account_id", "=", account.id)).mapped("balance")), 2)

    @property
    def clearing(self):
        """What the provider holds and no settlement has explained yet."""
        return self.balance(self.connection._get_clearing_account())

    @property
    def disputed(self):
        """What the provider holds because of disputes."""
        return self.balance(self.connection._get_disputed_account())

    @property
    def outside(self):
        """What was paid elsewhere, less what was given back there."""
        journal = self.connection._get_outside_journal()
        return self.balance(journal.inbound_payment_method_line_ids.payment_account_id)

    @property
    def owed(self):
        """What customers owe, negative where they are owed."""
        lines = self.get_lines(("account_type", "=", "asset_receivable"))
        return round(sum(lines.mapped("balance")), 2)

    def proposal(self, external_id="re_1"):
        """The credit note proposed for a refund or a lost dispute."""
        return self.env["saas.credit.proposal"].search([("external_id", "=", external_id)])


class MoneyCase(BooksMixin, SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()

    @property
    def residual(self):
        """What is left to pay of the first invoice."""
        return self.bound("invoice", "in_1").amount_residual

    def in_orders(self, facts, orders, check, size=1):
        """Deliver the facts (`self.told`) in each order, and check the books after each."""
        for order in orders:
            with self.subTest(order=order), self.env.cr.savepoint() as savepoint:
                self.told = [self.change(fact, second=100 + n) for n, fact in enumerate(facts)]
                self.deliver(*(self.told[index] for index in order), size=size)
                check()
                savepoint.rollback()
