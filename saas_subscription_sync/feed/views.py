"""Version 1 of the contract: what is kept of subscriptions, movements, documents and payments."""

from .columns import Column, View


def get_customer(partner, connection):
    """The customer: who the messages of a feed are ordered by."""
    return (
        Column("customer_id", "id", "customer.commercial_partner_id", "Customer in Odoo."),
        Column(
            "customer_external_id",
            "text",
            f"""
            SELECT link.external_id FROM saas_billing_link link
             WHERE link.res_model = 'res.partner' AND link.res_id = {partner}
               AND link.object_type = 'customer' AND link.connection_id = {connection}
             ORDER BY link.id LIMIT 1""",
            "Customer at the provider; the first, where several are one customer in Odoo.",
        ),
    )


def get_origin(company):
    """Whose it is and where it came from."""
    return (
        Column("company_id", "id", company, "Company in Odoo."),
        Column("connection_id", "id", "connection.id", "Billing connection in Odoo."),
        Column("livemode", "flag", "connection.livemode", "False: of the provider's test mode."),
    )


def get_money(name, sql, comment, currency="currency"):
    """An amount with as many decimals as its currency has."""
    amount = f"round(coalesce({sql}, 0)::numeric, {currency}.decimal_places)"
    return Column(name, "money", amount, comment)


CURRENCY = Column("currency", "text", "currency.name", "Currency of the amounts, ISO 4217.")
COMPANY_CURRENCY = Column(
    "company_currency", "text", "company_currency.name", "Currency of the company, ISO 4217."
)
SUBSCRIPTION_IDS = (
    Column("subscription_id", "id", "subscription.id", "Subscription in Odoo."),
    Column(
        "subscription_external_id",
        "text",
        "subscription.external_id",
        "Subscription at the provider.",
    ),
)
_SIGN = "CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END"

SUBSCRIPTION = View(
    "saas_v1_subscription",
    "Subscriptions as they are now; one row each.",
    (
        Column("id", "id", "subscription.id", "Subscription in Odoo."),
        Column("external_id", "text", "subscription.external_id", "Subscription at the provider."),
        *get_origin("subscription.company_id"),
        *get_customer("subscription.partner_id", "subscription.connection_id"),
        Column(
            "state",
            "text",
            "subscription.state",
            "incomplete, trialing, active, past_due, paused, suspended, cancelling, cancelled or"
            " expired.",
        ),
        CURRENCY,
        get_money(
            "mrr",
            "subscription.mrr",
            "Monthly recurring revenue: fixed prices per month, before discounts and taxes.",
        ),
        COMPANY_CURRENCY,
        get_money(
            "mrr_company",
            "subscription.mrr_company",
            "MRR in company currency, at the rate of the day of the newest change.",
            "company_currency",
        ),
        Column(
            "collection_method",
            "text",
            "subscription.collection_method",
            "charge_automatically or send_invoice.",
        ),
        Column("started_at", "instant", "subscription.started_at", "When it started."),
        Column("trial_start", "instant", "subscription.trial_start", "Start of its trial."),
        Column("trial_end", "instant", "subscription.trial_end", "End of its trial."),
        Column(
            "cancel_at", "instant", "subscription.cancel_at", "When it ends if nothing changes."
        ),
        Column(
            "cancelled_at",
            "instant",
            "subscription.cancelled_at",
            "When its cancellation was asked for.",
        ),
        Column("ended_at", "instant", "subscription.ended_at", "When it ended."),
        Column(
            "next_period_at",
            "instant",
            "subscription.next_period_at",
            "When the next period of any of its items begins.",
        ),
        Column(
            "written_at", "instant", "subscription.write_date", "When the row last changed in Odoo."
        ),
        Column("created_at", "instant", "subscription.created_at", "When it was agreed."),
        Column(
            "cancellation_reason",
            "text",
            "subscription.cancellation_reason",
            "Why it was cancelled, in the provider's words.",
        ),
        Column(
            "pause_collection",
            "text",
            "subscription.pause_collection",
            "void, keep_as_draft or mark_uncollectible while no money is collected.",
        ),
        Column(
            "pause_resumes_at",
            "instant",
            "subscription.pause_resumes_at",
            "When collection goes on.",
        ),
        Column(
            "access",
            "text",
            "subscription.access",
            "Whether the customer may use the product: granted, grace, suspended or ended.",
        ),
        Column(
            "access_until", "instant", "subscription.access_until", "When that changes by itself."
        ),
    ),
    """saas_subscription subscription
      JOIN saas_billing_connection connection ON connection.id = subscription.connection_id
      JOIN res_partner customer ON customer.id = subscription.partner_id
      JOIN res_currency currency ON currency.id = subscription.currency_id
      JOIN res_company company ON company.id = subscription.company_id
      JOIN res_currency company_currency ON company_currency.id = company.currency_id""",
)

