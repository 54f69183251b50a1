"""Batches of subscriptions take a fixed number of statements, whatever their size."""

import logging

from . import factory
from .common import SyncCase

_logger = logging.getLogger(__name__)

FEW, MANY = 10, 100
#: Statements that each further subscription may cost: rows are written a hundred at a time.
EACH = 0.02


class TestSubscriptionBatch(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver(
            *(factory.customer(f"cus_{n}") for n in range(FEW + MANY)),
            factory.product(),
            factory.price(),
            factory.price("price_eur", currency="EUR"),
        )

    def subscription(self, number, quantity="1", **values):
        """Every other one in another currency than the company's."""
        price, currency = [("price_1", "USD"), ("price_eur", "EUR")][number % 2]
        item = factory.item(f"si_{number}", quantity=quantity, price_id=price, currency=currency)
        return factory.subscription(
            f"sub_{number}", item, customer_id=f"cus_{number}", currency=currency, **values
        )

    def count(self, changes):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.deliver(*changes)
        self.env.flush_all()
        self.assertDone(*changes)
        return self.env.cr.sql_log_count - before

    def costs(self, prepare):
        """Statements for few and for many changes of the same kind, a second each apart."""
        few = self.count([prepare(number) for number in range(FEW)])
        many = self.count([prepare(number) for number in range(FEW, FEW + MANY)])
        return few, many

    def assertBatched(self, name, prepare):
        few, many = self.costs(prepare)
        _logger.info("statements: %s for %s, %s for %s of %s", few, FEW, many, MANY, name)
        self.assertLessEqual(many - few, EACH * (MANY - FEW), name)

    def test_statements_do_not_grow_with_the_batch(self):
        one, two = self.subscription, lambda number: self.subscription(number, "2")
        late = lambda number: self.subscription(number, "2", status="past_due")  # noqa: E731
        self.assertBatched("new", lambda number: self.change(one(number), kind="created", second=5))
        self.assertBatched(
            "expanded", lambda number: self.change(two(number), previous=one(number), second=6)
        )
        self.assertBatched("unchanged", lambda number: self.change(two(number), second=7))
        self.assertBatched(
            "late", lambda number: self.change(late(number), previous=two(number), second=8)
        )
