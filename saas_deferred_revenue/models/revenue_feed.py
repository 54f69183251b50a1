"""Recognised revenue for others: a view of the postings, and a message per customer and run."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.saas_subscription_sync.feed.columns import Column, View
from odoo.addons.saas_subscription_sync.feed.views import (
    COMPANY_CURRENCY,
    CURRENCY,
    SUBSCRIPTION_IDS,
    get_customer,
    get_money,
    get_origin,
)

TOPIC = "recognised_revenue"


def _shares(suffix, currency, words):
    """The three amounts of a posting in one currency."""
    prefix = f"{suffix}_" if suffix else ""
    return (
        get_money(f"{prefix}amount", f"posting.{prefix}amount", f"Recognised{words}.", currency),
        get_money(
            f"{prefix}period_amount",
            f"posting.period_{prefix}amount",
            f"Its share of the month itself{words}.",
            currency,
        ),
        get_money(
            f"{prefix}prior_amount",
            f"posting.prior_{prefix}amount",
            f"Its share of months before{words}.",
            currency,
        ),
    )


RECOGNISED_REVENUE = View(
    "saas_v1_recognised_revenue",
    "What each month-end run recognised of deferred lines; rows are only ever added. What credit"
    " notes take back is negative. Revenue at once is in saas_v1_invoice_line alone.",
    (
        Column("id", "id", "posting.id", "Posting in Odoo."),
        *get_origin("posting.company_id"),
        *get_customer("schedule.partner_id", "move.saas_connection_id"),
        Column("run_id", "id", "posting.run_id", "Month-end run in Odoo."),
        Column("period", "date", "posting.period", "First day of the month of the run."),
        Column("date", "date", "posting.date", "Accounting date of the entry."),
        Column("schedule_id", "id", "schedule.id", "Revenue schedule in Odoo."),
        Column("invoice_id", "id", "move.id", "Invoice or credit note in Odoo."),
        Column("invoice_external_id", "text", "move.saas_external_id", "The same at the provider."),
        Column("invoice_line_id", "id", "line.id", "Its line in Odoo."),
        Column(
            "invoice_line_external_id", "text", "line.saas_line_id", "Its line at the provider."
        ),
        Column("product_id", "id", "schedule.product_id", "Product (variant) in Odoo."),
        *SUBSCRIPTION_IDS,
        Column("service_start", "date", "schedule.date_start", "First day served."),
        Column("service_end", "date", "schedule.date_end", "First day not served any more."),
        CURRENCY,
        *_shares("", "currency", ""),
        COMPANY_CURRENCY,
        *_shares("company", "company_currency", ", in company currency"),
    ),
    """saas_revenue_posting posting
      JOIN saas_revenue_schedule schedule ON schedule.id = posting.schedule_id
      JOIN account_move_line line ON line.id = schedule.move_line_id
      JOIN account_move move ON move.id = line.move_id
      JOIN res_partner customer ON customer.id = schedule.partner_id
      JOIN res_currency currency ON currency.id = schedule.currency_id
      JOIN res_currency company_currency ON company_currency.id = schedule.company_currency_id
 LEFT JOIN saas_billing_connection connection ON connection.id = move.saas_connection_id
 LEFT JOIN saas_subscription subscription ON subscription.id = schedule.subscription_id""",
)


class SaasFeedView(models.AbstractModel):
    _inherit = "saas.feed.view"

    @api.model
    def _get_views(self):
        return (*super()._get_views(), RECOGNISED_REVENUE)


class RevenueRun(models.Model):
    _inherit = "saas.revenue.run"

    def _post_groups(self, groups):
        moves = super()._post_groups(groups)
        messages = self.env["saas.feed.message"].sudo()
        if messages._is_wanted(self.company_id, TOPIC):
            messages._store(self._prepare_feed())
        return moves

    def _prepare_feed(self):
        """A message per customer: what the run recognised, line by line."""
        rows = self.env["saas.feed.view"]._read(RECOGNISED_REVENUE, "run_id", self.ids)
        customers = {}
        for row in rows:
            customers.setdefault(row["customer_id"], []).append(row)
        return [
            {
                "topic": TOPIC,
                "kind": f"{TOPIC}.posted",
                "res_model": self._name,
                "res_id": self.id,
                "source": f"customer:{customer_id}",
                "event": None,
                "occurred_at": fields.Datetime.now(),
                "data": self._prepare_feed_data(customer_id, lines),
            }
            for customer_id, lines in customers.items()
        ]

    def _prepare_feed_data(self, customer_id, lines):
        return {
            "run_id": self.id,
            "period": self.period.isoformat(),
            "company_id": self.company_id.id,
            "customer_id": customer_id,
            "customer_external_id": lines[0]["customer_external_id"],
            "company_currency": lines[0]["company_currency"],
            "company_amount": str(sum(Decimal(line["company_amount"]) for line in lines)),
            "lines": lines,
        }
