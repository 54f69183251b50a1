"""Cohorts: what is told of them is what a plain computation of random movements tells."""

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from odoo import fields

from . import factory
from .common import SyncCase

CUSTOMERS = 12
FIRST_DAY, DAYS = date(2024, 1, 1), 700


def month_of(day):
    return day.replace(day=1)


class TestSubscriptionCohort(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"].create(
            [{"name": f"Cohort {number}"} for number in range(CUSTOMERS)]
        )
        cls.event = (
            cls.env["saas.billing.event"]
            .sudo()
            .create(
                {
                    "connection_id": cls.connection.id,
                    "external_id": "evt_cohort",
                    "event_type": "customer.subscription.updated",
                    "object_id": "sub_1",
                    "track": "service",
                    "occurred_at": fields.Datetime.now(),
                    "received_at": fields.Datetime.now(),
                }
            )
        )
        # Two for each of the first ones: a customer is kept while one of them runs.
        subscriptions = cls.env["saas.subscription"].sudo()
        cls.subscriptions = subscriptions.create(
            [
                {
                    "external_id": f"sub_cohort_{number}",
                    "connection_id": cls.connection.id,
                    "partner_id": partner.id,
                    "state": "active",
                    "currency_id": cls.company.currency_id.id,
                    "started_at": "2024-01-01",
                }
                for number, partner in enumerate([*cls.partners, *cls.partners[:4]])
            ]
        )
        items = cls.env["saas.subscription.item"].sudo()
        cls.items = items.create(
            [
                {
                    "subscription_id": subscription.id,
                    "external_id": f"si_{subscription.external_id}",
                    "version": "1",
                    "currency_id": cls.company.currency_id.id,
                }
                for subscription in cls.subscriptions
            ]
        )

    def move(self, *rows):
        """Movements: (number of the subscription, day, change of its MRR)."""
        self.env["saas.subscription.change"].sudo().create(
            [
                {
                    "subscription_id": self.subscriptions[number].id,
                    "item_id": self.items[number].id,
                    "event_id": self.event.id,
                    "kind": "expansion",
                    "version": f"{index:06d}",
                    "occurred_at": fields.Datetime.to_datetime(day),
                    "date": day,
                    "currency_id": self.company.currency_id.id,
                    "mrr_delta_company": float(delta),
                }
                for index, (number, day, delta) in enumerate(rows)
            ]
        )

    def look(self):
        """{(cohort, age): (customers, at start, MRR, at start)} as the report tells them."""
        rows = self.env["saas.subscription.cohort"].search([("company_id", "=", self.company.id)])
        self.assertEqual(len(rows), len(set(rows.ids)))
        for row in rows:
            self.assertEqual(row.month, row.cohort + relativedelta(months=row.age))
            self.assertAlmostEqual(
                row.customer_retention, 100 * row.customers / row.customers_start
            )
        return {
            (row.cohort, row.age): (
                row.customers,
                row.customers_start,
                round(row.mrr, 2),
                round(row.mrr_start, 2),
            )
            for row in rows
        }

    def compute(self, rows):
        """The same, customer by customer and month by month."""
        days = defaultdict(lambda: defaultdict(Decimal))
        for number, day, delta in rows:
            days[self.subscriptions[number].partner_id][day] += delta
        found = defaultdict(lambda: [0, 0, Decimal(0), Decimal(0)])
        this_month = month_of(fields.Date.today())
        for moved in days.values():
            moved = {day: delta for day, delta in moved.items() if delta}
            if not moved:
                continue
            first = min(moved)
            month, age = month_of(first), 0
            while month <= this_month:
                following = month + relativedelta(months=1)
                mrr = sum(delta for day, delta in moved.items() if day < following)
                cell = found[month_of(first), age]
                cell[0] += bool(mrr)
                cell[1] += 1
                cell[2] += mrr
                cell[3] += moved[first]
                month, age = following, age + 1
        return {
            key: (count, start, round(float(mrr), 2), round(float(mrr_start), 2))
            for key, (count, start, mrr, mrr_start) in found.items()
        }

    def draw(self, chance):
        """Random lives: growth, loss, a last day, a return, and what is taken back the same day."""
        rows = []
        for number in range(len(self.subscriptions)):
            worth = Decimal(0)
            day = FIRST_DAY + timedelta(days=chance.randrange(DAYS // 2))
            for _step in range(chance.randrange(7)):
                target = Decimal(chance.choice((0, 0, 1999, 4900, 12345))) / 100
                rows.append((number, day, target - worth))
                if chance.random() < 0.2:
                    rows += [(number, day, worth - target), (number, day, target - worth)]
                worth = target
                day += timedelta(days=chance.randrange(90))
        chance.shuffle(rows)
        return rows

    def test_random_lives_are_told_as_a_plain_computation_tells_them(self):
        for seed in range(12):
            with self.subTest(seed=seed), self.env.cr.savepoint() as savepoint:
                rows = self.draw(random.Random(seed))
                self.move(*rows)
                self.assertEqual(self.look(), self.compute(rows))
                savepoint.rollback()

    def test_who_leaves_in_the_first_month_is_lost_and_may_return(self):
        self.move(
            (0, "2025-01-10", Decimal(100)),
            (1, "2025-01-20", Decimal(50)),
            (1, "2025-01-25", Decimal(-50)),
            (0, "2025-02-10", Decimal(100)),
            (1, "2025-03-01", Decimal(40)),
        )
        told = self.look()
        self.assertEqual(
            [told[date(2025, 1, 1), age] for age in range(3)],
            [(1, 2, 100, 150), (1, 2, 200, 150), (2, 2, 240, 150)],
        )

    def test_shares_of_several_cohorts_are_weighted(self):
        self.move(
            (0, "2025-01-10", Decimal(300)),
            (1, "2025-01-10", Decimal(300)),
            (2, "2025-02-10", Decimal(100)),
            (0, "2025-02-10", Decimal(-300)),
        )
        [[customers, mrr]] = self.env["saas.subscription.cohort"]._read_group(
            [("company_id", "=", self.company.id), ("age", "=", 1)],
            [],
            ["customer_retention:avg", "mrr_retention:avg"],
        )
        self.assertAlmostEqual(customers, 100 * 2 / 3)
        self.assertAlmostEqual(mrr, 100 * 400 / 700)

    def test_the_newest_month_is_the_mrr_of_all_subscriptions(self):
        self.deliver_catalog()
        self.deliver(
            self.change(
                factory.subscription("sub_2", factory.item("si_2"), currency="EUR"), kind="created"
            ),
            self.change(
                factory.subscription("sub_1", factory.item(quantity="3")),
                previous=factory.subscription("sub_1", factory.item()),
            ),
        )
        subscriptions = self.env["saas.subscription"].search([("company_id", "=", self.company.id)])
        rows = self.env["saas.subscription.cohort"].search([("company_id", "=", self.company.id)])
        newest = max(rows.mapped("month"))
        self.assertTrue(subscriptions.filtered("mrr_company"))
        self.assertAlmostEqual(
            sum(rows.filtered(lambda row: row.month == newest).mapped("mrr")),
            sum(subscriptions.mapped("mrr_company")),
        )

    def test_a_row_opens_the_movements_that_it_adds_up(self):
        self.move(
            (0, "2025-01-10", Decimal(100)),
            (0, "2025-02-10", Decimal(20)),
            (0, "2025-03-10", Decimal(-60)),
            (1, "2025-02-10", Decimal(70)),
        )
        row = self.env["saas.subscription.cohort"].search(
            [("company_id", "=", self.company.id), ("cohort", "=", "2025-01-01"), ("age", "=", 1)]
        )
        moved = self.env["saas.subscription.change"].search(row.action_open_movements()["domain"])
        self.assertEqual((len(moved), sum(moved.mapped("mrr_delta_company"))), (2, row.mrr))
