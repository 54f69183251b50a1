"""A company whose changes are sent to a subscriber on loopback."""

import os
from unittest.mock import patch

from odoo import fields

from ..models.feed_subscriber import HOSTS_VARIABLE
from .common import SyncCase
from .feed_receiver import SECRET, FeedReceiver

SECRET_VARIABLE = "SAAS_TEST_FEED_SECRET"
TOPICS = ("subscription", "mrr_movement", "invoice", "payment")


class FeedCase(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        variables = {SECRET_VARIABLE: SECRET, HOSTS_VARIABLE: "127.0.0.1"}
        cls.startClassPatcher(patch.dict(os.environ, variables))

    def listen(self):
        """A receiver that is closed with the test."""
        receiver = FeedReceiver()
        self.addCleanup(receiver.close)
        return receiver

    def subscribe(self, url, topics=TOPICS, **values):
        """A subscriber to some topics."""
        wanted = self.env["saas.feed.topic"].search([("code", "in", topics)])
        return self.env["saas.feed.subscriber"].create(
            {
                "name": "Product",
                "company_id": self.company.id,
                "url": url,
                "secret_ref": f"env:{SECRET_VARIABLE}",
                "topic_ids": [fields.Command.set(wanted.ids)],
                **values,
            }
        )

    def get_messages(self, topic=None):
        """Messages of the outbox, oldest first."""
        domain = [("company_id", "=", self.company.id)]
        if topic:
            domain.append(("topic_id.code", "=", topic))
        return self.env["saas.feed.message"].search(domain, order="id")

    def relay(self):
        """Let the scheduled action run once."""
        cron = self.env.ref("saas_subscription_sync.cron_feed").sudo()
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def make_due(self):
        """Time passes: what waits for its next try is due, and nobody is left alone any more."""
        self.env["saas.feed.delivery"].sudo().search([("state", "=", "pending")]).write(
            {"next_try_at": fields.Datetime.now()}
        )
        self.env["saas.feed.subscriber"].search([]).write({"retry_at": False})
