"""Parts: resumable at any page, side by side, waiting for a provider that cannot answer."""

from datetime import timedelta

from odoo import fields
from odoo.addons.saas_billing_connector.canonical import NeedsHuman, Transient
from odoo.addons.saas_subscription_sync.models import reconciliation_part, reconciliation_reading
from odoo.exceptions import UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from . import factory
from .common import SyncCase
from .reconciliation_common import FEBRUARY, JANUARY, ProviderMixin

DOWN = Transient("stripe_down", "Stripe did not answer.")


class TestReconciliationPart(ProviderMixin, SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        self.set_up_provider()
        records = [factory.invoice(f"in_{number}") for number in range(5)]
        self.deliver(*records)
        self.remote |= {"invoice": records, "subscription": [factory.subscription()]}
        self.page_size = 2

    def one_page_per_step(self):
        self.patch(reconciliation_reading, "STEP_SECONDS", -1)

    def start(self):
        run = self.env["saas.reconciliation.run"].create(
            {"date_from": JANUARY, "date_to": FEBRUARY}
        )
        run._start()
        return run.sudo()

    def part(self, run, code):
        return run.part_ids.filtered(lambda part: part.code == code)

    def work(self, run):
        """As the scheduled action does."""
        with self.enter_registry_test_mode():
            self.env.ref("saas_subscription_sync.cron_reconcile").method_direct_trigger()
        self.env.invalidate_all()

    def test_each_list_is_read_once_whatever_checks_need_it(self):
        run = self.start()
        self.work(run)
        self.assertEqual((run.state, run.is_clean), ("done", True), run.problem)
        pages = [position for code, position in self.asked if code == "invoice"]
        self.assertEqual(pages, [0, 2, 4])
        self.assertEqual(self.part(run, "invoice").read_count, 5)

    def test_a_killed_reading_goes_on_at_its_page(self):
        self.one_page_per_step()
        run = self.start()
        reading = self.part(run, "invoice")
        reading._advance()
        self.assertEqual((reading.state, reading.cursor, reading.read_count), ("running", "2", 2))
        # What a kill takes back: a page that was read and not committed.
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            reading._advance()
            raise ZeroDivisionError
        self.assertEqual(reading.read_count, 2)
        self.work(run)
        self.assertTrue(run.is_clean)
        self.assertEqual(reading.read_count, 5)
        self.assertEqual(run.total_ids.filtered(lambda line: line.check == "R1").left_amount, 7200)

    def test_a_run_is_closed_although_who_ended_its_last_part_died_before(self):
        run = self.start()
        parts = self.env["saas.reconciliation.part"]
        while due := run.part_ids & parts._get_due():
            due[0]._advance()
        self.assertEqual(set(run.part_ids.mapped("state")), {"done"})
        self.assertEqual(run.state, "running", "as a kill leaves it")
        self.work(run)
        self.assertEqual((run.state, run.is_clean), ("done", True))

    def test_what_is_told_twice_is_kept_once(self):
        self.one_page_per_step()
        run = self.start()
        reading = self.part(run, "invoice")
        reading._advance()
        reading.cursor = False
        self.work(run)
        self.assertTrue(run.is_clean, run.difference_ids.mapped("label"))

    def test_a_provider_that_cannot_answer_makes_the_part_wait(self):
        self.one_page_per_step()
        self.faults = [(("invoice", 2), DOWN)]
        run = self.start()
        self.work(run)
        reading = self.part(run, "invoice")
        self.assertEqual((run.state, reading.state), ("running", "running"))
        self.assertEqual((reading.failures, reading.cursor), (1, "2"))
        self.assertGreater(reading.retry_at, fields.Datetime.now())
        self.assertEqual(self.part(run, "R2").state, "done")
        self.assertEqual(self.part(run, "R1").state, "todo")
        reading.retry_at = fields.Datetime.now() - timedelta(seconds=1)
        self.work(run)
        self.assertEqual((run.state, run.is_clean), ("done", True))

    def test_its_patience_ends(self):
        self.patch(reconciliation_part, "PATIENCE", 1)
        self.faults = [(("invoice", 0), DOWN)]
        run = self.start()
        self.work(run)
        self.assertEqual(run.state, "attention")
        self.assertEqual(run.problem, "Stripe did not answer.")
        self.assertEqual(self.part(run, "R1").state, "failed")
        self.assertEqual(self.part(run, "R2").state, "done")
        run.action_try_again()
        self.assertEqual((run.state, run.is_clean), ("done", True))
        self.assertFalse(run.problem)

    def test_a_cursor_that_is_gone_starts_the_list_again(self):
        self.one_page_per_step()
        gone = NeedsHuman("stripe_request", "No such invoice: in_1")
        self.faults = [(("invoice", 2), gone)]
        run = self.start()
        self.work(run)
        self.assertTrue(run.is_clean, run.problem)
        pages = [position for code, position in self.asked if code == "invoice"]
        self.assertEqual(pages, [0, 2, 0, 2, 4])

    def test_without_a_read_key_it_says_what_to_set(self):
        self.faults = [((code, 0), UserError("Set “Read Key”.")) for code in ("invoice",)]
        run = self.run_checks()
        self.assertEqual((run.state, run.problem), ("attention", "Set “Read Key”."))
        self.assertFalse(run.is_clean)

    @mute_logger("odoo.addons.saas_billing_connector.models.billing_drain")
    def test_what_nobody_foresaw_stops_only_its_part(self):
        self.faults = [(("refund", 0), ZeroDivisionError())]
        run = self.start()
        self.work(run)
        self.assertEqual(run.state, "attention")
        self.assertIn("Unexpected", run.problem)
        self.assertEqual(self.part(run, "R1").state, "done")

    def test_a_large_run_goes_on_in_the_background(self):
        self.one_page_per_step()
        run = self.env["saas.reconciliation.run"].create(
            {"date_from": JANUARY, "date_to": FEBRUARY}
        )
        cron = self.env.ref("saas_subscription_sync.cron_reconcile")
        triggers = [("cron_id", "=", cron.id)]
        self.assertFalse(self.env["ir.cron.trigger"].search(triggers))
        run._start()
        run._work_until(0)
        self.assertEqual(run.state, "running")
        self.assertTrue(self.env["ir.cron.trigger"].search(triggers))
        self.work(run)
        self.assertEqual(run.state, "done")

    def test_months_are_parts_of_their_own(self):
        run = self.env["saas.reconciliation.run"].create(
            {"date_from": JANUARY, "date_to": fields.Date.add(JANUARY, months=3)}
        )
        run._start()
        self.assertEqual(len(self.part(run, "R1")), 3)
        self.assertEqual(len(self.part(run, "R0")), 3)
        since, until = self.part(run, "charge")[0]._get_window()
        self.assertEqual(
            (since.isoformat()[:10], until.isoformat()[:10]), ("2025-12-30", "2026-02-03")
        )

    def test_once_only_is_a_constraint(self):
        self.env.cr.execute(
            """SELECT conname FROM pg_constraint WHERE contype = 'u'
                UNION SELECT indexname FROM pg_indexes WHERE indexdef LIKE 'CREATE UNIQUE%'"""
        )
        names = {name for [name] in self.env.cr.fetchall()}
        self.assertLessEqual(
            {
                "saas_reconciliation_part_part_unique",
                "saas_reconciliation_line_line_unique",
                "saas_reconciliation_fact_fact_unique",
                "saas_reconciliation_difference_followed_unique",
            },
            names,
        )


class TestReconciliationNightly(ProviderMixin, SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        self.set_up_provider()
        self.Run = self.env["saas.reconciliation.run"].sudo()
        self.remote["subscription"] = [factory.subscription()]
        self.month = fields.Date.context_today(self.Run).replace(day=1)
        self.activity_type = self.env.ref("saas_subscription_sync.mail_activity_difference")

    def night(self):
        """The runs of a night, worked on to their end."""
        before = self.Run.search([])
        self.Run._start_nightly(self.company)
        runs = self.Run.search([]) - before
        for run in runs:
            run._work_until(float("inf"))
        return runs

    def activities(self):
        return self.connection.activity_ids.filtered(
            lambda each: each.activity_type_id == self.activity_type
        )

    def test_the_open_months_and_those_that_differ(self):
        runs = self.night()
        previous = fields.Date.subtract(self.month, months=1)
        self.assertEqual(set(runs.mapped("date_from")), {self.month, previous})
        self.assertTrue(all(run.is_scheduled and run.is_clean for run in runs))
        self.remote["invoice"] = [factory.invoice()]
        self.run_checks()
        self.assertEqual(set(self.night().mapped("date_from")), {JANUARY, self.month, previous})

    def test_a_run_that_is_still_at_it_is_not_begun_again(self):
        self.Run._start_nightly(self.company)
        before = self.Run.search_count([])
        self.Run._start_nightly(self.company)
        self.assertEqual(self.Run.search_count([]), before)

    def test_one_activity_that_closes_by_itself(self):
        self.remote["invoice"] = [factory.invoice()]
        self.run_checks()
        self.run_checks()
        self.assertEqual(len(self.activities()), 1)
        self.assertEqual(self.activities().user_id, self.connection.user_id)
        self.assertIn("R1 (1)", self.activities().summary)
        self.deliver(factory.invoice())
        self.run_checks()
        self.assertFalse(self.activities())

    def test_clean_nightly_runs_are_dropped_but_for_the_last_of_a_month(self):
        first, second = self.night(), self.night()
        by_hand = self.run_checks()
        old = fields.Datetime.now() - timedelta(days=60)
        (first | second | by_hand).sudo().write({"executed_at": old})
        self.Run._gc_clean_runs()
        self.assertFalse(first.exists())
        self.assertEqual(second.exists(), second)
        self.assertEqual(by_hand.exists(), by_hand)

    def test_companies_without_a_read_key_are_left_alone(self):
        before = self.Run.search_count([])
        self.Run._cron_nightly()
        self.assertEqual(self.Run.search_count([]), before)


class TestReconciliationDifference(ProviderMixin, SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        self.set_up_provider()
        self.remote["invoice"] = [factory.invoice()]
        self.run_checks()

    def difference(self):
        return self.env["saas.reconciliation.difference"].search([("check", "=", "R1")])

    def explain(self):
        difference = self.difference()
        difference.note = "Billed by mistake; voided next month."
        difference.action_explain()
        return difference

    def test_followed_from_run_to_run(self):
        difference = self.difference()
        self.assertEqual((difference.state, difference.seen_count), ("open", 1))
        difference.sudo().first_seen_at = fields.Datetime.now() - timedelta(days=9)
        run = self.run_checks()
        self.assertEqual(self.difference(), difference)
        self.assertEqual((difference.seen_count, difference.age), (2, 9))
        self.assertEqual(difference.run_id, run)
        line = run.difference_ids.filtered(lambda each: each.check == "R1")
        self.assertEqual((line.matter_id, line.matter_state), (difference, "open"))
        self.deliver(factory.invoice())
        self.run_checks()
        self.assertEqual(difference.state, "gone")

    def test_an_explanation_needs_words_and_holds_for_its_amounts(self):
        with self.assertRaises(UserError):
            self.difference().action_explain()
        difference = self.explain()
        self.assertEqual(difference.explained_by_id, self.env.user)
        run = self.run_checks()
        self.assertEqual(difference.state, "explained")
        self.assertFalse(run.is_clean)
        self.assertEqual(run.difference_count - run.open_count, 1)
        other = factory.line("10", factory.tax("2", "10"))
        self.remote["invoice"] = [factory.invoice("in_1", other)]
        self.run_checks()
        self.assertEqual((difference.state, difference.left_amount), ("open", 12))
        self.assertTrue(difference.note)

    def test_what_is_explained_alarms_nobody(self):
        for difference in self.env["saas.reconciliation.difference"].search([]):
            difference.note = "In order."
            difference.action_explain()
        self.assertFalse(self.connection.activity_ids)
        self.difference().action_reopen()
        self.assertTrue(self.connection.activity_ids)

    def test_a_person_writes_the_note_and_the_owner_only(self):
        user = new_test_user(
            self.env,
            "difference_operator",
            "saas_billing_connector.group_saas_operator",
            company_id=self.company.id,
        )
        difference = self.difference().with_user(user)
        difference.write({"note": "Mine.", "user_id": user.id})
        for values in ({"state": "gone"}, {"left_amount": 0}):
            with self.assertRaises(UserError):
                difference.write(values)
        with self.assertRaises(UserError):
            difference.sudo().unlink()

    def test_another_scope_leaves_it_alone(self):
        other = self._create_connection("acct_second", self.company)
        run = self.env["saas.reconciliation.run"].create(
            {"date_from": JANUARY, "date_to": FEBRUARY, "connection_id": other.id}
        )
        self.remote["invoice"] = []
        run.action_run()
        self.assertEqual(run.state, "done")
        self.assertEqual(self.difference().state, "open")