SUBSCRIPTION_ITEM = View(
    "saas_v1_subscription_item",
    "Items of subscriptions: a price with its quantity; past ones are not active.",
    (
        Column("id", "id", "item.id", "Item in Odoo."),
        Column("external_id", "text", "item.external_id", "Item at the provider."),
        *SUBSCRIPTION_IDS,
        Column("company_id", "id", "subscription.company_id", "Company in Odoo."),
        Column("active", "flag", "item.active", "Whether the subscription has it now."),
        Column("product_id", "id", "price.product_id", "Product (variant) in Odoo."),
        Column("price_external_id", "text", "price.external_id", "Price at the provider."),
        CURRENCY,
        Column("quantity", "number", "item.quantity", "Quantity."),
        Column(
            "unit_amount",
            "number",
            "item.unit_amount",
            "Price per unit and interval; may have more decimals than the currency.",
        ),
        Column("interval", "text", "item.interval", "day, week, month or year."),
        Column("interval_count", "integer", "item.interval_count", "Intervals per period."),
        Column("metered", "flag", "item.metered", "Billed by usage, in arrears."),
        get_money("mrr", "item.mrr", "Monthly recurring revenue of the item."),
        Column("period_start", "instant", "item.period_start", "Start of its current period."),
        Column("period_end", "instant", "item.period_end", "End of its current period, exclusive."),
    ),
    """saas_subscription_item item
      JOIN saas_subscription subscription ON subscription.id = item.subscription_id
      JOIN res_currency currency ON currency.id = item.currency_id
 LEFT JOIN saas_catalog_mapping price ON price.id = item.catalog_mapping_id""",
)

MRR_MOVEMENT = View(
    "saas_v1_mrr_movement",
    "Movements of monthly recurring revenue; rows are only ever added.",
    (
        Column("id", "id", "movement.id", "Movement in Odoo."),
        *get_origin("movement.company_id"),
        *get_customer("subscription.partner_id", "subscription.connection_id"),
        *SUBSCRIPTION_IDS,
        Column("item_id", "id", "item.id", "Item in Odoo."),
        Column("item_external_id", "text", "item.external_id", "Item at the provider."),
        Column(
            "kind",
            "text",
            "movement.kind",
            "new, expansion, contraction, churn, reactivation, plan_change, pause, resume, opening"
            " or exchange.",
        ),
        Column("occurred_at", "instant", "movement.occurred_at", "When it happened."),
        Column(
            "date",
            "date",
            "movement.date",
            "The day of that in the connection's accounting time zone.",
        ),
        CURRENCY,
        get_money("mrr_before", "movement.mrr_before", "MRR of the item before."),
        get_money("mrr_after", "movement.mrr_after", "MRR of the item after."),
        get_money("mrr_delta", "movement.mrr_delta", "After minus before."),
        COMPANY_CURRENCY,
        get_money(
            "mrr_delta_company",
            "movement.mrr_delta_company",
            "The same in company currency, at the rate of the day.",
            "company_currency",
        ),
        Column("quantity_before", "number", "movement.quantity_before", "Quantity before."),
        Column("quantity_after", "number", "movement.quantity_after", "Quantity after."),
        Column("price_before", "text", "movement.price_before", "Price at the provider, before."),
        Column("price_after", "text", "movement.price_after", "Price at the provider, after."),
        Column(
            "event_external_id", "text", "event.external_id", "The provider's event that told it."
        ),
        Column("product_id", "id", "price.product_id", "Product (variant) in Odoo."),
        get_money(
            "mrr_before_company",
            "movement.mrr_before_company",
            "Before, in company currency.",
            "company_currency",
        ),
        get_money(
            "mrr_after_company",
            "movement.mrr_after_company",
            "After, in company currency.",
            "company_currency",
        ),
        Column(
            "derived",
            "flag",
            "movement.derived",
            "It follows from what was known before; a later row may take it back.",
        ),
    ),
    """saas_subscription_change movement
      JOIN saas_subscription subscription ON subscription.id = movement.subscription_id
      JOIN saas_subscription_item item ON item.id = movement.item_id
      JOIN saas_billing_connection connection ON connection.id = subscription.connection_id
      JOIN saas_billing_event event ON event.id = movement.event_id
      JOIN res_partner customer ON customer.id = subscription.partner_id
      JOIN res_currency currency ON currency.id = movement.currency_id
      JOIN res_company company ON company.id = movement.company_id
      JOIN res_currency company_currency ON company_currency.id = company.currency_id
 LEFT JOIN saas_catalog_mapping price ON price.id = item.catalog_mapping_id""",
)

