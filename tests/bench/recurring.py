"""Paid invoices from events, against recurring invoices of another addon, alternately.

Runs in an Odoo process with two databases: the demo's company with our addons, and a company with
the other addon alone. As many subscribers, the same amounts and taxes; theirs are all in the
company's currency, which is less work than ours, of which a quarter is in another one.
"""

from dateutil.relativedelta import relativedelta
from odoo import SUPERUSER_ID, Command, api
from odoo.addons.saas_billing_connector.models.billing_drain_process import WORK_CONTEXT
from odoo.modules.registry import Registry

from tests.bench.invoices import (
    BATCH,
    REPETITIONS,
    SIZE,
    check_paid,
    drain_month,
    post_and_pay,
    spent,
)
from tests.bench.progress import tell
from tests.bench.subscribers import PLANS, START, TAX_RATES, Subscribers

FIRST = START.date()


def measure(env, addon, other):
    """Arguments of two rows: against their invoices as created, and posted and paid as ours are."""
    connection = env["saas.billing.connection"].search([], limit=1)
    with Registry(other).cursor() as cr:
        theirs = ADDONS[addon](api.Environment(cr, SUPERUSER_ID, {}))
        tell(f"{SIZE} subscribers on each side; their first month warms both up")
        ours = Subscribers(connection)
        ours.sign_up(SIZE)
        samples = [_measure_month(connection, ours, theirs, 0)]
        for month in range(1, REPETITIONS + 1):
            ours.advance_to_month(month)
            samples.append(_measure_month(connection, ours, theirs, month))
    figures, created, paid = zip(*samples[1:], strict=True)
    row = {"unit": "per s", "goal": 1.0, "at_least": True, "figures": figures}
    return [
        {**row, "name": f"invoices against drafts of {addon}", "floors": created},
        {**row, "name": f"invoices against {addon}, posted and paid", "floors": paid},
    ]


def _measure_month(connection, ours, theirs, month):
    """Invoices per second: (ours, theirs as created, theirs posted and paid)."""
    figure, _invoices = drain_month(connection, ours)
    created, paid = theirs.bill(month)
    tell(f"month {month}: {figure:.1f}, created {created:.1f}, posted and paid {paid:.1f} per s")
    return figure, created, paid


class Theirs:
    """A company whose subscribers are billed by another addon."""

    def __init__(self, env):
        self.env = env
        company = env.company
        company.country_id = env.ref("base.us")
        env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
        self.journal = env["account.journal"].search([("type", "=", "bank")], limit=1)
        self.products = self._create_products()
        self.create_subscriptions()
        env.cr.commit()

    def _create_products(self):
        """One product per plan, with its price and tax."""
        taxes = {key: self._create_tax(key, **rate) for key, rate in TAX_RATES.items()}
        sales = self.env["account.journal"].search([("type", "=", "sale")], limit=1)
        income = sales.default_account_id
        return self.env["product.product"].create(
            [
                {
                    "name": f"Plan {amount} {currency}",
                    "type": "service",
                    "list_price": amount / 100,
                    "property_account_income_id": income.id,
                    "taxes_id": [Command.set(taxes[rate].ids if rate else [])],
                }
                for amount, currency, _behavior, rate in PLANS
            ]
        )

    def _create_tax(self, key, percentage, inclusive, **_values):
        tax = self.env.company.account_sale_tax_id.copy({"name": key, "amount": percentage})
        # GST is given to prices that include it, as on our side.
        included = inclusive or any(plan[2:] == ("inclusive", key) for plan in PLANS)
        tax.price_include_override = "tax_included" if included else "tax_excluded"
        return tax

    def subscribers(self):
        """(partner, product) of each, plans given out in turn."""
        partners = self.env["res.partner"].create(
            [{"name": f"Subscriber {number}"} for number in range(SIZE)]
        )
        return [
            (partner, self.products[number % len(self.products)])
            for number, partner in enumerate(partners)
        ]

    def bill(self, month):
        """Invoices per second of one month: (as created, then posted and paid)."""
        before = self._get_invoices()
        created = spent(lambda: self._commit(self.create_invoices, month))
        invoices = self._get_invoices() - before
        if len(invoices) != SIZE or set(invoices.mapped("state")) != {"draft"}:
            raise RuntimeError(f"expected {SIZE} drafts, found {invoices.grouped('state')}")
        paid = spent(lambda: self._pay(invoices))
        check_paid(invoices)
        return SIZE / created, SIZE / (created + paid)

    def _commit(self, work, *arguments):
        work(*arguments)
        self.env.cr.commit()

    def _get_invoices(self):
        return self.env["account.move"].search([("move_type", "=", "out_invoice")])

    def _pay(self, invoices):
        """By Odoo's own methods and in batches, as the floor of the row of invoices does."""
        invoices = invoices.with_context(**WORK_CONTEXT).sorted("id")
        for start in range(0, len(invoices), BATCH):
            batch = invoices[start : start + BATCH]
            self._commit(post_and_pay, batch, [self._prepare_payment(each) for each in batch])

    def _prepare_payment(self, invoice):
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": invoice.partner_id.id,
            "amount": invoice.amount_total,
            "currency_id": invoice.currency_id.id,
            "date": invoice.invoice_date,
            "journal_id": self.journal.id,
        }

    # ── the addon ────────────────────────────────────────────────────────────────────────────

    def create_subscriptions(self):
        """A monthly one per subscriber, the first invoice due on the first day."""
        raise NotImplementedError

    def create_invoices(self, month):
        """What the addon's scheduled action does on the first day of a month."""
        raise NotImplementedError


class Contract(Theirs):
    def create_subscriptions(self):
        self.env["contract.contract"].create(
            [
                {
                    "name": partner.name,
                    "partner_id": partner.id,
                    "invoice_partner_id": partner.id,
                    "line_recurrence": True,
                    "contract_line_ids": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "name": product.name,
                                "quantity": 1,
                                "price_unit": product.list_price,
                                "date_start": FIRST,
                                "recurring_next_date": FIRST,
                                "recurring_rule_type": "monthly",
                            }
                        )
                    ],
                }
                for partner, product in self.subscribers()
            ]
        )

    def create_invoices(self, month):
        day = FIRST + relativedelta(months=month)
        self.env["contract.contract"]._cron_recurring_create(day)


class SubscriptionOca(Theirs):
    def create_subscriptions(self):
        template = self.env["sale.subscription.template"].create(
            {"name": "Monthly", "recurring_rule_type": "months", "invoicing_mode": "draft"}
        )
        pricelist = self.env["product.pricelist"].create({"name": "Plans"})
        subscriptions = self.env["sale.subscription"].create(
            [
                {
                    "partner_id": partner.id,
                    "template_id": template.id,
                    "pricelist_id": pricelist.id,
                    "sale_subscription_line_ids": [
                        Command.create({"product_id": product.id, "product_uom_qty": 1})
                    ],
                }
                for partner, product in self.subscribers()
            ]
        )
        for subscription in subscriptions:
            subscription.action_start_subscription()
        # Starting sets both to today; each call of the action then bills the next month.
        subscriptions.write({"date_start": FIRST, "recurring_next_date": FIRST})

    def create_invoices(self, _month):
        self.env["sale.subscription"].cron_subscription_management()


ADDONS = {"contract": Contract, "subscription_oca": SubscriptionOca}
