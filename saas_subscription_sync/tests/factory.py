"""Canonical records for tests: short calls, sensible defaults, one timeline."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from odoo.addons.saas_billing_connector import canonical

YEAR_START = datetime(2026, 1, 1, tzinfo=UTC)


def at(month, day=1, year=2026, hour=0):
    """An instant."""
    return datetime(year, month, day, hour, tzinfo=UTC)


def period(start, end):
    return canonical.Period(start, end)


def customer(external_id="cus_1", **values):
    values = {"name": f"Customer {external_id}", "email": f"{external_id}@example.com", **values}
    return canonical.Customer(external_id=external_id, **values)


def tax_id(external_id="txi_1", kind="eu_vat", value="DE123456788", **values):
    values = {"customer_id": "cus_1", **values}
    return canonical.TaxId(external_id=external_id, kind=kind, value=value, **values)


def card_expiry(external_id="card_1", customer_id="cus_1"):
    return canonical.CardExpiry(external_id=external_id, customer_id=customer_id)


def product(external_id="prod_1", **values):
    return canonical.Product(
        external_id=external_id, **{"name": f"Product {external_id}", **values}
    )


def price(external_id="price_1", amount="1200", interval="year", **values):
    values = {"product_id": "prod_1", "currency": "USD", **values}
    return canonical.Price(
        external_id=external_id, unit_amount=Decimal(amount), interval=interval, **values
    )


def tax_rate(external_id="txr_20", percentage="20", inclusive=False, **values):
    values = {"name": f"VAT {percentage}%", **values}
    return canonical.TaxRate(
        external_id=external_id, percentage=Decimal(percentage), inclusive=inclusive, **values
    )


def item(external_id="si_1", amount="1200", quantity="1", interval="year", **values):
    values = {
        "price_id": "price_1",
        "product_id": "prod_1",
        "currency": "USD",
        "interval_count": 1,
        "metered": False,
        "period": period(YEAR_START, at(1, year=2027)),
        **values,
    }
    return canonical.SubscriptionItem(
        external_id=external_id,
        quantity=Decimal(quantity),
        unit_amount=Decimal(amount),
        interval=interval,
        **values,
    )


def subscription(external_id="sub_1", *items, status="active", **values):
    values = {"customer_id": "cus_1", "currency": "USD", "started_at": YEAR_START, **values}
    return canonical.Subscription(
        external_id=external_id, status=status, items=items or (item(),), **values
    )


def phase(start, end, *price_ids, quantity="1", **values):
    """A phase of a schedule, with as many of each price."""
    items = tuple(canonical.PhaseItem(each, Decimal(quantity)) for each in price_ids)
    return canonical.SchedulePhase(period=period(start, end), items=items, **values)


def schedule(external_id="sub_sched_1", *phases, status="active", **values):
    values = {
        "customer_id": "cus_1",
        "subscription_id": "sub_1",
        "end_behavior": "release",
        **values,
    }
    return canonical.SubscriptionSchedule(
        external_id=external_id, status=status, phases=phases, **values
    )


def tax(amount, base, rate_id="txr_20", inclusive=False, **values):
    return canonical.LineTax(
        rate_id=rate_id,
        amount=Decimal(amount),
        taxable_amount=Decimal(base),
        inclusive=inclusive,
        **values,
    )


def line(amount, *taxes, external_id="il_1", quantity="1", **values):
    values = {
        "description": f"Line {external_id}",
        "period": period(YEAR_START, at(1, year=2027)),
        "price_id": "price_1",
        "product_id": "prod_1",
        **values,
    }
    return canonical.InvoiceLine(
        external_id=external_id,
        amount=Decimal(amount),
        quantity=Decimal(quantity),
        taxes=taxes,
        **values,
    )


def invoice_item(external_id="ii_1", amount="80", quantity="1", **values):
    """A proration that waits for the next invoice: the rest of January from the 15th on."""
    created_at = values.get("created_at", at(1, 15))
    values = {
        "customer_id": "cus_1",
        "currency": "USD",
        "created_at": created_at,
        "period": period(created_at, at(2)),
        "description": f"Remaining time {external_id}",
        "proration": True,
        "subscription_id": "sub_1",
        "subscription_item_id": "si_1",
        "price_id": "price_1",
        "product_id": "prod_1",
        **values,
    }
    return canonical.InvoiceItem(
        external_id=external_id, amount=Decimal(amount), quantity=Decimal(quantity), **values
    )


def gross(lines):
    """What lines of an invoice or credit note add up to."""
    return sum(
        (
            each.net_amount
            - sum((credit.amount for credit in each.credits), Decimal(0))
            + sum((tax.amount for tax in each.taxes), Decimal(0))
            for each in lines
        ),
        Decimal(0),
    )


def invoice(external_id="in_1", *lines, status="open", **values):
    lines = lines or (line("1200", tax("240", "1200")),)
    values = {
        "number": f"NO-{external_id}",
        "customer_id": "cus_1",
        "currency": "USD",
        "accounting_at": YEAR_START,
        "total": gross(lines),
        **values,
    }
    return canonical.Invoice(external_id=external_id, status=status, lines=lines, **values)


def payment(external_id="pi_1", amount="1440", **values):
    values = {
        "invoice_id": "in_1",
        "currency": "USD",
        "paid_at": YEAR_START,
        "payment_intent_id": external_id,
        **values,
    }
    return canonical.Payment(external_id=external_id, amount=Decimal(amount), **values)


def credit_line(amount, *taxes, external_id="cnl_1", invoice_line_id="il_1", **values):
    values = {"description": "Credit", "quantity": Decimal(1), **values}
    return canonical.CreditNoteLine(
        external_id=external_id,
        amount=Decimal(amount),
        invoice_line_id=invoice_line_id,
        taxes=taxes,
        **values,
    )


def credit_note(external_id="cn_1", *lines, status="issued", refund_ids=(), **values):
    values = {
        "number": f"NO-{external_id}",
        "invoice_id": "in_1",
        "customer_id": "cus_1",
        "currency": "USD",
        "issued_at": at(2),
        "total": gross(lines),
        "refunds": tuple(canonical.CreditNoteRefund(each, None) for each in refund_ids),
        **values,
    }
    return canonical.CreditNote(external_id=external_id, status=status, lines=lines, **values)


def credit_note_refund(refund_id, amount=None):
    return canonical.CreditNoteRefund(refund_id, amount)


def refund(external_id="re_1", amount="1440", status="succeeded", **values):
    values = {
        "currency": "USD",
        "created_at": at(2),
        "payment_intent_id": "pi_1",
        **values,
    }
    return canonical.Refund(
        external_id=external_id, status=status, amount=Decimal(amount), **values
    )


def charge(external_id="ch_1", amount="1440", status="succeeded", **values):
    values = {
        "currency": "USD",
        "created_at": YEAR_START,
        "payment_intent_id": "pi_1",
        **values,
    }
    return canonical.Charge(
        external_id=external_id, status=status, amount=Decimal(amount), **values
    )


def later_month(day):
    """First day of the month after that of `day`."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def movement(external_id="txn_du", amount="-1440", **values):
    """A movement of the provider's balance; its fee is not ours to book."""
    values = {"currency": "USD", "created_at": at(3), "category": "dispute", **values}
    return canonical.BalanceTransaction(
        external_id=external_id,
        kind="adjustment",
        amount=Decimal(amount),
        fee=Decimal(15),
        net=Decimal(amount) - 15,
        available_at=values["created_at"],
        status="available",
        **values,
    )


