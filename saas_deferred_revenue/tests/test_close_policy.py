"""What the scheduled action does with what stands in the way of a month end, and whom it tells."""

from datetime import UTC, datetime
from decimal import Decimal

from odoo.addons.saas_billing_connector.canonical import NeedsHuman
from odoo.addons.saas_billing_connector.tests.common import ConnectorMixin
from odoo.tests import Form, freeze_time, tagged

from .common import MANAGER, RevenueCommon, month


@tagged("post_install", "-at_install")
class TestClosePolicy(ConnectorMixin, RevenueCommon):
    """January to March 2025 with a quarter of 90.00; 12.00 of a further line found no rule."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_connection(company_id=cls.company.id)
        others = cls.env["res.company"].search([("id", "!=", cls.company.id)])
        others.sudo().saas_revenue_auto_post = False
        cls.max = cls.create_person("policy_max", MANAGER)
        cls.invoice = cls.post_invoice(
            "2025-01-01", cls.prepare_line(90, "2025-01-01", "2025-04-01")
        )
        cls.schedule = cls.invoice.saas_revenue_schedule_ids

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.env.ref("saas_billing_connector.group_saas_admin")

    def post_without_rule(self, amount=12):
        """A posted line with a service period that nothing defers."""
        self.rule._set_state("superseded")
        invoice = self.post_invoice(
            "2025-01-01", self.prepare_line(amount, "2025-01-01", "2025-03-01")
        )
        self.rule._set_state("approved")
        return invoice

    def park(self, day=datetime(2025, 1, 20, tzinfo=UTC), amount="50.00"):
        """A parked event that holds money up."""
        outcome = NeedsHuman("made_up", "Mend it", amount=Decimal(amount), currency="USD")
        self.handle_with(lambda _handler, batch: batch.reject(list(batch), outcome))
        events = self.receive(self.event(created=int(day.timestamp())))
        self.process(events)
        return events

    def propose(self):
        """An amendment that waits for a decision: 31.00 of March would be earned earlier."""
        amendment = self.env["saas.revenue.amendment"].create(
            {"schedule_id": self.schedule.id, "date": "2025-01-10", "reason": "Cancelled"}
        )
        amendment.action_propose()
        return amendment

    def wait(self):
        self.company.sudo().saas_revenue_close_policy = "wait"

    def trigger(self, day="2025-02-01"):
        cron = self.env.ref("saas_deferred_revenue.ir_cron_post_month_ends")
        with self.enter_registry_test_mode(), freeze_time(day):
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def get_runs(self, company=None):
        domain = [("company_id", "=", (company or self.company).id)]
        return self.Run.sudo().search(domain, order="period, sequence")

    # ── post anyway ──────────────────────────────────────────────────────────────────────────

    def test_posts_anyway_and_tells_what_stood_in_the_way_with_its_money(self):
        self.assertEqual(self.company.saas_revenue_close_policy, "post")
        self.post_without_rule()
        self.park()
        self.trigger()
        run = self.get_runs()
        self.assertRecordValues(run, [{"state": "posted", "company_amount": 31}])
        message = run.message_ids.filtered("subject")
        self.assertIn(self.max.partner_id, message.notified_partner_ids)
        for text in ("31.00", "no rule", "12.00", "Parked", "50.00"):
            self.assertIn(text, message.body)
        self.assertFalse(run.activity_ids)

    def test_a_clean_month_is_told_too(self):
        self.wait()
        self.trigger()
        message = self.get_runs().message_ids.filtered("subject")
        self.assertIn("31.00", message.body)
        self.assertNotIn("In the way", message.body)

    # ── wait ─────────────────────────────────────────────────────────────────────────────────

    def test_waits_previewed_with_one_activity_per_manager_however_often_it_looks(self):
        self.wait()
        self.post_without_rule()
        for day in ("2025-02-01", "2025-02-02", "2025-03-01"):
            self.trigger(day)
        run = self.get_runs()
        self.assertRecordValues(
            run,
            [
                {
                    "state": "preview",
                    "period": month("2025-01"),
                    "company_amount": 31,
                    "is_waiting": True,
                }
            ],
        )
        blocker = run.blocker_line_ids
        self.assertRecordValues(blocker, [{"kind": "blocker", "company_amount": 12}])
        self.assertEqual(run.amount_line_ids.company_amount, 31)
        mine = run.activity_ids.filtered(lambda each: each.user_id == self.max)
        self.assertEqual(len(mine), 1)
        self.assertIn("12.00", mine.note)
        self.assertEqual(len(run.message_ids.filtered(lambda m: "12.00" in m.body)), 1)
        self.assertEqual(self.posted_by_month(), {})

    def test_an_activity_that_was_done_does_not_come_back(self):
        self.wait()
        self.post_without_rule()
        self.trigger()
        self.get_runs().activity_ids.action_feedback()
        self.trigger("2025-02-02")
        self.assertFalse(self.get_runs().activity_ids)

    def test_other_amounts_are_noted_without_another_activity(self):
        self.wait()
        self.post_without_rule()
        self.trigger()
        before = self.get_runs().activity_ids
        self.post_without_rule(30)
        self.trigger("2025-02-02")
        run = self.get_runs()
        self.assertEqual(run.activity_ids, before)
        self.assertIn("42.00", run.waiting_reason)

    def test_amendments_and_parked_money_count(self):
        self.wait()
        amendment = self.propose()
        self.trigger()
        self.assertIn("Amendments", self.get_runs().waiting_reason)
        amendment.with_user(self.max).action_reject()
        events = self.park()
        self.trigger("2025-02-02")
        [line] = self.get_runs().blocker_line_ids
        self.assertRecordValues(
            line, [{"kind": "blocker", "company_amount": 50, "record_count": 1}]
        )
        action = line.action_open_records()
        found = self.env[action["res_model"]].search(eval(action["domain"]))
        self.assertEqual(found, events)

    def test_what_happens_later_or_is_only_good_to_know_does_not_count(self):
        self.wait()
        self.park(datetime(2025, 2, 1, tzinfo=UTC))
        self.receive(self.event(created=int(datetime(2025, 1, 20, tzinfo=UTC).timestamp())))
        self.env["account.move"].create(
            self.prepare_invoice("2025-01-01", self.prepare_line(50, "2025-01-01", "2025-03-01"))
        )
        self.company.fiscalyear_lock_date = "2025-02-14"
        self.trigger("2025-03-01")
        january, february = self.get_runs()
        self.assertEqual(january.state, "posted")
        message = january.message_ids.filtered("subject")
        for text in ("on their way", "Draft invoices", "50.00", "dated 2025-02-15"):
            self.assertIn(text, message.body)
        self.assertRecordValues(february, [{"state": "preview", "is_waiting": True}])

    def test_a_line_on_an_account_chosen_by_hand_is_no_blocker(self):
        self.wait()
        self.post_invoice(
            "2025-01-01",
            self.prepare_line(12, "2025-01-01", "2025-03-01", account_id=self.revenue_account.id),
        )
        self.trigger()
        self.assertEqual(self.get_runs().state, "posted")

    def test_goes_on_once_nothing_stands_in_the_way(self):
        self.wait()
        without_rule = self.post_without_rule()
        self.trigger("2025-03-01")
        self.assertTrue(self.get_runs().activity_ids)
        self.credit(without_rule, "2025-01-01")
        self.trigger("2025-03-02")
        january, february = self.get_runs()
        self.assertRecordValues(january | february, [{"state": "posted", "is_waiting": False}] * 2)
        self.assertFalse(january.activity_ids)
        self.assertEqual(self.posted_by_month(), {"2025-01": 31, "2025-02": 28})

    def test_a_person_posts_it_all_the_same(self):
        self.wait()
        self.post_without_rule()
        self.trigger()
        run = self.get_runs()
        run.with_user(self.max).with_company(self.company).action_post()
        self.assertEqual((run.state, run.is_waiting), ("posted", False))
        self.assertFalse(run.activity_ids)

    def test_posting_anyway_lets_a_waiting_month_go(self):
        self.wait()
        self.post_without_rule()
        self.trigger()
        triggers = self.env["ir.cron.trigger"].search_count([])
        self.company.sudo().saas_revenue_close_policy = "post"
        self.assertEqual(self.env["ir.cron.trigger"].search_count([]), triggers + 1)
        self.trigger("2025-02-02")
        self.assertEqual(self.get_runs().state, "posted")

    def test_a_failure_asks_the_managers_once(self):
        self.rule.journal_id.active = False
        for day in ("2025-02-01", "2025-02-02"):
            with self.assertLogs("odoo.addons.saas_deferred_revenue", "WARNING"):
                self.trigger(day)
        self.rule.journal_id.active = True
        run = self.get_runs()
        mine = run.activity_ids.filtered(lambda each: each.user_id == self.max)
        self.assertEqual(len(mine), 1)
        self.assertIn("archived journal", mine.note)

    # ── companies and people ─────────────────────────────────────────────────────────────────

    def test_one_company_s_blocker_never_stops_another(self):
        data = self.setup_other_company(name="Second company")
        second = data["company"]
        second.sudo().saas_revenue_close_policy = "wait"
        zoe = self.create_person("policy_zoe", MANAGER, second)
        self.env["account.move"].with_company(second).create(
            self.prepare_invoice(
                "2025-01-01",
                self.prepare_line(60, "2025-01-01", "2025-03-01"),
                company_id=second.id,
            )
        ).action_post()
        self.wait()
        self.post_without_rule()
        self.trigger()
        self.assertEqual(self.get_runs().state, "preview")
        theirs = self.get_runs(second)
        self.assertEqual(theirs.state, "posted")
        told = theirs.message_ids.filtered("subject").notified_partner_ids
        self.assertIn(zoe.partner_id, told)
        self.assertNotIn(self.max.partner_id, told)
        self.assertNotIn(zoe, self.get_runs().activity_ids.user_id)

    def test_a_second_person_decides_about_the_policy(self):
        self.wait()
        settings = self.create_person(
            "policy_settings", "base.group_system,account.group_account_manager"
        )
        with Form(self.env["res.config.settings"].with_user(settings)) as form:
            form.saas_revenue_close_policy = "post"
        form.record.execute()
        self.assertEqual(self.company.saas_revenue_close_policy, "wait")
        proposal = self.env["saas.billing.proposal"].search(
            [("res_model", "=", "res.company"), ("res_id", "=", self.company.id)]
        )
        proposal.with_user(self.max).action_approve()
        self.assertEqual(self.company.saas_revenue_close_policy, "post")
