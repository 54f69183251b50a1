"""Ledgerly, an invented billing platform: an adapter as small as one can be.

A *member* signs a *contract* for *offers* and gets *bills*, which *receipts* pay. Amounts are
decimal strings, days are whole and the last one is served, tax stands on a bill's *rows*.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from odoo.addons.saas_billing_connector import canonical, providers
from odoo.addons.saas_billing_connector.providers import ACCOUNTING, SERVICE, Ignored, Route

SEAL, SENT = "Ledgerly-Seal", "Ledgerly-Sent"
TOPICS = {
    "member.joined": Route("customer", SERVICE),
    "good.listed": Route("product", SERVICE),
    "offer.listed": Route("price", SERVICE),
    "levy.listed": Route("tax_rate", SERVICE),
    "contract.signed": Route("subscription", SERVICE),
    "contract.amended": Route("subscription", SERVICE),
    "bill.issued": Route("invoice", ACCOUNTING),
    "bill.settled": Route("invoice", ACCOUNTING),
    "bill.withdrawn": Route("invoice", ACCOUNTING),
    "receipt.entered": Route("payment", ACCOUNTING),
}
BEGINS = frozenset({"joined", "listed", "signed", "issued", "entered"})
STATES = {"running": "active", "late": "past_due", "frozen": "paused", "over": "cancelled"}
BILL_STATES = {"owed": "open", "settled": "paid", "withdrawn": "void"}


def _midnight(text):
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)


def _period(first, last):
    return canonical.Period(_midnight(first), _midnight(last) + timedelta(days=1))


def _customer(subject):
    where = canonical.Address(city=subject["town"], country=subject["land"])
    return canonical.Customer(subject["ref"], subject["called"], subject["mail"], address=where)


def _product(subject):
    return canonical.Product(subject["ref"], subject["called"])


def _price(subject):
    return canonical.Price(
        external_id=subject["ref"],
        product_id=subject["good"],
        currency=subject["money"],
        unit_amount=Decimal(subject["each"]),
        interval=subject["every"],
    )


def _tax_rate(subject):
    return canonical.TaxRate(
        subject["ref"], subject["called"], Decimal(subject["share"]) * 100, inclusive=False
    )


def _item(seat, subject):
    return canonical.SubscriptionItem(
        external_id=seat["ref"],
        price_id=seat["offer"],
        product_id=seat["good"],
        currency=subject["money"],
        quantity=Decimal(seat["count"]),
        unit_amount=Decimal(seat["each"]),
        interval=subject["every"],
        interval_count=1,
        metered=False,
        period=_period(*subject["term"]),
    )


def _subscription(subject):
    return canonical.Subscription(
        external_id=subject["ref"],
        customer_id=subject["member"],
        status=STATES[subject["state"]],
        currency=subject["money"],
        started_at=_midnight(subject["from"]),
        items=tuple(_item(seat, subject) for seat in subject["seats"]),
    )


def _invoice_line(row, subject):
    levies = (
        canonical.LineTax(levy["ref"], Decimal(levy["sum"]), Decimal(row["sum"]), inclusive=False)
        for levy in row["levies"]
    )
    return canonical.InvoiceLine(
        external_id=row["ref"],
        description=row["text"],
        amount=Decimal(row["sum"]),
        quantity=Decimal(row["count"]),
        period=_period(*row["term"]),
        taxes=tuple(levies),
        price_id=row["offer"],
        product_id=row["good"],
        subscription_id=subject["contract"],
        subscription_item_id=row["seat"],
    )


def _invoice(subject):
    return canonical.Invoice(
        external_id=subject["ref"],
        number=subject["no"],
        status=BILL_STATES[subject["state"]],
        customer_id=subject["member"],
        currency=subject["money"],
        accounting_at=_midnight(subject["dated"]),
        total=Decimal(subject["sum"]),
        lines=tuple(_invoice_line(row, subject) for row in subject["rows"]),
        voided_at=_midnight(subject["withdrawn"]) if subject["state"] == "withdrawn" else None,
    )


def _payment(subject):
    return canonical.Payment(
        external_id=subject["ref"],
        invoice_id=subject["bill"],
        amount=Decimal(subject["sum"]),
        currency=subject["money"],
        paid_at=datetime.fromisoformat(subject["entered"]),
    )


NORMALISERS = {
    "customer": _customer,
    "product": _product,
    "price": _price,
    "tax_rate": _tax_rate,
    "subscription": _subscription,
    "invoice": _invoice,
    "payment": _payment,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(providers.Envelope):
    """The outside of a notice."""

    subject: dict[str, Any]


class LedgerlyAdapter(providers.Adapter):
    def verify(self, body, headers, secrets):
        signed, given = headers.get(SENT, "").encode() + body, headers.get(SEAL, "")
        if not any(hmac.compare_digest(given, seal(signed, secret)) for secret in secrets):
            raise providers.SignatureError("the seal is broken")
        return body.decode()

    def parse(self, text):
        try:
            notice = json.loads(text)
            subject, topic = notice["subject"], notice["topic"]
            return Notice(
                external_id=notice["notice"],
                type=topic,
                track=self.route_for(topic).track,
                livemode=not notice["sandbox"],
                created_at=datetime.fromisoformat(notice["at"]),
                object_type=topic.partition(".")[0],
                object_id=subject["ref"],
                lane=subject.get("member") or subject["ref"],
                body=notice,
                subject=subject,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise providers.MalformedEvent("this is no notice") from error

    def route_for(self, event_type, api_version=None):
        return TOPICS.get(event_type, Ignored("Unknown topic."))

    def version_of(self, event_type, occurred_at, external_id):
        return f"{occurred_at:%Y%m%d%H%M%S}.{self.happened(event_type)}.{external_id}"

    def happened(self, event_type):
        return "created" if event_type.partition(".")[2] in BEGINS else "updated"

    def normalise(self, envelope, canonical_type):
        record = NORMALISERS[canonical_type](envelope.subject)
        version = self.version_of(envelope.type, envelope.created_at, envelope.external_id)
        return record, None, version


def seal(signed, secret):
    """The seal over time and body."""
    return hmac.new(secret.encode(), signed, hashlib.sha512).hexdigest()
