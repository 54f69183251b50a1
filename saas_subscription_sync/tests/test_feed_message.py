"""The outbox: written with the change, once, and only where somebody wants to know."""

import json
import logging

import psycopg2
from odoo.tools import mute_logger

from . import factory
from .feed_common import TOPICS, FeedCase

_logger = logging.getLogger(__name__)

#: Statements that telling of a batch of any size adds: documents, lines, insert, trigger, and what
#: the traces and their events have to be read for.
STATEMENTS = 8


class TestFeedMessage(FeedCase):
    def test_a_subscription_is_told_with_its_items(self):
        self.subscribe("http://127.0.0.1/")
        self.deliver_catalog()
        message = self.get_messages("subscription")
        content = json.loads(message.payload)
        subscription = self.bound("subscription", "sub_1")
        self.assertEqual(message.customer_id, subscription.partner_id)
        self.assertEqual(content["type"], "subscription.created")
        self.assertEqual(content["version"], "1")
        self.assertEqual(content["event"]["id"], message.event_id.external_id)
        self.assertEqual(content["data"]["external_id"], "sub_1")
        self.assertEqual(content["data"]["mrr"], "100.00")
        self.assertEqual(content["data"]["access"], "granted")
        [item] = content["data"]["items"]
        self.assertEqual((item["external_id"], item["mrr"]), ("si_1", "100.00"))

    def test_each_topic_has_its_messages(self):
        self.subscribe("http://127.0.0.1/")
        self.deliver_catalog()
        self.deliver(factory.invoice(), factory.payment("pi_1", "1440"))
        told = [
            (each.kind, json.loads(each.payload)["data"].get("payment_state"))
            for each in self.get_messages()
        ]
        self.assertEqual(
            told,
            [
                ("subscription.created", None),
                ("mrr_movement.created", None),
                ("invoice.posted", "not_paid"),
                ("payment.posted", None),
                ("invoice.reconciled", "paid"),
            ],
        )
        lines = json.loads(self.get_messages("invoice")[0].payload)["data"]["lines"]
        self.assertEqual([line["amount_untaxed"] for line in lines], ["1200.00"])

    def test_access_is_told_whatever_changes_it(self):
        self.subscribe("http://127.0.0.1/", topics=["access"])
        self.deliver_catalog()
        subscription = self.bound("subscription", "sub_1")
        subscription._decide_access("suspended", False, "Asked for by the customer")
        self.env.cr.flush()
        contents = [json.loads(message.payload) for message in self.get_messages()]
        self.assertEqual([content["type"] for content in contents], ["access.created"] * 2)
        self.assertEqual(
            [(each["data"]["access"], each["data"]["reason"]) for each in contents],
            [("granted", "state"), ("suspended", "person")],
        )
        self.assertEqual([bool(content["event"]) for content in contents], [True, False])
        self.assertNotIn("Asked for", self.get_messages()[1].payload)

    def test_messages_hold_no_personal_data(self):
        self.subscribe("http://127.0.0.1/")
        self.deliver_catalog()
        self.deliver(factory.invoice(), factory.payment("pi_1", "1440"))
        customer = factory.customer()
        for message in self.get_messages():
            self.assertNotIn(customer.email, message.payload)
            self.assertNotIn(customer.name, message.payload)

    def test_the_same_event_again_tells_nothing_new(self):
        self.subscribe("http://127.0.0.1/")
        self.deliver_catalog()
        changes = [self.change(factory.invoice()), self.change(factory.payment("pi_1", "1440"))]
        self.deliver(*changes)
        before = self.get_messages()
        self.deliver(*changes)
        self.assertEqual(self.get_messages(), before)

    def test_a_change_is_told_once_by_constraint(self):
        self.subscribe("http://127.0.0.1/")
        self.deliver_catalog()
        message = self.get_messages("subscription")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                """INSERT INTO saas_feed_message (uid, topic_id, kind, res_model, res_id, source,
                          company_id, customer_id, occurred_at, recorded_at, payload)
                   SELECT 'other', topic_id, kind, res_model, res_id, source, company_id,
                          customer_id, occurred_at, recorded_at, payload
                     FROM saas_feed_message WHERE id = %s""",
                [message.id],
            )

    def test_what_is_rolled_back_is_not_told(self):
        self.subscribe("http://127.0.0.1/")
        handler = self.env["saas.billing.handler.subscription"]
        self.patch(type(handler), "_present", self._fail)
        with mute_logger("odoo.addons.saas_billing_connector.models.billing_drain_outcome"):
            self.deliver_catalog()
        self.assertFalse(self.bound("subscription", "sub_1"))
        self.assertFalse(self.get_messages())

    def _fail(self, *_arguments):
        raise ValueError("Nothing is done by halves")

    def test_nobody_listens_nothing_is_written(self):
        self.subscribe("http://127.0.0.1/", topics=["payment"])
        other = self.subscribe("http://127.0.0.1/", topics=TOPICS)
        other.active = False
        self.deliver_catalog()
        self.deliver(factory.invoice())
        self.assertFalse(self.get_messages())

    def test_another_company_is_not_told(self):
        stranger = self.env["res.company"].create({"name": "Elsewhere"})
        self.subscribe("http://127.0.0.1/", company_id=stranger.id)
        self.deliver_catalog()
        self.assertFalse(self.get_messages())

    def test_telling_of_a_batch_takes_a_fixed_number_of_statements(self):
        self.deliver(factory.product(), factory.price(), factory.tax_rate())
        for number in range(80):
            self.deliver(factory.customer(f"cus_{number}"))
        self._count(range(1))
        alone = self._count(range(1, 31))
        self.subscribe("http://127.0.0.1/")
        few, many = self._count(range(31, 41)), self._count(range(41, 71))
        _logger.info("statements: %s untold, %s told of 10, %s of 30", alone, few, many)
        self.assertEqual(len(self.get_messages("invoice")), 40)
        self.assertLessEqual(many - alone, STATEMENTS)

    def _count(self, numbers):
        changes = [
            self.change(
                factory.invoice(
                    f"in_{n}",
                    factory.line("1200", factory.tax("240", "1200"), external_id=f"il_{n}"),
                    customer_id=f"cus_{n}",
                )
            )
            for n in numbers
        ]
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.deliver(*changes)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_old_messages_go_once_delivered_and_the_count_goes_on(self):
        subscriber = self.subscribe("http://127.0.0.1/")
        self.deliver_catalog()
        self.env["saas.feed.relay"]._number()
        self.env.cr.execute("UPDATE saas_feed_message SET recorded_at = '2025-01-01'")
        messages = self.get_messages()
        messages._gc_messages()
        self.assertEqual(self.get_messages(), messages, "nothing is forgotten undelivered")
        self.env.cr.execute(
            "UPDATE saas_feed_delivery SET state = 'delivered' WHERE subscriber_id = %s",
            [subscriber.id],
        )
        messages._gc_messages()
        self.assertEqual(self.get_messages().mapped("sequence"), [2])
