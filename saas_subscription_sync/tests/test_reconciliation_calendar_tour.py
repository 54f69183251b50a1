"""The green calendar on the screen: its squares, and the numbers behind one of them."""

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon

from . import factory
from .reconciliation_common import JANUARY, MARCH
from .test_reconciliation_day import DayCase


class TestReconciliationCalendarTour(DayCase, AccountTestInvoicingHttpCommon):
    def test_from_a_square_to_its_differences(self):
        self.play(
            factory.invoice("in_1"),
            factory.invoice("in_2", factory.line("100"), accounting_at=factory.at(1, 2)),
        )
        self.remote["invoice"].append(
            factory.invoice("in_3", factory.line("70"), accounting_at=factory.at(1, 2))
        )
        self.run_checks(JANUARY, MARCH)
        url = f"/odoo/saas-calendar?connection_id={self.connection.id}&last_month=2026-12-01"
        self.start_tour(url, "saas_green_calendar", login=self.env.user.login, timeout=120)

    def test_a_connection_that_was_never_reconciled_says_what_to_do(self):
        self.start_tour(
            "/odoo/saas-calendar", "saas_grey_calendar", login=self.env.user.login, timeout=120
        )
