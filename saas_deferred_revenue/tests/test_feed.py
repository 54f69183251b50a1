"""Recognised revenue is told: by the view, and to whoever subscribed, once."""

import json
import os
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

from odoo import Command
from odoo.addons.saas_subscription_sync.feed.columns import KINDS
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.revenue_feed import RECOGNISED_REVENUE, TOPIC
from .common import RevenueCommon, month

PAGE = Path(__file__).parents[2] / "docs" / "07_feed_and_views.md"


@tagged("post_install", "-at_install")
class TestFeed(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(os.environ, {"SAAS_TEST_FEED_SECRET": "secret"}))

    def subscribe(self):
        topic = self.env["saas.feed.topic"].search([("code", "=", TOPIC)])
        return (
            self.env["saas.feed.subscriber"]
            .sudo()
            .create(
                {
                    "name": "Warehouse",
                    "company_id": self.company.id,
                    "url": "https://example.com/",
                    "secret_ref": "env:SAAS_TEST_FEED_SECRET",
                    "topic_ids": [Command.set(topic.ids)],
                }
            )
        )

    def post_invoices(self):
        for partner in (self.partner_a, self.partner_b):
            self.post_invoice(
                "2025-01-01",
                self.prepare_line(90, "2025-01-01", "2025-04-01"),
                self.prepare_line(31, "2025-01-01", "2025-02-01"),
                partner_id=partner.id,
            )

    def get_messages(self):
        return self.env["saas.feed.message"].search(self.own_company, order="customer_id, id")

    def test_columns_are_the_documented_ones(self):
        found = self.env.execute_query(
            SQL(
                """SELECT attname, format_type(atttypid, NULL), col_description(attrelid, attnum)
                     FROM pg_attribute
                    WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum""",
                RECOGNISED_REVENUE.name,
            )
        )
        self.assertEqual(
            found,
            [(each.name, KINDS[each.kind], each.comment) for each in RECOGNISED_REVENUE.columns],
        )
        self.assertIn("\n".join(RECOGNISED_REVENUE.get_table()), PAGE.read_text(encoding="utf-8"))

    def test_the_view_adds_up_to_the_ledger(self):
        self.post_invoices()
        run = self.Run._post_month(self.company, month("2025-01"))
        rows = self.env["saas.feed.view"]._read(RECOGNISED_REVENUE, "run_id", run.ids)
        self.assertEqual(len(rows), 4)
        self.assertEqual(
            sum(Decimal(row["company_amount"]) for row in rows),
            Decimal(str(-sum(run.move_ids.line_ids.filtered("credit").mapped("balance")))),
        )
        for row in rows:
            self.assertEqual(
                Decimal(row["amount"]), Decimal(row["period_amount"]) + Decimal(row["prior_amount"])
            )

    def test_a_run_tells_each_customer_once(self):
        self.subscribe()
        self.post_invoices()
        self.Run._post_month(self.company, month("2025-01"))
        messages = self.get_messages()
        self.assertEqual(messages.customer_id, self.partner_a | self.partner_b)
        contents = [json.loads(message.payload) for message in messages]
        self.assertEqual(
            [(each["type"], each["data"]["company_amount"]) for each in contents],
            [("recognised_revenue.posted", "62.00")] * 2,
        )
        self.assertEqual({len(each["data"]["lines"]) for each in contents}, {2})
        self.Run._post_month(self.company, month("2025-01"))
        self.assertEqual(self.get_messages(), messages)

    def test_nobody_listens_nothing_is_written(self):
        self.post_invoices()
        self.Run._post_month(self.company, month("2025-01"))
        self.assertFalse(self.get_messages())