ACCESS = View(
    "saas_v1_access",
    "Changes of access to the product; rows are only ever added.",
    (
        Column("id", "id", "change.id", "Change in Odoo."),
        *get_origin("change.company_id"),
        *get_customer("subscription.partner_id", "subscription.connection_id"),
        *SUBSCRIPTION_IDS,
        Column("number", "integer", "change.number", "Counts the changes of a subscription."),
        Column("access_before", "text", "change.access_before", "Access before, if any."),
        Column("access", "text", "change.access", "granted, grace, suspended or ended."),
        Column("until", "instant", "change.until", "When it changes by itself, as known then."),
        Column("reason", "text", "change.reason", "state, time, person or policy."),
        Column("state", "text", "change.state", "State of the subscription then."),
        Column("changed_at", "instant", "change.create_date", "When it changed."),
        Column(
            "event_external_id",
            "text",
            "event.external_id",
            "The provider's event that caused it, if one did.",
        ),
    ),
    """saas_subscription_access change
      JOIN saas_subscription subscription ON subscription.id = change.subscription_id
      JOIN saas_billing_connection connection ON connection.id = subscription.connection_id
      JOIN res_partner customer ON customer.id = subscription.partner_id
 LEFT JOIN saas_billing_event event ON event.id = change.event_id""",
)

INVOICE = View(
    "saas_v1_invoice",
    "Posted invoices and credit notes of the provider and their voids. Amounts are positive where"
    " the customer owes, negative where money or credit goes back, so that they add up.",
    (
        Column("id", "id", "move.id", "Document in Odoo."),
        Column(
            "external_id",
            "text",
            "move.saas_external_id",
            "Invoice or credit note at the provider; a void carries the id of what it voids.",
        ),
        *get_origin("move.company_id"),
        *get_customer("move.partner_id", "move.saas_connection_id"),
        Column(
            "document_type",
            "text",
            "move.saas_document_type",
            "invoice, invoice_void, credit_note or credit_note_void.",
        ),
        Column("number", "text", "move.name", "Number in the books."),
        Column("provider_number", "text", "move.saas_number", "Number at the provider."),
        Column(
            "provider_status",
            "text",
            "move.saas_status",
            "Status at the provider in the newest snapshot.",
        ),
        Column(
            "payment_state",
            "text",
            "move.payment_state",
            "not_paid, in_payment, paid, partial, reversed or blocked.",
        ),
        Column(
            "reversed_id",
            "id",
            "move.reversed_entry_id",
            "Document in Odoo that this one takes back.",
        ),
        Column("issued_at", "instant", "move.saas_issued_at", "When it became final."),
        Column("date", "date", "move.date", "Accounting date."),
        Column("due_date", "date", "move.invoice_date_due", "Due date."),
        CURRENCY,
        get_money("amount_untaxed", f"move.amount_untaxed * {_SIGN}", "Without taxes."),
        get_money("amount_tax", f"move.amount_tax * {_SIGN}", "Taxes."),
        get_money("amount_total", f"move.amount_total * {_SIGN}", "With taxes."),
        get_money("amount_residual", f"move.amount_residual * {_SIGN}", "What is still open."),
        COMPANY_CURRENCY,
        get_money(
            "amount_total_company",
            "move.amount_total_signed",
            "With taxes, in company currency.",
            "company_currency",
        ),
        Column("written_at", "instant", "move.write_date", "When the row last changed in Odoo."),
    ),
    """account_move move
      JOIN saas_billing_connection connection ON connection.id = move.saas_connection_id
      JOIN res_partner customer ON customer.id = move.partner_id
      JOIN res_currency currency ON currency.id = move.currency_id
      JOIN res_company company ON company.id = move.company_id
      JOIN res_currency company_currency ON company_currency.id = company.currency_id
     WHERE move.state = 'posted' AND move.saas_document_type IN
           ('invoice', 'invoice_void', 'credit_note', 'credit_note_void')""",
)