def dispute(external_id="du_1", *movements, status="needs_response", amount="1440", **values):
    values = {
        "currency": "USD",
        "created_at": at(3),
        "charge_id": "ch_1",
        "payment_intent_id": "pi_1",
        "reason": "fraudulent",
        **values,
    }
    return canonical.Dispute(
        external_id=external_id,
        status=status,
        amount=Decimal(amount),
        balance_transactions=movements,
        **values,
    )


def balance_transaction(external_id="txn_1", amount="1440", fees=(), category="charge", **values):
    """A balance transaction.

    :param fees: (kind, amount) pairs
    """
    currency = values.get("currency", "USD")
    parts = tuple(canonical.Fee(kind, Decimal(each), currency) for kind, each in fees)
    fee = sum((each.amount for each in parts), Decimal(0))
    created_at = values.get("created_at", YEAR_START)
    values = {
        "kind": category,
        "currency": currency,
        "created_at": created_at,
        "available_at": later(created_at, days=2),
        "status": "pending",
        "source_id": "ch_1",
        "payment_intent_id": "pi_1" if category == "charge" else None,
        **values,
    }
    amount = Decimal(amount)
    return canonical.BalanceTransaction(
        external_id=external_id,
        category=category,
        amount=amount,
        fee=fee,
        net=amount - fee,
        fees=parts,
        **values,
    )


def payout(external_id="po_1", amount="1397.94", status="paid", **values):
    created_at = values.get("created_at", at(1, 3))
    values = {
        "currency": "USD",
        "created_at": created_at,
        "arrival_at": later(created_at, days=1),
        "automatic": True,
        "itemised": True,
        **values,
    }
    return canonical.Payout(
        external_id=external_id, status=status, amount=Decimal(amount), **values
    )


def contents(*transaction_ids, payout_id="po_1"):
    """What a payout contains."""
    return canonical.PayoutContents(
        external_id=f"{payout_id}:contents", payout_id=payout_id, transaction_ids=transaction_ids
    )


def credit_grant(external_id="credgr_1", amount="100", category="paid", **values):
    values = {"customer_id": "cus_1", "currency": "USD", "name": "Credits", **values}
    return canonical.CreditGrant(
        external_id=external_id, category=category, amount=Decimal(amount), **values
    )


def credit_transaction(
    external_id="cbtxn_1", amount="-30", kind="credits_applied", grant_id="credgr_1", **values
):
    values = {"currency": "USD", "effective_at": YEAR_START, **values}
    return canonical.CreditBalanceTransaction(
        external_id=external_id, grant_id=grant_id, kind=kind, amount=Decimal(amount), **values
    )


def line_credit(amount, transaction_id="cbtxn_1"):
    return canonical.LineCredit(amount=Decimal(amount), transaction_id=transaction_id)


def later(instant, **delta):
    return instant + timedelta(**delta)
