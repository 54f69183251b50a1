"""Recognised and deferred revenue in Odoo's digest mail."""

from datetime import datetime

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import RevenueCommon


@tagged("post_install", "-at_install")
class TestDigest(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.post_invoice(
            "2025-01-01", cls.prepare_line(90, "2025-01-01", "2025-04-01"), cls.prepare_line(10)
        )
        cls.Run._post_month(cls.company, datetime(2025, 1, 1).date())
        cls.Run._post_month(cls.company, datetime(2025, 2, 1).date())
        cls.env.flush_all()
        cls.digest = cls.env["digest.digest"].create(
            {"name": "Books", "company_id": cls.company.id}
        )

    def tell(self, start, end, digest=None):
        """(recognised, deferred) of a period, as the mail asks for it."""
        digest = (digest or self.digest).with_context(
            start_datetime=datetime.fromisoformat(start), end_datetime=datetime.fromisoformat(end)
        )
        digest.invalidate_recordset()
        return digest.kpi_saas_recognised_value, digest.kpi_saas_deferred_value

    def test_recognised_is_of_the_period_and_deferred_of_its_end(self):
        self.assertEqual(self.tell("2024-12-31 14:00:00", "2025-01-31 14:00:00"), (41, 59))
        self.assertEqual(self.tell("2025-01-31 14:00:00", "2025-02-28 14:00:00"), (28, 31))
        self.assertEqual(self.tell("2025-02-28 14:00:00", "2025-03-31 14:00:00"), (0, 31))

    def test_the_values_are_those_of_the_proof(self):
        january, february = (datetime(2025, number, 1).date() for number in (1, 2))
        figures = self.Proof._get_month_figures(self.company, january, february)[february]
        told = self.tell("2025-01-31 00:00:00", "2025-02-28 00:00:00")
        self.assertEqual(told, (float(figures["recognised"]), float(figures["deferred"])))

    def test_each_company_is_told_its_own(self):
        other = self.setup_other_company()["company"]
        elsewhere = self.env["digest.digest"].create({"name": "There", "company_id": other.id})
        both = self.digest | elsewhere
        both = both.with_context(
            start_datetime=datetime(2025, 1, 31), end_datetime=datetime(2025, 2, 28)
        )
        self.assertEqual(both.mapped("kpi_saas_recognised_value"), [28, 0])
        self.assertEqual(both.mapped("kpi_saas_deferred_value"), [31, 0])

    def test_who_may_not_read_revenue_is_told_nothing(self):
        user = new_test_user(self.env, "digest_nobody", groups="base.group_user")
        for name in ("kpi_saas_recognised_value", "kpi_saas_deferred_value"):
            with self.assertRaises(AccessError):
                self.digest.with_user(user)[name]

    def test_the_default_digest_tells_them_and_leads_to_the_reports(self):
        default = self.env.ref("digest.digest_digest_default")
        self.assertTrue(default.kpi_saas_recognised and default.kpi_saas_deferred)
        actions = default._compute_kpis_actions(self.company, self.env.user)
        for kpi in ("kpi_saas_recognised", "kpi_saas_deferred"):
            action, _query = actions[kpi].split("?")
            self.assertTrue(self.env.ref(action).res_model)
