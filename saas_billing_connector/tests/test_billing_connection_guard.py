"""A copied database does nothing with a live account."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.billing_drain_claim import Share
from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestBillingConnectionGuard(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.livemode = True

    def copy_database(self):
        """What a copy looks like from inside: another uuid."""
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", "another")
        self.connection.invalidate_recordset()

    def due(self):
        """Connections that the drain finds work for."""
        return list(self.env["saas.billing.drain"]._get_backlogs(Share("service")))

    def test_at_home_everything_works(self):
        self.assertFalse(self.connection.stopped)
        self.receive(self.event())
        self.assertEqual(self.due(), [self.connection])

    def test_on_a_copy_a_live_connection_stops(self):
        self.receive(self.event())
        self.connection.read_key_ref = "env:PATH"
        self.copy_database()
        self.assertTrue(self.connection.stopped)
        self.assertEqual(self.due(), [])
        with self.assertRaisesRegex(UserError, "stopped"):
            self.connection._get_reader()

    def test_a_copy_that_kept_the_uuid_is_known_by_its_name(self):
        self.connection.database_name = "production"
        self.assertTrue(self.connection.stopped)

    def test_on_a_copy_test_mode_works_on_and_says_so(self):
        self.connection.livemode = False
        self.copy_database()
        self.assertTrue(self.connection.is_copy)
        self.assertFalse(self.connection.stopped)

    def test_stopped_connections_can_be_searched(self):
        other = self.env["res.company"].create({"name": "Other"})
        test = self.connection.copy(
            {"account": "acct_2", "livemode": False, "company_id": other.id}
        )
        both = self.connection | test
        find = self.env["saas.billing.connection"].search
        self.assertFalse(find([("stopped", "=", True), ("id", "in", both.ids)]))
        self.copy_database()
        self.assertEqual(find([("stopped", "=", True)]), self.connection)
        self.assertEqual(find([("stopped", "!=", True), ("id", "in", both.ids)]), test)

    def test_bound_anew_it_works_again(self):
        self.receive(self.event())
        self.copy_database()
        self.connection.sudo().action_rebind()
        self.assertFalse(self.connection.stopped)
        self.assertEqual(self.due(), [self.connection])

    def test_unarchiving_does_not_bind(self):
        self.copy_database()
        self.connection.active = False
        self.connection.active = True
        self.assertTrue(self.connection.stopped)
