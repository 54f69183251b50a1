"""References instead of secrets, one per function, rolled without a gap."""

import os
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import SECRET_VARIABLE, ConnectorCase

NEW_VARIABLE = "SAAS_TEST_WEBHOOK_SECRET_2"
PASTED = ("whsec_Pasted1", "sk_live_Pasted1", "rk_live_Pasted1", "rk_test_Pasted1")


@tagged("post_install", "-at_install")
class TestBillingConnectionCredentials(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(os.environ, {NEW_VARIABLE: "whsec_second"}))

    def set_server(self, **variables):
        self.startPatcher(patch.dict(os.environ, variables))

    def accepted(self):
        endpoint = self.connection._get_endpoint(self.connection.webhook_token)
        return endpoint.get_references(fields.Datetime.now())

    def rotate(self, **values):
        rotation = self.env["saas.billing.secret.rotation"].create(
            {
                "connection_id": self.connection.id,
                "reference": f"env:{NEW_VARIABLE}",
                **values,
            }
        )
        self.assertTrue(rotation.found)
        rotation.action_rotate()

    # ── pasted secrets ───────────────────────────────────────────────────────────────────────

    def test_a_secret_pasted_anywhere_is_refused_and_not_repeated(self):
        references = ("webhook_secret_ref", "read_key_ref", "write_key_ref")
        for name in ("name", "account", *references):
            for secret in PASTED:
                with self.subTest(name, secret=secret):
                    with self.assertRaises(ValidationError) as caught:
                        self.connection[name] = f"my {secret}"
                    self.assertNotIn("Pasted1", str(caught.exception))
        with self.assertRaises(ValidationError):
            self.connection.copy({"account": "acct_2", "name": PASTED[0]})

    def test_a_secret_pasted_into_the_chatter_is_refused(self):
        with self.assertRaises(ValidationError) as caught:
            self.connection.message_post(body=f"The secret is {PASTED[0]}!")
        self.assertNotIn(PASTED[0], str(caught.exception))
        message = self.connection.message_post(body="The secret is safe.")
        with self.assertRaises(ValidationError):
            self.connection._message_update_content(message, body=PASTED[1])

    # ── one function, one key ────────────────────────────────────────────────────────────────

    def test_one_reference_for_two_functions_is_refused(self):
        self.connection.read_key_ref = "env:KEY"
        with self.assertRaises(ValidationError):
            self.connection.write_key_ref = "env:KEY"

    def test_faults_of_the_keys_are_named(self):
        self.set_server(READ="rk_test_1", SAME="rk_test_1", ALL="sk_test_1", LIVE="rk_live_1")
        for read, write, count in (
            ("READ", False, 0),
            ("READ", "SAME", 1),
            ("ALL", False, 1),
            ("LIVE", False, 1),
            ("LIVE", "ALL", 2),
        ):
            self.connection.write(
                {
                    "read_key_ref": f"env:{read}",
                    "write_key_ref": write and f"env:{write}",
                }
            )
            faults = self.connection._get_key_faults()
            self.assertEqual(len(faults), count, faults)
            self.assertNotIn("_1", " ".join(faults))

    # ── rolling ──────────────────────────────────────────────────────────────────────────────

    def test_while_rolling_both_secrets_are_believed_until_the_old_one_expires(self):
        with freeze_time("2026-05-01 10:00:00"):
            self.rotate()
            self.assertEqual(self.accepted(), [f"env:{NEW_VARIABLE}", f"env:{SECRET_VARIABLE}"])
        with freeze_time("2026-05-02 09:59:59"):
            self.assertEqual(len(self.accepted()), 2)
        with freeze_time("2026-05-02 10:00:00"):
            self.assertEqual(self.accepted(), [f"env:{NEW_VARIABLE}"])

    def test_a_leaked_secret_ends_at_once(self):
        self.rotate(hours=0)
        self.assertEqual(self.accepted(), [f"env:{NEW_VARIABLE}"])
        self.assertFalse(self.connection.webhook_secret_previous_until)

    def test_a_secret_that_the_server_lacks_or_uses_already_is_refused(self):
        self.set_server(SAAS_TEST_SAME=os.environ[SECRET_VARIABLE])
        for reference in ("env:SAAS_TEST_ABSENT", "env:SAAS_TEST_SAME"):
            with self.assertRaises(UserError):
                self.connection._rotate_webhook_secret(reference)
        self.assertEqual(self.connection.webhook_secret_ref, f"env:{SECRET_VARIABLE}")

    def test_a_rotation_is_told_in_the_chatter(self):
        self.rotate()
        self.assertIn("rotated", str(self.connection.message_ids[0].body))

    def test_a_previous_secret_set_by_hand_expires_too(self):
        self.connection.webhook_secret_previous_ref = f"env:{NEW_VARIABLE}"
        until = self.connection.webhook_secret_previous_until
        self.assertAlmostEqual(
            until, fields.Datetime.now() + timedelta(hours=24), delta=timedelta(minutes=1)
        )

    def test_expired_secrets_are_forgotten(self):
        self.rotate()
        self.connection._gc_previous_secrets()
        self.assertTrue(self.connection.webhook_secret_previous_ref)
        self.connection.webhook_secret_previous_until = fields.Datetime.now()
        self.connection._gc_previous_secrets()
        self.assertFalse(self.connection.webhook_secret_previous_ref)
        self.assertFalse(self.connection.webhook_secret_previous_until)
        self.assertIn(SECRET_VARIABLE, str(self.connection.message_ids[0].body))

    def test_only_the_administrator_rotates(self):
        operator = new_test_user(
            self.env, "rotate_operator", "saas_billing_connector.group_saas_operator"
        )
        self.assertFalse(
            self.env["saas.billing.secret.rotation"].with_user(operator).has_access("create")
        )
