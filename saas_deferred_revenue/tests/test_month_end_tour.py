"""The month end in a browser: rehearsed and posted, amended by two people, closed by two people."""

from datetime import UTC, date, datetime
from decimal import Decimal

from odoo import Command
from odoo.addons.saas_billing_connector.canonical import NeedsHuman
from odoo.tests import tagged
from odoo.tools import SQL

from . import stripe_year
from .common import month
from .test_controller_tour import TourCase


@tagged("post_install", "-at_install")
class TestMonthEndTour(TourCase):
    """One annual plan of 1,200.00 over 2026, billed and paid on 1 January."""

    def setUp(self):
        super().setUp()
        for story in (stripe_year.MASTER_DATA, stripe_year.BILLED, stripe_year.PAID):
            self.play(story)
        self.ann = self.create_user(
            "ann_tour", "saas_deferred_revenue.group_revenue_accountant", name="Ann Accountant"
        )
        self.max = self.create_user(
            "max_tour", "saas_deferred_revenue.group_revenue_manager", name="Max Manager"
        )

    def play_tour(self, name, user):
        self.start_tour("/odoo", name, login=user.login, timeout=120)
        self.env.invalidate_all()

    def post_month(self, text):
        return self.env["saas.revenue.run"]._post_month(self.company, month(text))

    def get_earned(self):
        """`{"2026-01": amount}` as the segments of the year earn it, by the core's own SQL."""
        schedule = self.env["saas.revenue.schedule"].search([("company_id", "=", self.company.id)])
        return {f"{line.month:%Y-%m}": line.amount for line in schedule.month_ids}

    # ── run ──────────────────────────────────────────────────────────────────────────────────

    def test_a_month_is_rehearsed_and_posted(self):
        self.park_money()
        self.draft_an_invoice()
        self.play_tour("saas_month_posted", self.ann)
        run = self.env["saas.revenue.run"].search([("company_id", "=", self.company.id)])
        self.assertRecordValues(
            run, [{"state": "posted", "period": date(2026, 1, 1), "posted_by_id": self.ann.id}]
        )
        [[posted, booked]] = self.env.execute_query(
            SQL(
                """SELECT (SELECT SUM(company_amount) FROM saas_revenue_posting
                            WHERE run_id = %(run)s),
                          (SELECT -SUM(item.balance) FROM account_move_line item
                             JOIN account_move move ON move.id = item.move_id
                            WHERE move.saas_revenue_run_id = %(run)s AND item.balance < 0)""",
                run=run.id,
            )
        )
        self.assertEqual((posted, booked), (101.92, 101.92))

    def park_money(self):
        """An event that a person has to look at, with 50.00 at stake."""
        outcome = NeedsHuman("made_up", "Mend it", amount=Decimal("50.00"), currency="USD")
        self.handle_with(lambda _handler, batch: batch.reject(list(batch), outcome))
        created = int(datetime(2026, 1, 20, tzinfo=UTC).timestamp())
        self.process(self.receive(self.event(created=created)).sudo())

    def draft_an_invoice(self):
        service = {"saas_service_start": "2026-01-01", "saas_service_end": "2026-03-01"}
        self.create_invoice(price_unit=240, **service)

    def create_invoice(self, **line):
        """A draft of January, by Max."""
        moves = self.env["account.move"].with_user(self.max).with_company(self.company)
        line = {"product_id": self.product_a.id, "tax_ids": [], **line}
        return moves.create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner_a.id,
                "invoice_date": "2026-01-01",
                "date": "2026-01-01",
                "invoice_line_ids": [Command.create(line)],
            }
        )

    # ── amendment ────────────────────────────────────────────────────────────────────────────

    def test_an_amendment_is_proposed_and_approved_by_two(self):
        before = self.get_earned()
        self.assertEqual((before["2026-07"], before["2026-12"]), (101.92, 101.92))
        self.play_tour("saas_amendment_proposed", self.ann)
        self.assertEqual(self.get_earned(), before, "it waits")
        self.play_tour("saas_amendment_approved", self.max)
        amendment = self.env["saas.revenue.amendment"].search([])
        self.assertRecordValues(
            amendment,
            [
                {
                    "state": "approved",
                    "proposed_by_id": self.ann.id,
                    "decided_by_id": self.max.id,
                    "moved_company_amount": 503.01,
                }
            ],
        )
        after = self.get_earned()
        shown = {line.name: line.amount_after for line in amendment.month_ids if line.amount_after}
        self.assertEqual({name: x for name, x in after.items() if x}, shown)
        self.assertEqual((after["2026-06"], after["2026-07"]), (98.63, 604.93))
        self.assertEqual(round(sum(after.values()), 2), 1200)

    # ── close ────────────────────────────────────────────────────────────────────────────────

    def test_a_month_is_closed_reopened_and_closed_again_by_two(self):
        self.post_month("2026-01")
        self.reconcile()
        self.play_tour("saas_close_prepared", self.ann)
        self.play_tour("saas_close_signed", self.max)
        close = self.env["saas.revenue.close"].search([("company_id", "=", self.company.id)])
        self.assertRecordValues(
            close,
            [
                {
                    "state": "signed",
                    "billed_amount": 1200,
                    "collected_amount": 1440,
                    "deferred_amount": self.get_balance(self.get_deferred_account()),
                    "recognised_amount": 101.92,
                }
            ],
        )
        self.play_tour("saas_close_reopened", self.max)
        self.assertEqual(close.state, "open")
        self.play_tour("saas_close_prepared_again", self.ann)
        self.play_tour("saas_close_signed_again", self.max)
        self.compare_after_a_late_invoice(close)
        self.assertEqual(
            close.signoff_ids.sorted("id").mapped(lambda each: (each.kind, each.user_id)),
            [
                ("prepared", self.ann),
                ("signed", self.max),
                ("reopened", self.max),
                ("prepared", self.ann),
                ("signed", self.max),
            ],
        )

    def compare_after_a_late_invoice(self, close):
        self.env["saas.revenue.close"].create(
            {"company_id": self.company.id, "period": "2025-12-01"}
        )
        self.create_invoice(price_unit=12).action_post()
        self.env.flush_all()
        close.sudo()._watch()
        self.play_tour("saas_close_compared", self.max)
        changes = self.env["saas.revenue.close.change"].sudo().search([])
        self.assertEqual(changes.mapped("recognised_amount"), [12])
        self.assertEqual(close.changed_amount, 12)

    def reconcile(self):
        """The checks that need no reading of the provider, which has tests of its own."""
        runs = self.env["saas.reconciliation.run"].sudo()
        checks = {
            code: method
            for code, method in runs._get_checks().items()
            if code not in runs._get_needed_readings()
        }
        self.patch(type(runs), "_get_checks", lambda _self: checks)
        runs._run_checks(self.company, month("2026-01"), month("2026-02"))

    def get_deferred_account(self):
        rules = self.env["saas.revenue.rule"]
        return rules.search([("company_id", "=", self.company.id)]).deferred_account_id

    def get_balance(self, account):
        """What the general ledger says of an account at the end of January, credit positive."""
        [[balance]] = self.env.execute_query(
            SQL(
                "SELECT -SUM(balance) FROM account_move_line WHERE account_id = %s"
                " AND parent_state = 'posted' AND date < '2026-02-01'",
                account.id,
            )
        )
        return float(balance)
