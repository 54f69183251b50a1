"""The SQL views are what the contract says, column by column, and so is the page about them."""

from decimal import Decimal
from pathlib import Path

from odoo.tools import SQL, mute_logger

from ..feed.columns import KINDS, Column, View
from ..feed.views import VIEWS
from . import factory
from .common import SyncCase

HEADING = ("| column | kind | |", "|---|---|---|")
PAGE = Path(__file__).parents[2] / "docs" / "07_feed_and_views.md"


class TestFeedView(SyncCase):
    def _get_columns(self, view):
        """(name, type, comment) of the columns that the database has."""
        return self.env.execute_query(
            SQL(
                """SELECT attname, format_type(atttypid, NULL), col_description(attrelid, attnum)
                     FROM pg_attribute
                    WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum""",
                view.name,
            )
        )

    def test_columns_are_the_documented_ones(self):
        for view in VIEWS:
            with self.subTest(view=view.name):
                documented = [(each.name, KINDS[each.kind], each.comment) for each in view.columns]
                self.assertEqual(self._get_columns(view), documented)

    def test_the_page_shows_the_columns(self):
        text = PAGE.read_text(encoding="utf-8")
        for view in VIEWS:
            self.assertIn("\n".join([view.comment, "", *HEADING, *view.get_table()]), text)

    def test_an_upgrade_keeps_grants_and_adds_columns_at_the_end_only(self):
        first = Column("id", "id", "1", "One.")
        second = Column("name", "text", "'two'", "It's two.")
        table = "(VALUES (1)) AS given"
        self._create(View("saas_v1_tried", "A trial.", (first,), table))
        self.env.cr.execute("GRANT SELECT ON saas_v1_tried TO PUBLIC")
        self._create(View("saas_v1_tried", "A trial.", (first, second), table))
        [[grants]] = self.env.execute_query(
            SQL("SELECT relacl::text FROM pg_class WHERE relname = 'saas_v1_tried'")
        )
        self.assertIn("=r/", grants)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "cannot"),
            self.env.cr.savepoint(),
        ):
            self._create(View("saas_v1_tried", "A trial.", (second,), table))

    def _create(self, view):
        for statement in view.get_statements():
            self.env.cr.execute(SQL(statement))

    def test_rows_say_what_is_in_the_books(self):
        self.deliver_catalog()
        note = factory.credit_note("cn_1", factory.credit_line("100", factory.tax("20", "100")))
        self.deliver(
            factory.invoice(
                "in_1",
                factory.line(
                    "1200",
                    factory.tax("240", "1200"),
                    subscription_id="sub_1",
                    subscription_item_id="si_1",
                ),
            ),
            factory.payment("pi_1", "1440"),
            note,
        )
        self.env.flush_all()
        rows = {view.name: self._select(view) for view in VIEWS}
        subscription = self.bound("subscription", "sub_1")
        [row] = rows["saas_v1_subscription"]
        self.assertEqual(
            {name: row[name] for name in ("id", "external_id", "customer_external_id", "mrr")},
            {
                "id": subscription.id,
                "external_id": "sub_1",
                "customer_external_id": "cus_1",
                "mrr": "100.00",
            },
        )
        self.assertEqual(row["next_period_at"], "2027-01-01T00:00:00Z")
        [item] = rows["saas_v1_subscription_item"]
        self.assertEqual((item["price_external_id"], item["unit_amount"]), ("price_1", "1200"))
        [movement] = rows["saas_v1_mrr_movement"]
        self.assertEqual((movement["kind"], movement["mrr_delta"]), ("new", "100.00"))
        invoice, credit = rows["saas_v1_invoice"]
        self.assertEqual((invoice["amount_total"], credit["amount_total"]), ("1440.00", "-120.00"))
        self.assertEqual(credit["reversed_id"], invoice["id"])
        lines = rows["saas_v1_invoice_line"]
        self.assertEqual(
            sum(Decimal(line["amount_untaxed"]) for line in lines),
            sum(Decimal(each["amount_untaxed"]) for each in (invoice, credit)),
        )
        self.assertEqual(lines[0]["service_end"], "2027-01-01")
        [payment] = rows["saas_v1_payment"]
        self.assertEqual(
            (payment["amount"], payment["invoice_external_id"], payment["customer_id"]),
            ("1440.00", "in_1", subscription.partner_id.id),
        )

    def _select(self, view):
        return self.env["saas.feed.view"]._read(view, "company_id", self.company.ids)

    def test_amounts_have_the_decimals_of_their_currency(self):
        self.env.ref("base.JPY").active = True
        self.deliver(
            factory.customer(),
            factory.product(),
            factory.price(currency="JPY"),
            factory.subscription("sub_1", factory.item(currency="JPY"), currency="JPY"),
        )
        self.env.flush_all()
        [row] = self._select(VIEWS[0])
        self.assertEqual((row["currency"], row["mrr"]), ("JPY", "100"))
