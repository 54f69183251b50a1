"""The set-up assistant: step by step, each repeatable, and no secret kept."""

import os
from datetime import UTC, datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from ..canonical import NeedsHuman
from ..providers.stripe import API_VERSION, StripeReader, differences, handled_types

SECRETS = {
    "SAAS_SETUP_READ": "rk_test_SetupRead123",
    "SAAS_SETUP_WRITE": "rk_test_SetupWrite123",
    "SAAS_SETUP_LIVE": "rk_live_Set1234",
}
SIGNING_SECRET = "whsec_SetupTold123"


def endpoint(**values):
    """An endpoint as Stripe describes one that is as needed."""
    return {
        "id": "we_1",
        "url": "https://odoo.example",
        "status": "enabled",
        "api_version": API_VERSION,
        "enabled_events": handled_types(),
    } | values


class FakeRegistrar:
    """Stripe's webhook endpoints, as many as there are."""

    def __init__(self, *endpoints):
        self.endpoints = list(endpoints)

    def find(self, url):
        return next(iter(self.endpoints), None)

    def register(self, url, description):
        self.endpoints.append(endpoint(url=url))
        return SIGNING_SECRET

    def correct(self, found):
        found.update(enabled_events=handled_types(), status="enabled")


@tagged("post_install", "-at_install")
class TestStripeEndpoint(TransactionCase):
    """What is compared."""

    def codes(self, **values):
        return [difference.code for difference in differences(endpoint(**values))]

    def test_as_needed(self):
        self.assertEqual(self.codes(), [])
        self.assertEqual(self.codes(enabled_events=["*"]), [])
        self.assertEqual(self.codes(enabled_events=[*handled_types(), "more.than.needed"]), [])

    def test_each_difference_is_found(self):
        self.assertEqual(self.codes(status="disabled"), ["disabled"])
        self.assertEqual(self.codes(api_version="2020-08-27"), ["version"])
        self.assertEqual(self.codes(api_version=None), ["version"])
        (missing,) = differences(endpoint(enabled_events=handled_types()[1:]))
        self.assertEqual(missing, ("missing", (handled_types()[0],)))

    def test_handled_types_are_those_that_become_something(self):
        self.assertIn("invoice.finalized", handled_types())
        self.assertIn("invoice_payment.paid", handled_types())
        self.assertNotIn("invoice.upcoming", handled_types())


