"""What reconciliation keeps of each canonical record: facts, each with a day and an amount.

One function per canonical type; all of them take the record and the zone of the accounting days.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .settlement import PAYMENTS, PURE_FEES


class Fact(NamedTuple):
    """One thing that the provider says happened.

    :ivar kind: what the books know it as: invoice, invoice_void, charge, refund…
    :ivar item: part of it, such as the tax rate of a tax; empty for the whole
    :ivar amount: signed as the books sign it: positive where the customer owes or money comes in
    :ivar status: what the books must agree with; empty where there is only one
    :ivar alias: another id that the books may know it by; `outside` of the provider for payments
    """

    kind: str
    external_id: str
    day: date
    currency: str
    amount: Decimal
    item: str = ""
    status: str = ""
    label: str = ""
    alias: str = ""


def facts_of(canonical_type, record, zone):
    """The facts that a canonical record tells; none where nothing has happened yet."""
    return READERS[canonical_type](record, zone)


def _day(instant, zone):
    return instant.astimezone(zone).date()


def _document(kind, record, instant, sign, zone):
    """A document and its taxes; the opposite of both on the day it was voided."""
    happened = [(kind, instant, sign)]
    if record.status == "void" and record.voided_at:
        happened.append((f"{kind}_void", record.voided_at, -sign))
    taxes = _taxes(record)
    for name, when, factor in happened:
        common = {
            "kind": name,
            "external_id": record.external_id,
            "day": _day(when, zone),
            "currency": record.currency,
            "status": record.status,
            "label": record.number or record.external_id,
        }
        yield Fact(amount=factor * record.total, **common)
        for rate_id, amount in taxes.items():
            yield Fact(amount=factor * amount, item=rate_id, **common)


def _taxes(record):
    """Tax by rate; rates that come to nothing leave no tax line in the books."""
    sums = {}
    for line in record.lines:
        for tax in line.taxes:
            rate_id = tax.rate_id or "none"
            sums[rate_id] = sums.get(rate_id, Decimal(0)) + tax.amount
    return {rate_id: amount for rate_id, amount in sums.items() if amount}


def _invoice(record, zone):
    if record.status != "draft" and record.accounting_at:
        yield from _document("invoice", record, record.accounting_at, 1, zone)


def _credit_note(record, zone):
    yield from _document("credit_note", record, record.issued_at, -1, zone)


def _charge(record, zone):
    """Money taken; known by its payment intent, as the payments of the books are."""
    if record.status == "succeeded":
        yield Fact(
            kind="charge",
            external_id=record.payment_intent_id or record.external_id,
            day=_day(record.created_at, zone),
            currency=record.currency,
            amount=record.amount,
            status=record.status,
            label=record.external_id,
            alias=record.external_id,
        )


def _payment(record, zone):
    """Money applied to an invoice: from a charge, or paid outside the provider."""
    if record.amount:
        is_inside = record.payment_intent_id or record.charge_id
        yield Fact(
            kind="payment",
            external_id=record.external_id,
            day=_day(record.paid_at, zone),
            currency=record.currency,
            amount=record.amount,
            label=record.external_id,
            alias="" if is_inside else "outside",
        )


def _refund(record, zone):
    """Money given back; that of a pending refund has left the balance already."""
    has_left = record.status == "pending" and record.balance_transaction_id
    if record.status == "succeeded" or has_left:
        yield Fact(
            kind="refund",
            external_id=record.external_id,
            day=_day(record.created_at, zone),
            currency=record.currency,
            amount=-record.amount,
            status="succeeded",
            label=record.external_id,
        )


def _payout(record, zone):
    yield Fact(
        kind="payout",
        external_id=record.external_id,
        day=_day(record.created_at, zone),
        currency=record.currency,
        amount=record.amount,
        status=record.status,
        label=record.external_id,
    )


def _subscription(record, zone):
    yield Fact(
        kind="subscription",
        external_id=record.external_id,
        day=_day(record.created_at or record.started_at, zone),
        currency=record.currency,
        amount=Decimal(0),
        status=record.status,
        label=record.external_id,
    )


def _balance_transaction(record, zone):
    """A movement of the balance that is paid out, in the currency of settlement; and its fee."""
    if record.balance == PAYMENTS:
        fee = record.fee - (record.amount if record.category in PURE_FEES else 0)
        for kind, amount in (("movement", record.net), ("fee", fee)):
            if amount or kind == "movement":
                yield Fact(
                    kind=kind,
                    external_id=record.external_id,
                    day=_day(record.created_at, zone),
                    currency=record.currency,
                    amount=amount,
                    label=record.external_id,
                )


READERS = {
    "balance_transaction": _balance_transaction,
    "charge": _charge,
    "credit_note": _credit_note,
    "invoice": _invoice,
    "payment": _payment,
    "payout": _payout,
    "refund": _refund,
    "subscription": _subscription,
}
