"""What Stripe sends for one annual plan: 1,200.00 + 20 % VAT, billed and paid on 1 January 2026."""

from datetime import UTC, datetime


def _seconds(*day):
    return int(datetime(*day, tzinfo=UTC).timestamp())


START, END = _seconds(2026, 1, 1), _seconds(2027, 1, 1)
PLAN = {
    "id": "price_team",
    "object": "price",
    "product": "prod_team",
    "currency": "usd",
    "unit_amount": 120000,
    "recurring": {"interval": "year", "interval_count": 1, "usage_type": "licensed"},
}
MASTER_DATA = [
    ("customer.created", {"id": "cus_ada", "object": "customer", "name": "Ada Analytics"}),
    ("product.created", {"id": "prod_team", "object": "product", "name": "Team plan"}),
    ("price.created", PLAN),
    (
        "tax_rate.created",
        {
            "id": "txr_vat",
            "object": "tax_rate",
            "display_name": "VAT",
            "percentage": 20.0,
            "inclusive": False,
        },
    ),
    (
        "customer.subscription.created",
        {
            "id": "sub_ada",
            "object": "subscription",
            "customer": "cus_ada",
            "currency": "usd",
            "status": "active",
            "start_date": START,
            "items": {
                "object": "list",
                "data": [
                    {
                        "id": "si_ada",
                        "object": "subscription_item",
                        "current_period_start": START,
                        "current_period_end": END,
                        "price": PLAN,
                        "quantity": 1,
                    }
                ],
            },
        },
    ),
]


def invoice(**values):
    """The year's invoice as finalised."""
    line = {
        "id": "il_year",
        "object": "line_item",
        "amount": 120000,
        "currency": "usd",
        "description": "1 × Team plan (at $1,200.00 / year)",
        "period": {"start": START, "end": END},
        "quantity": 1,
        "parent": {
            "type": "subscription_item_details",
            "subscription_item_details": {
                "subscription": "sub_ada",
                "subscription_item": "si_ada",
                "proration": False,
            },
        },
        "pricing": {"price_details": {"price": "price_team", "product": "prod_team"}},
        "taxes": [
            {
                "amount": 24000,
                "taxable_amount": 120000,
                "tax_behavior": "exclusive",
                "tax_rate_details": {"tax_rate": "txr_vat"},
            }
        ],
    }
    return {
        "id": "in_year",
        "object": "invoice",
        "number": "ACME-0001",
        "customer": "cus_ada",
        "currency": "usd",
        "status": "open",
        "status_transitions": {"finalized_at": START},
        "subtotal": 120000,
        "total": 144000,
        "lines": {"object": "list", "data": [line]},
        **values,
    }


PAYMENT = {
    "id": "inpay_year",
    "object": "invoice_payment",
    "invoice": "in_year",
    "currency": "usd",
    "amount_paid": 144000,
    "status": "paid",
    "created": START,
    "status_transitions": {"paid_at": START},
    "payment": {"type": "payment_intent", "payment_intent": "pi_year"},
}
BILLED = [("invoice.finalized", invoice())]
PAID = [
    ("invoice_payment.paid", PAYMENT),
    ("invoice.paid", invoice(status="paid", amount_paid=144000)),
]