INVOICE_LINE = View(
    "saas_v1_invoice_line",
    "Lines of the documents in saas_v1_invoice, signed as these are.",
    (
        Column("id", "id", "line.id", "Line in Odoo."),
        Column("external_id", "text", "line.saas_line_id", "Line at the provider."),
        Column("invoice_id", "id", "move.id", "Document in Odoo."),
        Column("invoice_external_id", "text", "move.saas_external_id", "Document at the provider."),
        Column("company_id", "id", "move.company_id", "Company in Odoo."),
        Column("product_id", "id", "line.product_id", "Product (variant) in Odoo."),
        Column("price_external_id", "text", "price.external_id", "Price at the provider."),
        Column("subscription_id", "id", "line.saas_subscription_id", "Subscription in Odoo."),
        Column("item_id", "id", "line.saas_subscription_item_id", "Subscription item in Odoo."),
        Column("description", "text", "line.name", "Text of the line."),
        Column("quantity", "number", "line.quantity", "Quantity."),
        CURRENCY,
        get_money("amount_untaxed", f"line.price_subtotal * {_SIGN}", "Without taxes."),
        get_money("amount_total", f"line.price_total * {_SIGN}", "With taxes."),
        Column("service_start", "date", "line.saas_service_start", "First day served."),
        Column("service_end", "date", "line.saas_service_end", "First day not served any more."),
        Column(
            "proration", "flag", "line.saas_proration", "Whether it adjusts a period billed before."
        ),
    ),
    """account_move_line line
      JOIN account_move move ON move.id = line.move_id
      JOIN res_currency currency ON currency.id = line.currency_id
 LEFT JOIN saas_catalog_mapping price ON price.id = line.saas_catalog_mapping_id
     WHERE move.state = 'posted' AND line.display_type = 'product'
       AND move.saas_document_type IN
           ('invoice', 'invoice_void', 'credit_note', 'credit_note_void')""",
)

PAYMENT = View(
    "saas_v1_payment",
    "Payments and refunds. Amounts are positive where money came, negative where it went back.",
    (
        Column("id", "id", "payment.id", "Payment in Odoo."),
        Column(
            "external_id",
            "text",
            "payment.saas_external_id",
            "Invoice payment or refund at the provider.",
        ),
        *get_origin("payment.company_id"),
        *get_customer(
            "coalesce(invoice.partner_id, payment.partner_id)", "payment.saas_connection_id"
        ),
        Column(
            "kind",
            "text",
            "payment.saas_kind",
            "payment, charge_failure, refund, refund_failure, outside, outside_reversal or"
            " outside_refund.",
        ),
        Column(
            "state",
            "text",
            "payment.state",
            "draft, in_process, paid, canceled or rejected, in the books.",
        ),
        Column(
            "payment_intent_external_id",
            "text",
            "payment.saas_payment_intent_id",
            "Payment intent at the provider.",
        ),
        Column("charge_external_id", "text", "payment.saas_charge_id", "Charge at the provider."),
        Column("invoice_id", "id", "payment.saas_invoice_id", "Invoice in Odoo."),
        Column(
            "invoice_external_id", "text", "invoice.saas_external_id", "Invoice at the provider."
        ),
        Column(
            "credit_note_id",
            "id",
            """(
            SELECT min(allocation.note_id) FROM saas_credit_allocation allocation
             WHERE allocation.connection_id = payment.saas_connection_id
               AND allocation.external_id = payment.saas_external_id
               AND payment.saas_kind IN ('refund', 'outside_refund'))""",
            "Credit note in Odoo that a refund pays out, the first of several.",
        ),
        Column(
            "date", "date", "payment.date", "The day, in the connection's accounting time zone."
        ),
        CURRENCY,
        get_money(
            "amount",
            "payment.amount * CASE payment.payment_type WHEN 'inbound' THEN 1 ELSE -1 END",
            "Amount.",
        ),
        COMPANY_CURRENCY,
        get_money(
            "amount_company",
            "payment.amount_company_currency_signed",
            "Amount in company currency.",
            "company_currency",
        ),
        Column("written_at", "instant", "payment.write_date", "When the row last changed in Odoo."),
    ),
    """account_payment payment
      JOIN saas_billing_connection connection ON connection.id = payment.saas_connection_id
      JOIN res_partner customer ON customer.id = payment.partner_id
      JOIN res_currency currency ON currency.id = payment.currency_id
      JOIN res_company company ON company.id = payment.company_id
      JOIN res_currency company_currency ON company_currency.id = company.currency_id
 LEFT JOIN account_move invoice ON invoice.id = payment.saas_invoice_id""",
)

VIEWS = (SUBSCRIPTION, SUBSCRIPTION_ITEM, ACCESS, MRR_MOVEMENT, INVOICE, INVOICE_LINE, PAYMENT)
