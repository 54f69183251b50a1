"""Two workers at once: one run at a time posts for a company, and none with yesterday's eyes."""

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure


@tagged("post_install", "-at_install")
class TestRunLock(TransactionCase):
    """Each worker has a connection of its own; nothing but the company's counter is written."""

    def setUp(self):
        super().setUp()
        self.first, self.second = (self.open() for _ in range(2))

    def open(self):
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, SUPERUSER_ID, {})

    def lock(self, env):
        env["saas.revenue.run"]._lock_company(env.ref("base.main_company"))

    def test_the_second_is_told_while_the_first_posts(self):
        self.lock(self.first)
        with self.assertRaisesRegex(UserError, "is being posted"):
            self.lock(self.second)
        self.first.cr.rollback()
        self.lock(self.second)

    def test_whoever_looked_before_the_first_was_done_starts_afresh(self):
        """What it saw lacks the postings of the other: it would post the same again."""
        self.second.cr.execute("SELECT count(*) FROM saas_revenue_posting")
        self.lock(self.first)
        self.first.cr.commit()
        with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
            self.lock(self.second)
        self.second.cr.rollback()
        self.lock(self.second)
