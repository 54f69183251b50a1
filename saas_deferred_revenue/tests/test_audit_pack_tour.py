"""An auditor draws a sample on the screen; a manager draws the same one again."""

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from . import stripe_year
from .common import MANAGER, month
from .test_audit_pack import open_pack, rows_of
from .test_controller_tour import TourCase


@tagged("post_install", "-at_install")
class TestAuditPackTour(TourCase):
    """A year of 1,200.00 from the billing platform and four quarters of 90.00, January earned."""

    def setUp(self):
        super().setUp()
        for story in (stripe_year.MASTER_DATA, stripe_year.BILLED, stripe_year.PAID):
            self.play(story)
        invoices = self.env["account.move"].create([self.prepare_quarter() for _each in range(4)])
        invoices.action_post()
        self.env["saas.revenue.run"]._post_month(self.company, month("2026-01"))
        self.auditor = self.create_user(
            "audrey_tour", "saas_billing_connector.group_saas_auditor", name="Audrey Auditor"
        )
        self.manager = self.create_user("max_pack_tour", MANAGER, name="Max Manager")

    def prepare_quarter(self):
        return {
            "move_type": "out_invoice",
            "partner_id": self.partner_a.id,
            "invoice_date": "2026-01-01",
            "date": "2026-01-01",
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": self.product_a.id,
                        "price_unit": 90,
                        "tax_ids": [],
                        "saas_service_start": "2026-01-01",
                        "saas_service_end": "2026-04-01",
                    }
                )
            ],
        }

    def play_tour(self, name, user):
        self.start_tour("/odoo", name, login=user.login, timeout=120)
        self.env.invalidate_all()

    def test_two_people_draw_the_same_sample(self):
        self.play_tour("saas_audit_pack", self.auditor)
        self.play_tour("saas_audit_pack_again", self.manager)
        again, first = self.env["saas.revenue.audit.pack"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual((first.made_by_id, again.made_by_id), (self.auditor, self.manager))
        rows = self.get_postings()
        drawn = [posting_id for _digest, posting_id, _amount in rows[:3]]
        told = (len(rows), round(sum(amount for *_key, amount in rows), 2))
        self.assertEqual(told, (5, 225.92), "as the tour saw it")
        for pack in (first, again):
            with self.subTest(pack.made_by_id.name):
                self.assertEqual((pack.population_count, pack.population_amount), told)
                self.assertEqual(pack.control_amount, self.get_booked())
                self.assertEqual(pack.drawn_ids, drawn)
                _archive, book = open_pack(pack)
                self.assertEqual([row["ID"] for row in rows_of(book, "Sample")], drawn)

    # ── the same by plain SQL ────────────────────────────────────────────────────────────────

    def get_postings(self):
        """(digest, id, amount) of the postings of January, in the order in which they are drawn."""
        return self.env.execute_query(
            SQL(
                """SELECT md5('2026:' || id) AS digest, id, company_amount::float
                     FROM saas_revenue_posting
                    WHERE company_id = %s AND date >= '2026-01-01' AND date < '2026-02-01'
                 ORDER BY digest, id""",
                self.company.id,
            )
        )

    def get_booked(self):
        """What the entries of the month end say of revenue."""
        [[amount]] = self.env.execute_query(
            SQL(
                """SELECT -SUM(item.balance)::float FROM account_move_line item
                     JOIN account_move move ON move.id = item.move_id
                     JOIN account_account account ON account.id = item.account_id
                    WHERE move.saas_revenue_run_id IS NOT NULL AND item.company_id = %s
                      AND account.account_type = 'income'""",
                self.company.id,
            )
        )
        return amount
