"""The story over real HTTP: clean books, and the same books however its events arrive."""

from collections import Counter
from decimal import Decimal

import pytest

from .feed import LiveFeed


def test_every_check_of_every_month_is_zero(told):
    rows = told.report()
    differences = {(row["month"], *each) for row in rows for each in row["checks"].items()}
    made = {check for _month, check, _difference in differences}
    assert made >= {"R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8"}
    assert {each for each in differences if float(each[2])} == set()
    assert all(float(row["recognised"]) > 0 for row in rows)


def test_billed_and_collected_are_what_the_simulator_expects(told):
    """Against the story's own account of itself, in USD where no rate is involved."""
    rows = told.books.query(
        """SELECT to_char(m.invoice_date, 'YYYY-MM'), lower(c.name), sum(m.amount_total),
                  sum(m.amount_untaxed)
             FROM account_move m JOIN res_currency c ON c.id = m.currency_id
            WHERE m.move_type = 'out_invoice' AND m.state = 'posted' GROUP BY 1, 2"""
    )
    booked = {
        (month, currency): (round(float(total) * 100), round(float(net) * 100))
        for month, currency, total, net in (row.split("|") for row in rows.splitlines())
    }
    expected = {
        (month, currency): (figures["billed"], figures["billed_ex_tax"])
        for month, by_currency in told.story.expected().items()
        for currency, figures in by_currency.items()
        if figures["billed"]
    }
    assert booked == expected


def test_no_event_is_left_waiting_or_parked(told):
    assert set(told.states()) <= {"done", "ignored", "superseded"}


def test_sending_the_whole_story_again_changes_nothing(told):
    before = told.ledger(), told.documents(), told.document_counts(), told.states()
    told.simulator.redeliver()
    told.books.wait_until_drained()
    told.post_month_ends()
    assert (told.ledger(), told.documents(), told.document_counts(), told.states()) == before


def test_processing_the_whole_story_again_changes_nothing(told):
    before = told.ledger(), told.documents(), told.document_counts()
    told.books.query("UPDATE saas_billing_event SET state = 'pending', attempts = 0")
    told.books.wait_until_drained()
    assert (told.ledger(), told.documents(), told.document_counts()) == before
    assert "parked" not in told.states()


def test_any_order_with_duplicates_gives_the_same_books(told, shuffled, make_world):
    world = make_world("shuffled")
    endpoint = world.connect()
    told.simulator.deliver(shuffled, endpoint=endpoint["id"])
    world.settle()
    world.post_month_ends()
    assert world.ledger() == told.ledger()
    assert world.documents() == told.documents()
    assert world.document_counts() == told.document_counts()
    assert Counter(world.states())["parked"] == 0


@pytest.mark.parametrize("kills", [4])
def test_killing_odoo_while_it_drains_and_posts_gives_the_same_books(told, make_world, kills):
    """And whoever subscribed to the feed is told all of it, each customer in order."""
    world = make_world("killed")
    feed = LiveFeed(world)
    endpoint = world.connect()
    told.simulator.deliver(
        [event["id"] for event in told.simulator.events], endpoint=endpoint["id"]
    )
    for _kill in range(kills):
        _kill_in_the_middle(world, "SELECT count(*) FROM saas_billing_event WHERE state = 'done'")
    world.settle()
    world.books.allow_posting_through(world.month_ends()[-1])
    for _kill in range(kills):
        _kill_in_the_middle(world, "SELECT count(*) FROM saas_revenue_run WHERE state = 'posted'")
    world.post_month_ends()
    assert world.ledger() == told.ledger()
    assert world.documents() == told.documents()
    assert world.document_counts() == told.document_counts()
    _assert_told_in_order(world, feed)


def _assert_told_in_order(world, feed):
    feed.wait_until_sent()
    messages = feed.first_arrivals()
    feed.close()
    assert str(len(messages)) == world.books.query("SELECT count(*) FROM saas_feed_message")
    numbers = {}
    for message in messages:
        numbers.setdefault(message["customer_id"], []).append(message["sequence"])
    assert all(each == list(range(1, len(each) + 1)) for each in numbers.values())
    recognised = [
        Decimal(message["data"]["company_amount"])
        for message in messages
        if message["topic"] == "recognised_revenue"
    ]
    assert str(sum(recognised)) == world.books.query(
        "SELECT sum(company_amount) FROM saas_v1_recognised_revenue"
    )


def _kill_in_the_middle(world, progress):
    """kill -9 of all of Odoo as soon as its work has moved on, then start it again."""
    before = world.books.query(progress)
    for _poll in range(200):
        if world.books.query(progress) != before:
            break
    world.server.kill()
    world.server.start()
