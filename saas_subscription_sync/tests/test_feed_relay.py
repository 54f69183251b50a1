"""The relay over real HTTP: signed, in order, again until it is taken."""

import json
import os
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from ..models import feed_relay
from . import factory
from .feed_common import SECRET_VARIABLE, FeedCase
from .feed_receiver import FeedReceiver


class TestFeedRelay(FeedCase):
    def setUp(self):
        super().setUp()
        self.receiver = self.listen()

    def deliver_customers(self, *numbers):
        """An invoice and its payment per customer: three messages in a row for each."""
        self.deliver(factory.product(), factory.price(), factory.tax_rate())
        for n in numbers:
            self.deliver(
                factory.customer(f"cus_{n}"),
                factory.invoice(
                    f"in_{n}",
                    factory.line("1200", factory.tax("240", "1200"), external_id=f"il_{n}"),
                    customer_id=f"cus_{n}",
                ),
                factory.payment(f"pi_{n}", "1440", invoice_id=f"in_{n}"),
            )

    def get_told(self, receiver=None):
        """What was taken, by customer: the numbers in order of arrival."""
        told = {}
        for message in (receiver or self.receiver).messages:
            told.setdefault(message["data"]["customer_external_id"], []).append(message["sequence"])
        return told

    def test_messages_arrive_signed_and_in_order(self):
        subscriber = self.subscribe(self.receiver.url)
        self.deliver_customers(1, 2)
        self.relay()
        self.assertEqual(self.get_told(), {"cus_1": [1, 2, 3], "cus_2": [1, 2, 3]})
        self.assertEqual(
            [message["type"] for message in self.receiver.messages if message["sequence"] == 1],
            ["invoice.posted"] * 2,
        )
        deliveries = self.env["saas.feed.delivery"].search([("subscriber_id", "=", subscriber.id)])
        self.assertEqual(set(deliveries.mapped("state")), {"delivered"})
        self.assertEqual(subscriber.state, "good")
        self.assertEqual(subscriber.delivered_count, 6)

    def test_another_secret_does_not_verify(self):
        subscriber = self.subscribe(self.receiver.url)
        self.receiver.secret = "somebody else's"
        self.deliver_customers(1)
        self.relay()
        self.assertFalse(self.receiver.messages)
        self.assertEqual(subscriber.retrying_count, 1)

    def test_while_a_secret_is_rolled_both_verify(self):
        variables = {"SAAS_TEST_FEED_NEW": "the new one"}
        self.startPatcher(patch.dict(os.environ, variables))
        self.subscribe(
            self.receiver.url,
            secret_ref="env:SAAS_TEST_FEED_NEW",
            secret_previous_ref=f"env:{SECRET_VARIABLE}",
        )
        newer = FeedReceiver("the new one")
        self.addCleanup(newer.close)
        self.subscribe(
            newer.url,
            secret_ref="env:SAAS_TEST_FEED_NEW",
            secret_previous_ref=f"env:{SECRET_VARIABLE}",
        )
        self.deliver_customers(1)
        self.relay()
        self.assertEqual(self.get_told(), {"cus_1": [1, 2, 3]})
        self.assertEqual(self.get_told(newer), {"cus_1": [1, 2, 3]})

    def test_a_failure_holds_that_customer_of_that_subscriber_only(self):
        other = self.listen()
        subscriber, _second = self.subscribe(self.receiver.url), self.subscribe(other.url)
        self.receiver.answer = self._refuse("cus_1", 2)
        self.deliver_customers(1, 2)
        self.relay()
        self.assertEqual(self.get_told(), {"cus_1": [1], "cus_2": [1, 2, 3]})
        self.assertEqual(self.get_told(other), {"cus_1": [1, 2, 3], "cus_2": [1, 2, 3]})
        self.assertEqual((subscriber.waiting_count, subscriber.retrying_count), (2, 1))
        self.assertEqual(subscriber.state, "late")
        self.relay()
        self.assertEqual(len(self.receiver.requests), 5, "not before its next try")
        self.receiver.answer = lambda _message: 200
        self.make_due()
        self.relay()
        self.assertEqual(self.get_told()["cus_1"], [1, 2, 3])

    def _refuse(self, customer, sequence, status=500):
        def answer(message):
            is_meant = (message["data"]["customer_external_id"], message["sequence"]) == (
                customer,
                sequence,
            )
            return status if is_meant else 200

        return answer

    def test_a_retry_is_the_same_message(self):
        self.subscribe(self.receiver.url)
        self.receiver.answer = self._refuse("cus_1", 1)
        self.deliver_customers(1)
        self.relay()
        self.receiver.answer = lambda _message: 200
        self.make_due()
        self.relay()
        (failed, first, headers), (_taken, second, again) = self.receiver.requests[:2]
        self.assertEqual(failed, 500)
        self.assertEqual(first, second)
        self.assertEqual(headers["Saas-Message-Id"], again["Saas-Message-Id"])
        self.assertEqual((headers["Saas-Attempt"], again["Saas-Attempt"]), ("1", "2"))

    def test_what_is_given_up_becomes_an_activity_and_lets_others_pass(self):
        subscriber = self.subscribe(self.receiver.url, max_attempts=2)
        self.receiver.answer = self._refuse("cus_1", 1)
        self.deliver_customers(1)
        for _try in range(3):
            self.relay()
            self.make_due()
        self.assertEqual(self.get_told(), {"cus_1": [2, 3]})
        self.assertEqual(subscriber.state, "failed")
        self.assertEqual(len(subscriber.activity_ids), 1)
        self.assertEqual(subscriber.activity_ids.user_id, subscriber.user_id)
        self.receiver.answer = lambda _message: 200
        failed = self.env["saas.feed.delivery"].search([("state", "=", "failed")])
        failed.action_retry()
        self.relay()
        self.assertEqual(self.get_told(), {"cus_1": [2, 3, 1]})
        self.assertFalse(subscriber.activity_ids)

    def test_redirects_are_not_followed(self):
        subscriber = self.subscribe(self.receiver.url)
        self.receiver.answer = lambda _message: 307
        self.deliver_customers(1)
        self.relay()
        self.assertEqual(len(self.receiver.requests), 1)
        delivery = self.env["saas.feed.delivery"].search([("subscriber_id", "=", subscriber.id)])
        self.assertEqual(delivery[-1].error, "Redirects are not followed")

    def test_who_does_not_answer_is_left_alone_and_others_are_served(self):
        gone = self.listen()
        gone.close()
        dead, _alive = self.subscribe(gone.url), self.subscribe(self.receiver.url)
        self.deliver_customers(1)
        self.relay()
        self.assertEqual(self.get_told(), {"cus_1": [1, 2, 3]})
        self.assertEqual(dead.misses, 1)
        self.assertTrue(dead.fault)
        self.assertEqual(dead.waiting_count, 3)

    def test_paused_messages_wait_in_their_order(self):
        subscriber = self.subscribe(self.receiver.url)
        subscriber.action_pause()
        self.deliver_customers(1)
        self.relay()
        self.assertFalse(self.receiver.requests)
        self.assertEqual((subscriber.state, subscriber.waiting_count), ("paused", 3))
        subscriber.action_resume()
        self.relay()
        self.assertEqual(self.get_told(), {"cus_1": [1, 2, 3]})

    def test_without_its_secret_nothing_is_sent_and_nothing_is_lost(self):
        subscriber = self.subscribe(self.receiver.url, secret_ref="env:SAAS_TEST_NO_SECRET")
        self.deliver_customers(1)
        self.relay()
        self.assertFalse(self.receiver.requests)
        self.assertEqual((subscriber.state, subscriber.waiting_count), ("stopped", 3))

    def test_a_copy_of_the_database_sends_nothing(self):
        subscriber = self.subscribe(self.receiver.url)
        subscriber.sudo().database = "elsewhere"
        self.deliver_customers(1)
        self.relay()
        self.assertFalse(self.receiver.requests)
        subscriber.action_rebind()
        self.relay()
        self.assertEqual(self.get_told(), {"cus_1": [1, 2, 3]})

    def test_killed_between_sending_and_noting_it_is_sent_again_under_its_id(self):
        self.subscribe(self.receiver.url)
        self.deliver_customers(1)
        relay = self.env["saas.feed.relay"]
        relay._number()
        relay._send(relay._claim())
        # The worker ends here: nothing was noted.
        self.relay()
        self.assertEqual(self.get_told(), {"cus_1": [1, 2, 3, 1, 2, 3]})
        ids = [message["id"] for message in self.receiver.messages]
        self.assertEqual(ids[:3], ids[3:])

    def test_a_long_lane_goes_on_round_by_round(self):
        self.patch(feed_relay, "LENGTH", 2)
        self.patch(feed_relay, "LANES", 1)
        self.subscribe(self.receiver.url)
        self.deliver_customers(1, 2)
        self.relay()
        self.assertEqual(self.get_told(), {"cus_1": [1, 2, 3], "cus_2": [1, 2, 3]})

    def test_numbers_go_on_from_run_to_run(self):
        self.subscribe(self.receiver.url, topics=["invoice"])
        self.deliver_customers(1)
        self.relay()
        self.deliver(
            factory.invoice("in_9", factory.line("5", external_id="il_9"), customer_id="cus_1")
        )
        self.relay()
        self.assertEqual(self.get_told(), {"cus_1": [1, 2, 3]})

    def test_a_newcomer_gets_what_was_kept(self):
        self.subscribe(self.receiver.url)
        self.deliver_customers(1, 2)
        self.relay()
        late = self.listen()
        newcomer = self.subscribe(late.url)
        replay = self.env["saas.feed.replay"].create({"subscriber_id": newcomer.id})
        self.assertEqual(replay.message_count, 6)
        replay.action_send()
        self.relay()
        self.assertEqual(self.get_told(late), self.get_told())

    def test_a_customers_messages_from_a_number_on(self):
        subscriber = self.subscribe(self.receiver.url)
        self.deliver_customers(1, 2)
        self.relay()
        customer = self.bound("customer", "cus_1")
        before = len(self.receiver.requests)
        self.env["saas.feed.replay"].create(
            {"subscriber_id": subscriber.id, "customer_id": customer.id, "from_number": 2}
        ).action_send()
        self.relay()
        again = [message["sequence"] for _s, message, _h in self.receiver.requests[before:]]
        self.assertEqual(again, [2, 3])

    def test_a_date_range(self):
        subscriber = self.subscribe(self.receiver.url)
        self.deliver_customers(1)
        self.env.cr.execute(
            "UPDATE saas_feed_message SET recorded_at = '2026-01-05' WHERE kind LIKE 'payment%'"
        )
        replay = self.env["saas.feed.replay"].create(
            {
                "subscriber_id": subscriber.id,
                "recorded_from": "2026-01-01",
                "recorded_to": "2026-02-01",
            }
        )
        self.relay()
        self.assertEqual(replay.message_count, 1)

    def test_a_test_message_says_what_came_back(self):
        subscriber = self.subscribe(self.receiver.url)
        self.assertEqual(subscriber.action_send_test()["params"]["type"], "success")
        [message] = self.receiver.messages
        self.assertEqual(message["type"], "ping")
        self.receiver.answer = lambda _message: 404
        self.assertEqual(subscriber.action_send_test()["params"]["type"], "danger")

    def test_auditors_do_not_send_again(self):
        subscriber = self.subscribe(self.receiver.url)
        self.deliver_customers(1)
        self.relay()
        auditor = new_test_user(
            self.env,
            "feed_auditor",
            "saas_billing_connector.group_saas_auditor",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        deliveries = self.env["saas.feed.delivery"].search([("subscriber_id", "=", subscriber.id)])
        with self.assertRaises(AccessError):
            deliveries.with_user(auditor).action_retry()

    def test_the_body_is_canonical(self):
        self.subscribe(self.receiver.url)
        self.deliver_customers(1)
        self.env["saas.feed.relay"]._number()
        [lane] = self.env["saas.feed.relay"]._claim()
        body = lane[0].body.decode()
        self.assertEqual(
            body,
            json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False),
        )