@tagged("post_install", "-at_install")
class TestBillingSetup(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(os.environ, SECRETS))
        cls.company = cls.env["res.company"].create({"name": "Setup"})
        cls.admin = new_test_user(
            cls.env,
            "setup_admin",
            "saas_billing_connector.group_saas_admin",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    def setUp(self):
        super().setUp()
        self.connections = type(self.env["saas.billing.connection"])
        self.patch(self.connections, "_check_permissions", lambda _connection: [])
        self.use_account("acct_setup")
        self.registrar = FakeRegistrar()
        self.patch(self.connections, "_get_registrar", lambda _connection: self.registrar)

    def use_account(self, account):
        answer = account, datetime.now(UTC)
        self.patch(StripeReader, "account", lambda _reader: answer)

    def setup_with(self, **values):
        setup = self.env["saas.billing.setup"].with_user(self.admin)
        return setup.create({"read_key_ref": "env:SAAS_SETUP_READ", **values})

    def connected(self):
        setup = self.setup_with(write_key_ref="env:SAAS_SETUP_WRITE")
        setup.action_connect()
        return setup

    # ── account and keys ─────────────────────────────────────────────────────────────────────

    def test_the_form_says_which_keys_the_server_has(self):
        with Form(self.env["saas.billing.setup"].with_user(self.admin)) as form:
            form.read_key_ref = "env:SAAS_SETUP_READ"
            self.assertTrue(form.read_key_found)
            form.read_key_ref = "env:SAAS_SETUP_ABSENT"
            self.assertFalse(form.read_key_found)

    def test_stripe_says_which_account_is_connected(self):
        setup = self.connected()
        self.assertRecordValues(
            setup.connection_id,
            [
                {
                    "account": "acct_setup",
                    "livemode": False,
                    "company_id": self.company.id,
                    "read_key_ref": "env:SAAS_SETUP_READ",
                    "write_key_ref": "env:SAAS_SETUP_WRITE",
                }
            ],
        )
        self.assertEqual((setup.step, setup.account), ("webhook", "acct_setup"))

    def test_a_key_of_the_other_mode_is_refused(self):
        for values in (
            {"mode": "live"},
            {"read_key_ref": "env:SAAS_SETUP_LIVE"},
            {"write_key_ref": "env:SAAS_SETUP_LIVE"},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "other mode"):
                self.setup_with(**values).action_connect()

    def test_what_stripe_refuses_is_told_without_the_key(self):
        def refuse(_reader):
            raise NeedsHuman("stripe_key", "Stripe does not accept the read key.")

        self.patch(StripeReader, "account", refuse)
        with self.assertRaisesRegex(UserError, "does not accept"):
            self.setup_with().action_connect()

    def test_a_missing_key_is_named(self):
        with self.assertRaisesRegex(UserError, "read key"):
            self.setup_with(read_key_ref="env:SAAS_SETUP_ABSENT").action_connect()

    def test_a_key_that_may_not_tell_its_account_takes_the_one_entered(self):
        self.use_account(None)
        with self.assertRaisesRegex(UserError, "acct_"):
            self.setup_with().action_connect()
        setup = self.setup_with(account="acct_mine")
        setup.action_connect()
        self.assertEqual(setup.connection_id.account, "acct_mine")

    def test_a_key_of_another_account_is_refused(self):
        with self.assertRaisesRegex(UserError, "belongs to acct_setup"):
            self.setup_with(account="acct_mine").action_connect()
        setup = self.connected()
        self.use_account("acct_stranger")
        with self.assertRaisesRegex(UserError, "acct_stranger"):
            setup.action_connect()

    def test_a_pasted_key_is_refused(self):
        with self.assertRaises(ValidationError) as caught:
            self.setup_with(read_key_ref="rk_live_Pasted1")
        self.assertNotIn("Pasted1", str(caught.exception))

    # ── each step can be left and repeated ───────────────────────────────────────────────────

    def test_taken_up_again_it_finds_the_connection(self):
        first = self.connected()
        self.assertEqual(self.connected().connection_id, first.connection_id)
        setup = self.env["saas.billing.setup"].with_user(self.admin)
        again = setup.create({"connection_id": first.connection_id.id})
        self.assertEqual((again.account, again.read_key_ref), ("acct_setup", "env:SAAS_SETUP_READ"))

    def test_taken_up_again_it_keeps_what_is_not_said_anew(self):
        connection = self.connected().connection_id
        connection.webhook_secret_ref = "env:SAAS_SETUP_SIGNING"
        self.setup_with().action_connect()
        self.assertRecordValues(
            connection,
            [
                {
                    "webhook_secret_ref": "env:SAAS_SETUP_SIGNING",
                    "write_key_ref": "env:SAAS_SETUP_WRITE",
                }
            ],
        )

    def test_another_version_is_no_reason_to_act(self):
        setup = self.connected()
        self.registrar.endpoints.append(endpoint(api_version="2024-06-20"))
        setup.action_compare()
        self.assertEqual(setup.connection_id.endpoint_state, "version")
        self.assertIn("2024-06-20", setup.connection_id.endpoint_differences)

    def test_forth_and_back(self):
        setup = self.connected()
        setup.webhook_secret_ref = "env:SAAS_SETUP_SIGNING"
        setup.action_webhook_done()
        self.assertEqual(setup.connection_id.webhook_secret_ref, "env:SAAS_SETUP_SIGNING")
        setup.action_next()
        self.assertEqual(setup.step, "check")
        self.assertIn("Webhook Endpoint", setup.health_table)
        setup.action_back()
        self.assertEqual(setup.step, "history")
        self.assertEqual(
            setup.action_import()["context"], {"default_connection_id": setup.connection_id.id}
        )

    # ── webhook ──────────────────────────────────────────────────────────────────────────────

    def test_registered_the_secret_is_answered_once_and_stored_nowhere(self):
        setup = self.connected()
        action = setup.action_register()
        self.assertEqual(action["tag"], "saas_billing_show_secret")
        self.assertEqual(action["params"]["secret"], SIGNING_SECRET)
        self.assertEqual(setup.endpoint_state, "good")
        self.env.flush_all()
        for table in ("saas_billing_setup", "saas_billing_connection", "mail_message"):
            self.env.cr.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%SetupTold%'")
            self.assertEqual(self.env.cr.fetchone(), (0,), table)

    def test_a_second_endpoint_is_not_registered(self):
        setup = self.connected()
        setup.action_register()
        with self.assertRaisesRegex(UserError, "already"):
            setup.action_register()
        self.assertEqual(len(self.registrar.endpoints), 1)

    def test_differences_are_told_and_corrected(self):
        setup = self.connected()
        setup.action_compare()
        self.assertEqual(setup.endpoint_state, "absent")
        broken = endpoint(status="disabled", enabled_events=["invoice.paid"])
        self.registrar.endpoints.append(broken)
        setup.action_compare()
        setup.invalidate_recordset()
        self.assertEqual(setup.endpoint_state, "differs")
        self.assertIn("invoice.finalized", setup.endpoint_differences)
        checks = {check.code: check for check in setup.connection_id._get_health_checks()}
        self.assertEqual(checks["endpoint"].level, "red")
        setup.action_correct()
        setup.invalidate_recordset()
        self.assertEqual((setup.endpoint_state, setup.endpoint_differences), ("good", False))

    def test_refusals_of_stripe_are_told(self):
        def refuse(_url):
            raise NeedsHuman("stripe_permission", "The write key lacks a permission.")

        setup = self.connected()
        self.registrar.find = refuse
        with self.assertRaisesRegex(UserError, "lacks a permission"):
            setup.action_compare()

    def test_only_the_administrator_sets_up(self):
        operator = new_test_user(
            self.env, "setup_operator", "saas_billing_connector.group_saas_operator"
        )
        with self.assertRaises(AccessError):
            self.env["saas.billing.setup"].with_user(operator).create({})
