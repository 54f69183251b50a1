"""Health at a glance: one list of checks, which others add to."""

import os
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..canonical import NeedsHuman
from ..models.billing_connection_health import GREEN, RED, HealthCheck
from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestBillingConnectionHealth(ConnectorCase):
    def levels(self):
        self.connection.invalidate_recordset()
        return {check.code: check.level for check in self.connection._get_health_checks()}

    def make_green(self):
        self.startPatcher(patch.dict(os.environ, {"SAAS_TEST_READ_KEY": "rk_test_1"}))
        # The balance is read where the rest of the suite is installed.
        read = {"polled_until", "settled_until"} & self.connection._fields.keys()
        self.connection.write(
            {
                "read_key_ref": "env:SAAS_TEST_READ_KEY",
                "permissions_state": "good",
                **dict.fromkeys(read, fields.Datetime.now()),
            }
        )
        self.handle_with(lambda _handler, _batch: None)
        self.process(self.receive(self.event()))

    def test_a_working_connection_is_green(self):
        self.make_green()
        self.assertEqual(set(self.levels().values()), {GREEN}, self.levels())
        self.assertEqual(self.connection.health, "green")

    def test_what_is_wrong_is_shown_with_what_to_do(self):
        self.make_green()
        self.handle_with(
            lambda _handler, batch: batch.reject(list(batch), NeedsHuman("cause", "Mend it"))
        )
        self.process(self.receive(self.event()))
        self.connection.read_key_ref = "env:SAAS_TEST_ABSENT"
        levels = self.levels()
        self.assertEqual((levels["parked"], levels["credentials"]), ("red", "red"))
        self.assertEqual(self.connection.health, "red")
        for check in self.connection._get_health_checks():
            if check.level == RED:
                self.assertTrue(check.advice, check)
                self.assertIn(check.advice, self.connection.health_table)

    def test_a_previous_secret_without_an_end_breaks_nothing(self):
        self.make_green()
        self.connection.webhook_secret_previous_ref = "env:SAAS_TEST_PREVIOUS"
        self.assertEqual(self.levels()["credentials"], "amber")
        self.connection.webhook_secret_previous_until = False
        self.assertEqual(self.levels()["credentials"], "green")

    def test_before_the_first_event_it_is_amber(self):
        self.assertEqual(self.levels()["last_event"], "amber")

    def test_other_parts_add_their_checks(self):
        connections = type(self.connection)
        checks = connections._get_health_checks
        extra = HealthCheck("extra", "Extra", RED, "<b>bad</b>", "Mend")
        self.patch(connections, "_get_health_checks", lambda record: [*checks(record), extra])
        self.assertEqual(self.connection.health, RED)
        self.assertIn("&lt;b&gt;bad", self.connection.health_table)
