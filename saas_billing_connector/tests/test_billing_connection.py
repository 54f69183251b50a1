"""Connections: references instead of secrets, modes apart, copies harmless."""

import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo import tools
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import file_open

from ..models.billing_connection_credentials import REFERENCES
from .common import SECRET, SECRET_VARIABLE, ConnectorCase


@tagged("post_install", "-at_install")
class TestBillingConnection(ConnectorCase):
    def test_a_pasted_secret_is_refused_and_not_repeated(self):
        with self.assertRaises(ValidationError) as caught:
            self.connection.webhook_secret_ref = "whsec_pasted"
        self.assertNotIn("whsec_pasted", str(caught.exception))

    def test_a_secret_may_live_in_odoo_conf(self):
        with tempfile.TemporaryDirectory() as folder:
            conf = Path(folder, "odoo.conf")
            conf.write_text("[options]\n[saas_billing]\nwebhook_secret = a%b\n", encoding="utf-8")
            with patch.dict(tools.config.options, {"config": str(conf)}):
                self.assertEqual(self.connection._resolve_secret("conf:webhook_secret"), "a%b")
                self.assertIsNone(self.connection._resolve_secret("conf:absent"))

    def test_no_column_holds_the_secret(self):
        self.assertIn(SECRET, os.environ.values())
        self.env.flush_all()
        self.env.cr.execute("SELECT c::text FROM saas_billing_connection c")
        self.assertNotIn(SECRET, str(self.env.cr.fetchall()))

    def test_test_and_live_never_share_a_company(self):
        with self.assertRaises(ValidationError):
            self.connection.copy({"account": "acct_live", "livemode": True})

    def test_branches_share_the_books_and_so_the_mode(self):
        root = self.connection.company_id
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": root.id})
        with self.assertRaises(ValidationError):
            self.connection.copy(
                {"account": "acct_live", "livemode": True, "company_id": branch.id}
            )
        self.connection.copy({"account": "acct_2", "company_id": branch.id})

    def test_an_archived_connection_counts_once_it_has_received_something(self):
        self.connection.active = False
        live = self.connection.copy({"account": "acct_live", "livemode": True})
        live.active = False
        self.connection.active = True
        self.receive(self.event())
        self.connection.active = False
        with self.assertRaises(ValidationError):
            live.active = True

    def test_a_connection_with_events_keeps_its_company_and_account(self):
        self.connection.account = "acct_changed"
        self.receive(self.event())
        for values in ({"account": "acct_other"}, {"livemode": True}):
            with self.assertRaises(UserError):
                self.connection.write(values)

    def test_missing_credentials_are_named(self):
        self.assertIn("read key", self.connection.credentials_state)
        self.assertNotIn("webhook secret", self.connection.credentials_state)
        with self.assertRaises(UserError):
            self.connection._get_reader()

    def test_made_up_tokens_leave_nothing_in_the_server_s_cache(self):
        self.connection._get_endpoint("made-up")
        with self.assertQueryCount(0):
            self.assertIsNone(self.connection._get_endpoint("another"))
            self.assertEqual(
                self.connection._get_endpoint(self.connection.webhook_token).account, "acct_test"
            )

    def test_neutralizing_a_copy_cuts_it_off(self):
        for reference in REFERENCES:
            self.connection[reference] = f"env:COPIED_{reference.upper()}"
        self.env.flush_all()
        with file_open("saas_billing_connector/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertFalse(self.connection.active)
        for reference in REFERENCES:
            self.assertFalse(self.connection[reference], reference)
        self.env.registry.clear_cache()
        self.assertIsNone(self.connection._get_endpoint(self.connection.webhook_token))

    def test_an_export_holds_no_secret(self):
        names = [name for name, field in self.connection._fields.items() if field.exportable]
        self.assertIn("webhook_secret_ref", names)
        rows = str(self.connection.export_data(names)["datas"])
        self.assertIn(f"env:{SECRET_VARIABLE}", rows, "the export does hold the references")
        self.assertNotIn(SECRET, rows)
