"""One scheduled action per worker and track."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.billing_drain_claim import Share
from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestBillingDrainWorkers(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.drain_model = cls.env["saas.billing.drain"]
        cls.drain_model._set_workers("service", 2)

    def triggers(self):
        workers = self.drain_model._get_workers("service")
        return self.env["ir.cron.trigger"].search([("cron_id", "in", workers.ids)])

    def test_every_worker_has_a_share_of_its_own(self):
        self.drain_model._set_workers("service", 3)
        shares = [
            self.drain_model.with_context(cron_id=worker.id)._get_share("service")
            for worker in self.drain_model._get_workers("service")
        ]
        self.assertEqual(shares, [Share("service", number, 3) for number in range(3)])

    def test_called_by_hand_the_drain_takes_everything(self):
        self.assertEqual(self.drain_model._get_share("service"), Share("service"))

    def test_settings_add_workers_and_archive_them(self):
        settings = self.env["res.config.settings"]
        settings.create({"saas_drain_service": 4}).execute()
        four = self.drain_model._get_workers("service")
        self.assertEqual(len(four), 4)
        self.assertEqual(len(set(four.mapped("code"))), 1)
        settings.create({"saas_drain_service": 1}).execute()
        self.assertEqual(self.drain_model._get_workers("service"), four[0])
        settings.create({"saas_drain_service": 3}).execute()
        self.assertEqual(
            self.drain_model._get_workers("service"), four[:3], "archived ones come back first"
        )
        self.assertEqual(settings.create({}).saas_drain_service, 3)

    def test_a_track_is_never_left_without_a_worker(self):
        with self.assertRaisesRegex(UserError, "at least one"):
            self.drain_model._set_workers("service", 0)

    def test_workers_that_odoo_has_switched_off_come_back(self):
        self.drain_model._get_workers("service").active = False
        self.drain_model._set_workers("service", 4)
        self.assertEqual(len(self.drain_model._get_workers("service")), 4)

    def test_whoever_was_told_and_has_not_begun_is_not_told_again(self):
        self.triggers().unlink()
        self.drain_model._wake_workers(["service"])
        self.assertEqual(len(self.triggers()), 2)
        with self.assertQueryCount(1):
            self.drain_model._wake_workers(["service"])
        self.assertEqual(len(self.triggers()), 2)

    def test_archived_workers_are_not_woken(self):
        self.triggers().unlink()
        self.drain_model._set_workers("service", 1)
        self.drain_model._wake_workers(["service", "accounting"])
        self.assertEqual(len(self.triggers()), 1)

    def test_no_track_wakes_nobody(self):
        before = self.triggers()
        self.drain_model._wake_workers([])
        self.assertEqual(self.triggers(), before)
