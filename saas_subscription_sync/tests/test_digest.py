"""The inbox's figures in Odoo's digest mail."""

from datetime import datetime

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestDigest(SyncCase):
    def test_processed_and_parked_events_are_told_per_company(self):
        self.env["saas.billing.metric"]._count(
            [
                (self.connection.id, "outcome", "done", 7),
                (self.connection.id, "outcome", "parked:unmapped_tax", 2),
                (self.connection.id, "outcome", "parked:mismatch", 1),
                (self.connection.id, "webhook", "stored", 9),
            ]
        )
        digest = self.env["digest.digest"].create(
            {"name": "Books", "company_id": self.connection.company_id.id}
        )
        digest = digest.with_context(
            start_datetime=datetime(2020, 1, 1), end_datetime=datetime(2090, 1, 1)
        )
        self.assertEqual(
            (digest.kpi_saas_events_done_value, digest.kpi_saas_events_parked_value), (7, 3)
        )

    def test_who_may_not_see_the_inbox_is_told_nothing(self):
        user = new_test_user(self.env, "digest_stranger", groups="base.group_user")
        digest = self.env["digest.digest"].create({"name": "Books"}).with_user(user)
        with self.assertRaises(AccessError):
            digest.kpi_saas_events_done_value  # noqa: B018
