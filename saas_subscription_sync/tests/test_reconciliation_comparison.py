"""SQL finds the keys that differ; it must find those that the pure comparison names."""

import json
import random
from datetime import date
from decimal import Decimal

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..rules.comparison import Entry, differences, totals
from .reconciliation_common import FEBRUARY, JANUARY

ROUNDS = 60


@tagged("post_install", "-at_install")
class TestReconciliationComparison(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.env["saas.billing.connection"].create(
            {"name": "Stripe", "account": "acct_compared"}
        )
        cls.run_january = cls.env["saas.reconciliation.run"].new(
            {"company_id": cls.env.company.id, "date_from": JANUARY, "date_to": FEBRUARY}
        )

    def draw(self, generator):
        """Rows of one side, few enough keys that the sides meet."""
        return [
            {
                "kind": generator.choice(["invoice", "credit_note"]),
                "external_id": f"x_{generator.randrange(4)}",
                "item": generator.choice(["", "txr_1"]),
                "day": date(2026, generator.randrange(1, 3), 5).isoformat(),
                "currency": generator.choice(["EUR", "USD"]),
                "amount": str(Decimal(generator.randrange(-30, 30)) / 10),
                "state": generator.choice([None, "open"]),
                "res_id": number,
            }
            for number in range(generator.randrange(8))
        ]

    def select(self, rows):
        return SQL(
            """SELECT kind, external_id, item, day, currency, amount, state, NULL AS label,
                      NULL AS model, res_id
                 FROM json_to_recordset(%s) AS row(kind text, external_id text, item text,
                      day date, currency text, amount numeric, state text, res_id int)""",
            json.dumps(rows),
        )

    def entries(self, rows):
        ordered = sorted(rows, key=lambda row: (row["day"], row["res_id"]))
        return [
            Entry(
                key=":".join(filter(None, [row["kind"], row["external_id"], row["item"]])),
                month=(2026, int(row["day"][5:7])),
                currency=row["currency"],
                amount=Decimal(row["amount"]),
                state=row["state"],
            )
            for row in ordered
        ]

    def test_sql_equals_python(self):
        for seed in range(ROUNDS):
            generator = random.Random(seed)
            left, right = self.draw(generator), self.draw(generator)
            lines = self.run_january._compare_rows(
                self.connection, self.select(left), self.select(right)
            )
            found = [line for line in lines if line.get("difference_class")]
            expected = differences(self.entries(left), self.entries(right), (2026, 1))
            with self.subTest(seed):
                self.assertEqual(
                    sorted((line["key"], line["difference_class"]) for line in found),
                    sorted((f"{each.key}/{each.currency}", each.kind) for each in expected),
                )
                told = sum(line["left_amount"] for line in lines if line not in found)
                wanted = sum(totals(self.entries(left), (2026, 1)).values())
                self.assertAlmostEqual(told, float(wanted))
