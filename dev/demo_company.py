"""The demo's company inside Odoo: chart, currencies, taxes, connection. Runs in Odoo's process."""

from datetime import date

from dateutil.relativedelta import relativedelta
from odoo import Command
from odoo.addons.saas_deferred_revenue.hooks import set_up_company

COMPANY = "Lumenboard Inc."
ACCOUNT = "acct_1SimulatedAccount0"
#: What one EUR costs in USD on the first of each month of the story; invented.
EUR_RATES = (1.10, 1.12, 1.08, 1.09, 1.11, 1.13, 1.10, 1.07, 1.09, 1.12, 1.14, 1.12, 1.10, 1.11)
TAXES = (("20% VAT", 20.0, "tax_excluded"), ("10% GST included", 10.0, "tax_included"))


def prepare(env, start):
    """Make the database's company ready for a story that starts on `start`; the webhook's token."""
    first = date.fromisoformat(start)
    company = env.company
    company.write({"name": COMPANY, "country_id": env.ref("base.us").id})
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
    _prepare_currencies(env, company, first)
    _prepare_taxes(env, company)
    set_up_company(company)
    # Nothing is posted by itself until the story has reached the month.
    company.saas_revenue_post_through = first - relativedelta(days=1)
    _prepare_administrator(env)
    return _prepare_connection(env, company).webhook_token


def _prepare_currencies(env, company, first):
    env.ref("base.USD").active = True
    company.currency_id = env.ref("base.USD")
    euro = env.ref("base.EUR")
    euro.active = True
    env["res.currency.rate"].create(
        [
            {
                "currency_id": euro.id,
                "company_id": company.id,
                "name": first + relativedelta(months=number),
                "inverse_company_rate": rate,
            }
            for number, rate in enumerate(EUR_RATES)
        ]
    )


def _prepare_taxes(env, company):
    payable = company.account_sale_tax_id.invoice_repartition_line_ids.account_id
    shares = [
        Command.create({"repartition_type": "base"}),
        Command.create({"repartition_type": "tax", "account_id": payable.id}),
    ]
    group = env["account.tax.group"].create({"name": "VAT and GST", "company_id": company.id})
    env["account.tax"].create(
        [
            {
                "name": name,
                "amount": amount,
                "type_tax_use": "sale",
                "price_include_override": inclusion,
                "company_id": company.id,
                "tax_group_id": group.id,
                "invoice_repartition_line_ids": shares,
                "refund_repartition_line_ids": shares,
            }
            for name, amount, inclusion in TAXES
        ]
    )


def _prepare_administrator(env):
    """The demo's user sees everything an accountant, a controller and an administrator see."""
    groups = (
        "account.group_account_manager",
        "account.group_account_user",
        "saas_billing_connector.group_saas_admin",
        "saas_deferred_revenue.group_revenue_manager",
    )
    env.ref("base.user_admin").write(
        {"group_ids": [Command.link(env.ref(group).id) for group in groups]}
    )


def _prepare_connection(env, company):
    return env["saas.billing.connection"].create(
        {
            "name": "Stripe (simulator)",
            "account": ACCOUNT,
            "company_id": company.id,
            "user_id": env.ref("base.user_admin").id,
            "webhook_secret_ref": "env:DEMO_WEBHOOK_SECRET",
            "read_key_ref": "env:DEMO_READ_KEY",
        }
    )


def report(env, start, months):
    """One row per month for the demo's table, with the checks made anew: (figures, differences)."""
    company = env["saas.billing.connection"].search([], limit=1).company_id
    env = env(context={"allowed_company_ids": company.ids})
    company = company.with_env(env)
    first = date.fromisoformat(start)
    last = first + relativedelta(months=months - 1)
    checks = env["saas.reconciliation.run"]
    billed = checks._get_month_figures(company, first, last)
    recognised = env["saas.revenue.run"]._get_month_figures(company, first, last)
    rows = []
    for number in range(months):
        month = first + relativedelta(months=number)
        run = checks._run_checks(company, month, month + relativedelta(months=1))
        rows.append(
            {
                "month": month.strftime("%Y-%m"),
                **_plain(billed[month]),
                **_plain(recognised[month]),
                "checks": _differences(run),
            }
        )
    return rows


def _plain(figures):
    return {name: f"{amount:.2f}" for name, amount in figures.items()}


def _differences(run):
    """Sum of absolute differences by check, in text; every check that ran has an entry."""
    if run.state != "done":
        raise RuntimeError(f"{run.name} could not be reconciled: {run.problem}")
    differences = dict.fromkeys(sorted(run._get_checks()), 0)
    for line in run.line_ids:
        differences[line.check] += abs(line.difference)
    return {check: f"{amount:.2f}" for check, amount in differences.items()}
