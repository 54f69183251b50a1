"""What the read key may do, as the connection tells it."""

import os
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..providers.stripe.permissions import PERMISSIONS
from .simulated import KEY, KEY_VARIABLE, SimulatedCase

READ_ALL = {"*": "read"}


@tagged("post_install", "-at_install")
class TestBillingPermissions(SimulatedCase):
    def restrict(self, **granted):
        self.simulator.keys.restrict(KEY, granted)

    def test_a_key_that_may_read_everything_and_no_more_is_good(self):
        self.simulator.keys.restrict(KEY, READ_ALL)
        self.assertEqual(self.connection._check_permissions(), [])
        self.assertEqual(self.connection.permissions_state, "good")
        self.assertTrue(self.connection.permissions_checked_at)

    def test_missing_permissions_are_listed_by_name(self):
        self.simulator.keys.restrict(KEY, READ_ALL | {"charge": "none", "payout": "none"})
        missing = self.connection._check_permissions()
        self.assertEqual(missing, ["Charges and refunds (read)", "Payouts (read)"])
        self.assertEqual(self.connection.permissions_missing.splitlines(), missing)
        self.assertEqual(self.connection.permissions_state, "missing")

    def test_a_key_that_may_nothing_lacks_every_permission(self):
        self.restrict()
        missing = self.connection._check_permissions()
        self.assertEqual(len(missing), sum(not each.optional for each in PERMISSIONS))
        self.assertEqual(self.connection.permissions_optional, "Balance (read)\nAccount (read)")

    def test_a_key_that_may_write_is_more_than_needed(self):
        self.simulator.keys.restrict(KEY, READ_ALL | {"customer": "write", "charge": "write"})
        before = self.simulator.state()["objects"]
        self.connection._check_permissions()
        self.assertEqual(self.connection.permissions_state, "excess")
        self.assertEqual(
            self.connection.permissions_excess, "Customers (write)\nCharges and refunds (write)"
        )
        self.assertEqual(self.simulator.state()["objects"], before, "asking changed nothing")

    def test_a_secret_key_is_more_than_needed_and_never_shown(self):
        secret = "sk_test_51VerySecretIndeed"
        with patch.dict(os.environ, {KEY_VARIABLE: secret}):
            self.connection._check_permissions()
        self.assertEqual(self.connection.permissions_state, "excess")
        self.assertIn("secret key", self.connection.permissions_excess)
        self.env.flush_all()
        self.env.cr.execute("SELECT c::text FROM saas_billing_connection c")
        self.assertNotIn("VerySecret", str(self.env.cr.fetchall()))

    def test_a_key_of_another_account_fails_the_check(self):
        self.connection.account = "acct_other"
        self.assertEqual(self.connection._check_permissions(), [])
        self.assertEqual(self.connection.permissions_state, "failed")
        self.assertIn("belongs to account", self.connection.permissions_error)

    def test_a_mended_key_clears_what_was_said_before(self):
        self.restrict()
        self.connection._check_permissions()
        self.simulator.keys.restrict(KEY, READ_ALL)
        self.connection.action_check_permissions()
        self.assertFalse(self.connection.permissions_missing)
        self.assertEqual(self.connection.permissions_state, "good")

    def test_only_who_may_configure_checks(self):
        operator = new_test_user(
            self.env, "op", groups="saas_billing_connector.group_saas_operator"
        )
        with self.assertRaises(AccessError):
            self.connection.with_user(operator).action_check_permissions()
