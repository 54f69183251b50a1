"""Law 8: the set-based SQL and the plain functions agree to the minor unit."""

import random
from datetime import date, timedelta
from decimal import Decimal

import psycopg2
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from ..models import recognition_sql
from ..recognition import calendar, closed_form

SEGMENTS = 6000


@tagged("post_install", "-at_install")
class TestRecognitionSql(TransactionCase):
    def random_segments(self):
        """(method, start, end, before, amount in minor units, decimals), corners included."""
        pick = random.Random(20260101)
        for number in range(SEGMENTS):
            start = date(2019, 1, 1) + timedelta(days=pick.randrange(4000))
            length = pick.choice((1, pick.randrange(1, 40), pick.randrange(1, 1200), 36525))
            end = start + timedelta(days=length)
            if number % 5 == 0:  # month ends are where calendars go wrong
                end = calendar.next_month(start) + timedelta(days=pick.choice((-1, 0, 1)))
                end = max(end, start + timedelta(days=1))
            before = start + timedelta(days=pick.randrange(-40, length + 40))
            if number % 2:
                before = calendar.next_month(before)
            size = 10 ** pick.randrange(19)  # up to a quintillion, where products leave 64 bits
            amount = pick.choice((0, 1, -1, *(pick.randint(-size, size) for _twice in "ab")))
            yield pick.choice(calendar.METHODS), start, end, before, amount, pick.choice((0, 2, 3))

    def test_sql_equals_python(self):
        rows = list(self.random_segments())
        columns = list(zip(*rows, strict=True))
        amounts = [str(Decimal(row[4]).scaleb(-row[5])) for row in rows]
        quanta = [str(Decimal(1).scaleb(-decimals)) for decimals in columns[5]]
        served = recognition_sql.served_units(*map(SQL, ("method", "s", "e", "b")))
        total = recognition_sql.total_units(*map(SQL, ("method", "s", "e")))
        found = self.env.execute_query(
            SQL(
                "SELECT served, total, (%s)::text FROM unnest(%s::text[], %s::date[], %s::date[],"
                " %s::date[], %s::numeric[], %s::numeric[]) AS segment(method, s, e, b, amount, q)"
                " CROSS JOIN LATERAL (SELECT %s AS served, %s AS total, %s AS minor) units",
                recognition_sql.share(*map(SQL, ("minor", "served", "total"))),
                *map(list, columns[:4]),
                amounts,
                quanta,
                served,
                total,
                recognition_sql.minor_units(SQL("amount"), SQL("q")),
            )
        )
        self.assertEqual(len(found), SEGMENTS)
        for row, (sql_served, sql_total, sql_share) in zip(rows, found, strict=True):
            method, start, end, before, amount, _decimals = row
            units = calendar.served_units(method, start, end, before)
            whole = calendar.total_units(method, start, end)
            share = closed_form.share(amount, units, whole)
            self.assertEqual((units, whole), (sql_served, sql_total), row)
            self.assertEqual(share, int(sql_share), row)

    def test_ties_are_rounded_away_from_zero_in_both_ways_of_computing(self):
        for size in (1, 10**18 + 1):  # odd, so that a half is a tie
            for sign in (1, -1):
                minor = sign * size
                [[found]] = self.env.execute_query(
                    SQL(
                        "SELECT (%s)::text",
                        recognition_sql.share(
                            SQL("%s::bigint", minor),
                            SQL("10000000000::bigint"),
                            SQL("20000000000::bigint"),
                        ),
                    )
                )
                self.assertEqual(int(found), sign * (size + 1) // 2)
                self.assertEqual(closed_form.share(minor, 1, 2), int(found))

    def test_what_does_not_fit_is_an_error_not_a_wrong_amount(self):
        out_of_range = psycopg2.errors.NumericValueOutOfRange
        with mute_logger("odoo.sql_db"), self.assertRaises(out_of_range), self.cr.savepoint():
            self.env.execute_query(
                SQL("SELECT %s", recognition_sql.minor_units(SQL("1e17::numeric"), SQL("0.001")))
            )

    def test_proportions_equal_python(self):
        pick = random.Random(20260102)
        for _number in range(200):
            amount = pick.randrange(-(10**6), 10**6)
            weights = [pick.randrange(-1000, 5000) for _each in range(pick.randrange(1, 7))]
            expected = closed_form.allocate(amount, weights)
            if expected is None:
                continue
            upto = [sum(weights[: number + 1]) for number in range(len(weights))]
            found = self.env.execute_query(
                SQL(
                    "SELECT %s FROM unnest(%s::numeric[]) AS part",
                    recognition_sql.proportion(
                        SQL("%s::numeric", amount), SQL("part"), SQL("%s", upto[-1]), SQL("1")
                    ),
                    upto,
                )
            )
            running = [int(value) for [value] in found]
            shares = [b - a for a, b in zip([0, *running], running, strict=False)]
            self.assertEqual(shares, expected, (amount, weights))
