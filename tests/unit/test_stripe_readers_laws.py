"""Laws of reading any API version: no money is lost or invented on the way to the newest shape."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saas_billing_connector.canonical import InvalidData
from saas_billing_connector.providers.stripe import normalise_object
from saas_billing_connector.providers.stripe.normalise import NORMALISERS
from saas_billing_connector.providers.stripe.readers import upgrade

settings.register_profile("readers", max_examples=60, deadline=None)
settings.load_profile("readers")

OLD_VERSIONS = ("2020-08-27", "2024-06-20", "2024-09-30.acacia", "2025-02-24.acacia")
CREATED = 1767225600
IDS = st.integers(1, 99)
CENTS = st.integers(-(10**9), 10**9)
SHARES = st.integers(0, 10**6)


@st.composite
def old_taxes(draw):
    return [
        {
            "amount": draw(st.integers(-(10**6), 10**6)),
            "inclusive": draw(st.booleans()),
            "tax_rate": f"txr_{draw(IDS)}",
            "taxability_reason": draw(st.sampled_from([None, "standard_rated", "reverse_charge"])),
            "taxable_amount": draw(st.none() | CENTS),
        }
        for _tax in range(draw(st.integers(0, 3)))
    ]


@st.composite
def old_line(draw):
    """An invoice line as versions before basil show it."""
    kind = draw(st.sampled_from(["invoiceitem", "subscription"]))
    discounts = [
        {"amount": draw(SHARES), "discount": "di_1"} for _ in range(draw(st.integers(0, 2)))
    ]
    grants = [
        {"amount": draw(SHARES), "credit_balance_transaction": "cbtxn_1", "type": "credit_balance"}
        for _ in range(draw(st.integers(0, 1)))
    ]
    start = draw(st.integers(CREATED, CREATED + 10**7))
    price = {"id": f"price_{draw(IDS)}", "object": "price", "product": f"prod_{draw(IDS)}"}
    line = {
        "id": f"il_{draw(IDS)}",
        "object": "line_item",
        "amount": draw(CENTS),
        "currency": "usd",
        "description": "Line",
        "discount_amounts": discounts,
        "period": {"start": start, "end": start + draw(st.integers(0, 10**7))},
        "plan": None,
        "price": draw(st.sampled_from([None, price])),
        "pretax_credit_amounts": [{**each, "type": "discount"} for each in discounts] + grants,
        "proration": kind == "invoiceitem" and draw(st.booleans()),
        "quantity": draw(st.none() | st.integers(0, 1000)),
        "subscription": draw(st.sampled_from([None, "sub_1"])),
        "tax_amounts": draw(old_taxes()),
        "type": kind,
    }
    if kind == "subscription" or line["proration"]:
        line["subscription_item"] = f"si_{draw(IDS)}"
    if kind == "invoiceitem":
        line["invoice_item"] = f"ii_{draw(IDS)}"
    return line


def billed(line):
    """What a line asks for, from its own amounts."""
    on_top = sum(tax["amount"] for tax in line["tax_amounts"] if not tax["inclusive"])
    off = sum(each["amount"] for each in line["discount_amounts"])
    grants = sum(
        each["amount"] for each in line["pretax_credit_amounts"] if each["type"] != "discount"
    )
    return line["amount"] - off - grants + on_top


@st.composite
def old_invoice(draw):
    lines = draw(st.lists(old_line(), max_size=6))
    return {
        "id": "in_1",
        "object": "invoice",
        "currency": "usd",
        "customer": draw(st.sampled_from(["cus_1", {"id": "cus_1", "object": "customer"}])),
        "ending_balance": 0,
        "lines": {"object": "list", "data": lines, "has_more": False},
        "paid_out_of_band": False,
        "starting_balance": 0,
        "status": "open",
        "status_transitions": {"finalized_at": CREATED},
        "subscription": draw(st.sampled_from([None, "sub_1"])),
        "total": sum(billed(line) for line in lines),
    }


def cents(amount):
    return int(amount * 100)


@pytest.mark.parametrize("version", OLD_VERSIONS)
@given(invoice=old_invoice())
def test_an_invoice_keeps_every_cent_and_every_tax(version, invoice):
    record = normalise_object("invoice", invoice, version)
    assert cents(record.total) == invoice["total"]
    for line, read in zip(invoice["lines"]["data"], record.lines, strict=True):
        assert cents(read.amount) == line["amount"]
        assert cents(read.discount_amount + read.credit_amount) == sum(
            each["amount"] for each in line["pretax_credit_amounts"]
        )
        assert [(cents(tax.amount), tax.inclusive, tax.rate_id) for tax in read.taxes] == [
            (tax["amount"], tax["inclusive"], tax["tax_rate"]) for tax in line["tax_amounts"]
        ]
        assert read.proration == line["proration"]
        assert read.price_id == (line["price"] and line["price"]["id"])
        assert read.subscription_item_id == line.get("subscription_item")
        assert read.invoice_item_id == line.get("invoice_item")


@given(invoice=old_invoice(), cent=st.sampled_from([-1, 1]))
def test_an_invoice_that_is_off_by_a_cent_is_refused(invoice, cent):
    invoice["total"] += cent
    with pytest.raises(InvalidData):
        normalise_object("invoice", invoice, "2024-06-20")


@given(
    total=st.integers(1, 10**9),
    before=st.booleans(),
    outside=st.integers(0, 10**9),
    refund=st.sampled_from([None, "re_1"]),
    transaction=st.sampled_from([None, "cbtxn_1"]),
    version=st.sampled_from(OLD_VERSIONS),
)
def test_a_credit_note_is_split_without_remainder(
    total, before, outside, refund, transaction, version
):
    outside = 0 if before else min(outside, total)
    note = {
        "id": "cn_1",
        "object": "credit_note",
        "created": CREATED,
        "currency": "usd",
        "customer": "cus_1",
        "customer_balance_transaction": transaction,
        "invoice": "in_1",
        "lines": {"object": "list", "data": [], "has_more": False},
        "out_of_band_amount": outside or None,
        "refund": refund,
        "status": "issued",
        "total": total,
        "type": "pre_payment" if before else "post_payment",
    }
    record = normalise_object("credit_note", note, version)
    assert record.pre_payment_amount + record.post_payment_amount == record.total
    amounts = [each.amount for each in record.refunds] + [record.balance_credited]
    if refund and transaction:
        assert None in amounts, "how it was split is not told, so it is not guessed"
    else:
        given_back = sum(amounts, Decimal(0)) + record.out_of_band_amount
        assert given_back == record.post_payment_amount


@given(invoice=old_invoice())
def test_upgrading_twice_is_upgrading_once(invoice):
    before = Counter(map(str, invoice.items()))
    once = upgrade("invoice", invoice, "2020-08-27")
    assert upgrade("invoice", once, "2020-08-27") == once
    assert Counter(map(str, invoice.items())) == before, "what was received stays as it is"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("id", "amount", "currency", "data", "lines", "items", "total", "price", "status", "type")
NAMES += (
    "customer",
    "invoice",
    "refund",
    "refunds",
    "tax_amounts",
    "discounts",
    "object",
    "period",
)


@pytest.mark.parametrize("canonical_type", sorted(NORMALISERS))
@settings(max_examples=30)
@given(obj=st.dictionaries(st.sampled_from(NAMES), JSON))
def test_any_json_is_read_or_refused(canonical_type, obj):
    try:
        normalise_object(canonical_type, obj)
    except InvalidData as error:
        assert error.message and error.key
