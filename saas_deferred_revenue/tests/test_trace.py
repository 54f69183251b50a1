"""One story of every record: what caused it, what it led to, and who decided."""

import json
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models import revenue_trace_walk
from . import stripe_year
from .common import month
from .test_controller_tour import TourCase
from .test_write_offs import WriteOffCommon


def steps_of(story, *chapters):
    """`(model, id)` of the steps of a story, of some chapters or of all."""
    return {
        (step["model"], step["res_id"])
        for step in story["steps"]
        if not chapters or step["chapter"] in chapters
    }


@tagged("post_install", "-at_install")
class TestTrace(TourCase):
    """A year of one customer, made by events, with one month earned."""

    def setUp(self):
        super().setUp()
        for story in (stripe_year.MASTER_DATA, stripe_year.BILLED, stripe_year.PAID):
            self.play(story)
        self.controller = self.create_user(
            "trace_controller",
            "saas_deferred_revenue.group_revenue_manager",
            "saas_billing_connector.group_saas_auditor",
        )
        self.clerk = self.create_user("trace_clerk", "account.group_account_invoice")
        self.env = self.env(user=self.controller)
        self.trace = self.env["saas.revenue.trace"]
        self.run = self.env["saas.revenue.run"]._post_month(self.company, month("2026-01"))
        self.schedule = self.env["saas.revenue.schedule"].search(
            [("move_id.saas_external_id", "=", "in_year")]
        )
        self.event = self.env["saas.billing.event"].search(
            [("event_type", "=", "invoice.finalized")]
        )

    def tell(self, record, **options):
        return self.trace.get_story(record._name, record.id, **options)

    def test_every_journal_item_leads_to_the_events_that_caused_it(self):
        items = self.env["account.move.line"].search([("company_id", "=", self.company.id)])
        self.assertTrue(items.move_id.saas_revenue_run_id)
        self.assertTrue(items.payment_id)
        for item in items:
            with self.subTest(item.display_name):
                story = self.tell(item)
                self.assertIn((self.event._name, self.event.id), steps_of(story, "event"))
                [start] = [step for step in story["steps"] if step["is_start"]]
                self.assertEqual((start["model"], start["res_id"]), (item._name, item.id))

    def test_every_event_leads_to_all_its_effects(self):
        events = self.env["saas.billing.event"].search([("connection_id", "=", self.connection.id)])
        self.assertGreater(len(events.trace_ids), 10)
        for event in events:
            with self.subTest(event.event_type):
                effects = {(each.res_model, each.res_id) for each in event.trace_ids}
                self.assertLessEqual(effects, steps_of(self.tell(event)))

    def test_a_billed_event_leads_to_the_entry_of_the_month(self):
        [entry] = self.run.move_ids
        told = steps_of(self.tell(self.event))
        chain = (
            self.schedule.move_id,
            self.schedule,
            *self.schedule.segment_ids,
            *self.schedule.posting_ids,
            *entry.line_ids,
            entry,
            self.run,
            self.schedule.rule_id,
        )
        for record in chain:
            with self.subTest(record._name):
                self.assertIn((record._name, record.id), told)
                self.assertIn((self.event._name, self.event.id), steps_of(self.tell_of(record)))

    def tell_of(self, record):
        """The story of a record, or of the schedule where stories do not begin with its kind."""
        traced = record._name in self.trace._get_traced()
        return self.tell(record if traced else self.schedule)

    def test_a_story_is_told_in_order(self):
        chapters = list(self.trace._get_chapters())
        told = [chapters.index(step["chapter"]) for step in self.tell(self.schedule)["steps"]]
        self.assertEqual(told, sorted(told))
        for before, after in zip(
            ("event", "reading", "document", "segment", "posting"),
            ("reading", "document", "segment", "posting", "entry"),
            strict=True,
        ):
            self.assertLess(chapters.index(before), chapters.index(after))

    def test_amounts_are_exact_and_people_named(self):
        steps = {step["chapter"]: step for step in self.tell(self.schedule)["steps"]}
        self.assertEqual(steps["posting"]["amount"], "101.92")
        self.assertEqual(steps["segment"]["amount"], "1200.00")
        self.assertEqual(steps["document"]["currency"], "USD")
        self.assertEqual(steps["run"]["who"], "Connie Controller")
        self.assertEqual(steps["run"]["when"], self.run.posted_on.isoformat())

    def test_the_file_has_what_was_received_and_what_was_read(self):
        story = self.tell(self.event, with_content=True)
        [step] = [step for step in story["steps"] if step["is_start"]]
        self.assertEqual(json.loads(step["body"])["data"]["object"]["id"], "in_year")
        self.assertEqual(json.loads(step["canonical"])["record"]["total"], "1440")
        self.assertNotIn("body", self.tell(self.event)["steps"][0])

    def test_who_may_not_read_the_inbox_gets_the_ledger_only(self):
        trace = self.trace.with_user(self.clerk)
        story = trace.get_story("saas.revenue.schedule", self.schedule.id, with_content=True)
        self.assertFalse(steps_of(story, "event", "reading", "effect", "signature"))
        self.assertIn(("account.move", self.schedule.move_id.id), steps_of(story, "document"))
        self.assertNotIn("evt_", json.dumps(story))
        with self.assertRaises(AccessError):
            trace.get_story(self.event._name, self.event.id)

    def test_another_company_gets_nothing(self):
        elsewhere = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env(su=True),
            "trace_stranger",
            "saas_deferred_revenue.group_revenue_manager",
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        for record in (self.event, self.schedule, self.schedule.move_id, self.run):
            with self.subTest(record._name), self.assertRaises(AccessError):
                self.trace.with_user(stranger).get_story(record._name, record.id)

    def test_other_records_have_no_story(self):
        with self.assertRaisesRegex(UserError, "begins with"):
            self.tell(self.controller)
        with self.assertRaisesRegex(UserError, "does not exist"):
            self.trace.get_story(self.schedule._name, self.schedule.id + 10**6)

    def test_the_file_is_downloaded_by_who_may_read_it(self):
        address = f"/saas/trace/saas.revenue.schedule/{self.schedule.id}.json"
        self.authenticate(self.controller.login, self.controller.login)
        answer = self.url_open(address)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        told = self.tell(self.schedule, with_content=True)
        self.assertEqual(answer.json(), json.loads(json.dumps(told)))

    @mute_logger("odoo.http")
    def test_the_file_is_refused_to_others(self):
        nobody = new_test_user(
            self.env(su=True),
            "trace_nobody",
            "base.group_user",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.authenticate(nobody.login, nobody.login)
        answer = self.url_open(f"/saas/trace/saas.revenue.schedule/{self.schedule.id}.json")
        self.assertEqual(answer.status_code, 403)
        self.assertNotIn("1200", answer.text)

    def test_the_screen(self):
        self.start_tour("/odoo", "saas_trace", login=self.controller.login, timeout=120)


@tagged("post_install", "-at_install")
class TestTraceOfBooks(WriteOffCommon):
    """Documents made in Odoo: many of them, and what people decided about them."""

    def setUp(self):
        super().setUp()
        self.trace = self.env["saas.revenue.trace"]

    def tell(self, record):
        return self.trace.get_story(record._name, record.id)

    def post_invoices(self, count):
        vals = self.prepare_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        invoices = self.env["account.move"].create([dict(vals) for _number in range(count)])
        invoices._post()
        return invoices

    def test_an_item_has_only_the_postings_behind_it(self):
        self.company.saas_revenue_grouping = "partner"
        ours = self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        theirs = self.post_invoice(
            "2025-01-01",
            self.prepare_line(60, "2025-01-01", "2025-04-01"),
            partner_id=self.partner_b.id,
        )
        run = self.run_month("2025-01")
        for invoice in (ours, theirs):
            schedule = invoice.saas_revenue_schedule_ids
            posting = schedule.posting_ids
            for item in posting.move_line_id | posting.deferred_move_line_id:
                story = self.tell(item)
                self.assertEqual(
                    steps_of(story, "posting", "schedule", "document"),
                    {(each._name, each.id) for each in (posting, schedule, invoice)},
                )
        self.assertEqual(len(steps_of(self.tell(run), "posting")), 2)
        self.assertEqual(len(steps_of(self.tell(run.move_ids), "document")), 2)

    def test_a_credit_note_belongs_to_the_story_of_its_invoice(self):
        invoice = self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        note = self.credit(invoice, "2025-02-01", amount=9)
        self.run_months("2025-01", "2025-02")
        schedule = invoice.saas_revenue_schedule_ids
        for start in (invoice, note, schedule):
            with self.subTest(start.display_name):
                story = self.tell(start)
                self.assertLessEqual(
                    {("account.move", invoice.id), ("account.move", note.id)},
                    steps_of(story, "document"),
                )
                self.assertEqual(len(steps_of(story, "segment")), len(schedule.segment_ids))
                self.assertEqual(len(steps_of(story, "posting")), len(schedule.posting_ids))

    def test_a_write_off_belongs_to_the_story_of_its_invoice(self):
        invoice = self.bill()
        write_off = self.write_off(invoice)
        entry = write_off.entry_id
        for start in (invoice, entry, *entry.line_ids):
            with self.subTest(start.display_name):
                story = self.tell(start)
                self.assertIn(("account.move", invoice.id), steps_of(story, "document"))
                self.assertIn(("account.move", entry.id), steps_of(story, "entry"))
                [step] = [step for step in story["steps"] if step["chapter"] == "write_off"]
                self.assertEqual((step["res_id"], step["who"]), (write_off.id, self.manager.name))

    def test_decisions_name_who_proposed_and_who_decided(self):
        invoice = self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        schedule = invoice.saas_revenue_schedule_ids
        amendment = (
            self.env["saas.revenue.amendment"]
            .with_user(self.author)
            .create({"schedule_id": schedule.id, "date": "2025-02-01", "reason": "Cancelled"})
        )
        amendment.action_propose()
        amendment.with_user(self.env.user).action_approve()
        self.run_months("2025-01", "2025-02")
        close = self.env["saas.revenue.close"].create({"period": "2025-02-01"})
        close.sudo()._sign("prepared")
        steps = {step["chapter"]: step for step in self.tell(schedule)["steps"]}
        self.assertEqual(steps["amendment"]["who"], self.env.user.name)
        facts = {fact["name"]: fact["text"] for fact in steps["amendment"]["facts"]}
        self.assertEqual(
            (facts["proposed_by_id"], facts["reason"]), (self.author.name, "Cancelled")
        )
        self.assertEqual(
            (steps["signature"]["model"], steps["signature"]["res_id"]), (close._name, close.id)
        )
        self.assertEqual(steps["rule"]["res_id"], self.rule.id)

    def test_a_run_of_any_size_costs_the_same_number_of_queries(self):
        counts = []
        for text, size in (("2025-01", 3), ("2025-02", 40)):
            self.post_invoices(size)
            run = self.run_month(text)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.tell(run)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3)

    def test_what_is_too_much_is_counted_and_listed(self):
        self.post_invoices(5)
        run = self.run_month("2025-01")
        with patch.object(revenue_trace_walk, "LIMIT", 2):
            story = json.loads(json.dumps(self.tell(run)))
        self.assertEqual(len(steps_of(story, "posting")), 2)
        self.assertEqual(len(steps_of(story, "document")), 2)
        [more] = story["more"]
        self.assertEqual((more["chapter"], more["shown"], more["count"]), ("posting", 2, 5))
        self.assertEqual(
            self.env[more["model"]].search(more["domain"]),
            self.env["saas.revenue.posting"].search([("run_id", "=", run.id)]),
        )
