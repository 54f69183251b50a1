"""Canonical records survive being written and read, and equal records have one text."""

import dataclasses
import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "saas_billing_connector"))

from canonical import records, serialise
from canonical.period import Period

settings.register_profile("serialise", max_examples=60, deadline=None)
settings.load_profile("serialise")

ZONES = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
TYPES = ("customer", "tax_id", "product", "price", "coupon", "tax_rate", "subscription")
TYPES += ("subscription_schedule", "invoice_item", "invoice", "payment", "charge", "credit_note")
TYPES += ("refund", "dispute", "balance_transaction", "payout", "credit_grant")
TYPES += ("credit_balance_transaction", "payout_contents")

st.register_type_strategy(
    Decimal, st.decimals(allow_nan=False, allow_infinity=False, places=6, max_value=10**12)
)
st.register_type_strategy(
    datetime, st.datetimes(datetime(2011, 1, 1), datetime(2090, 1, 1), timezones=ZONES)
)


@pytest.mark.parametrize("canonical_type", TYPES)
@given(data=st.data())
def test_what_is_read_equals_what_was_written(canonical_type, data):
    record = data.draw(st.from_type(serialise.record_class(canonical_type)))
    text = serialise.dumps(record)
    read = serialise.loads(canonical_type, text)
    assert read == record
    assert serialise.dumps(read) == text
    for change in ((canonical_type, record, None, "7"), (canonical_type, record, record, "8")):
        assert serialise.load_change(serialise.dump_change(*change)) == change


def payment(**values):
    day = datetime(2026, 5, 1, 12, tzinfo=UTC)
    return records.Payment("pi_1", "in_1", Decimal("10.50"), "EUR", day, **values)


def test_equal_records_have_one_text():
    east = timezone(timedelta(hours=9))
    here, there = (
        payment(),
        dataclasses.replace(
            payment(),
            amount=Decimal("10.5"),
            paid_at=payment().paid_at.astimezone(east),
        ),
    )
    assert here == there
    assert serialise.dumps(here) == serialise.dumps(there)


def test_the_text_is_readable_and_exact():
    assert serialise.dumps(payment()) == (
        '{"amount":"10.5","charge_id":null,"currency":"EUR","external_id":"pi_1",'
        '"invoice_id":"in_1","paid_at":"2026-05-01T12:00:00+00:00","payment_intent_id":null}'
    )
    for value, text in (("0.00", "0"), ("-0", "0"), ("1E+3", "1000"), ("100", "100")):
        assert serialise.dumps({"amount": Decimal(value)}) == f'{{"amount":"{text}"}}'


def test_a_field_that_came_later_takes_its_default():
    read = serialise.loads("product", '{"external_id":"prod_1","name":"Pro","gone":1}')
    assert read == records.Product("prod_1", "Pro")


def test_an_unknown_type_is_named():
    with pytest.raises(ValueError, match="carrier_pigeon"):
        serialise.loads("carrier_pigeon", "{}")
    with pytest.raises(TypeError):
        serialise.dumps({"when": Period})
