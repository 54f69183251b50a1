"""Importing history: everything once, in order, resumable at any page."""

import json
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..canonical import NeedsHuman
from ..models.billing_import_line import OBJECT_TYPES
from ..providers.stripe import API_VERSION
from ..providers.stripe.client import LISTS
from .simulated import KEY, SimulatedCase


@tagged("post_install", "-at_install")
class TestBillingImport(SimulatedCase):
    def make(self, *object_types, **values):
        """A draft of an import of some object types, or of all, a minute later."""
        self.simulator.advance_to(self.simulator.now + timedelta(minutes=1))
        draft = self.env["saas.billing.import"].create(
            {"connection_id": self.connection.id, **values}
        )
        if object_types:
            others = draft.line_ids.filtered(lambda line: line.object_type not in object_types)
            others.selected = False
        return draft

    def bring(self, *object_types, **values):
        """An import that has run as far as it gets."""
        started = self.make(*object_types, **values)
        started.action_start()
        self.run_cron("cron_import")
        return started

    def test_every_type_that_is_offered_can_be_listed(self):
        self.assertLessEqual(OBJECT_TYPES.keys(), LISTS.keys())

    def test_everything_stripe_has_comes_once_and_in_order(self):
        self.subscribe()
        done = self.bring()
        self.assertEqual((done.state, done.progress), ("done", 100))
        types = list(dict.fromkeys(self.inbox().mapped("object_type")))
        self.assertEqual(
            types[:7],
            ["customer", "product", "price", "subscription", "invoice", "charge"]
            + ["invoice_payment"],
        )
        self.assertEqual(set(self.inbox().mapped("source")), {"backfill"})
        self.assertEqual(done.new_count, len(self.inbox()))

    @mute_logger("odoo.addons.saas_billing_connector.models.billing_drain")
    def test_a_page_that_nobody_foresaw_stops_no_other_import(self):
        broken, whole = self.make("customer"), self.make("product")
        self.ask("products", name="Plan")
        imported = type(self.env["saas.billing.import.line"])
        read_page = imported._read_page

        def fail(line, reader):
            if line.import_id == broken:
                raise ZeroDivisionError
            return read_page(line, reader)

        self.patch(imported, "_read_page", fail)
        (broken | whole).action_start()
        self.run_cron("cron_import")
        self.assertEqual((broken.state, whole.state), ("attention", "done"))
        self.assertIn("Unexpected", broken.problem)

    def test_the_row_says_what_was_read_and_when_by_stripe_s_clock(self):
        customer = self.ask("customers", name="Ada")
        self.bring("customer")
        row = self.inbox()
        body = json.loads(row.body)
        self.assertRegex(row.external_id, rf"^import:{customer['id']}:[0-9a-f]{{16}}$")
        self.assertEqual(row.event_type, "customer.imported")
        tax_ids = body["data"]["object"].pop("tax_ids")
        self.assertEqual((body["api_version"], body["data"]["object"]), (API_VERSION, customer))
        self.assertEqual(tax_ids["data"], [], "asked for, since events leave them out")
        self.assertLess(row.occurred_at, self.simulator.now.replace(tzinfo=None))

    def test_running_it_again_adds_nothing_but_what_changed(self):
        self.subscribe()
        first = self.bring()
        again = self.bring()
        self.assertEqual((again.read_count, again.new_count), (first.read_count, 0))
        self.assertEqual(again.unchanged_count, first.read_count)
        customer = self.inbox().filtered(lambda row: row.object_type == "customer").object_id
        self.ask(f"customers/{customer}", name="Ada Lovelace")
        third = self.bring()
        self.assertEqual(third.new_count, 1)
        self.assertFalse(self.inbox().conflict_of_id)

    def test_a_state_that_comes_back_is_news_once(self):
        """Else the books would stay with the state in between."""
        customer = self.ask("customers", name="Ada")["id"]
        self.bring("customer")
        self.ask(f"customers/{customer}", name="Lovelace")
        self.bring("customer")
        self.ask(f"customers/{customer}", name="Ada")
        self.assertEqual([self.bring("customer").new_count for _time in range(2)], [1, 0])
        # The same where the state in between was told by a webhook.
        self.ask(f"customers/{customer}", name="Lovelace")
        self.receive(self.simulator.events[-1])
        self.ask(f"customers/{customer}", name="Ada")
        self.assertEqual([self.bring("customer").new_count for _time in range(2)], [1, 0])
        self.assertFalse(self.inbox().conflict_of_id)

    def test_only_the_days_asked_for_are_read(self):
        for name in ("first", "second", "third"):
            self.ask("customers", name=name)
            self.simulator.advance_to(self.simulator.now + timedelta(days=1))
        self.connection.timezone = "America/New_York"
        # The simulator starts at midnight UTC, which is 19:00 the day before in New York.
        self.bring("customer", date_from="2026-01-01", date_to="2026-01-01")
        self.assertIn('"second"', self.inbox().body)

    def test_it_stops_and_goes_on_at_every_page(self):
        for number in range(250):
            self.ask("customers", name=f"Ada {number}")
        running = self.make("customer")
        running.action_start()
        line = running.line_ids.filtered("selected")
        for read in (100, 200):
            running._import_page()
            self.assertEqual((line.read_count, len(self.inbox())), (read, read))
            self.assertEqual(line.state, "running")
        self.assertEqual(line.remaining, "unknown: Stripe does not say")
        running.action_pause()
        self.run_cron("cron_import")
        self.assertEqual(line.read_count, 200, "a pause is a pause")
        running.action_resume()
        self.run_cron("cron_import")
        self.assertEqual((running.state, line.read_count), ("done", 250))
        self.assertEqual(len(self.inbox()), 250)

    def test_a_page_that_was_stored_without_its_cursor_is_read_again_and_stored_once(self):
        for number in range(150):
            self.ask("customers", name=f"Ada {number}")
        running = self.make("customer")
        running.action_start()
        line = running.line_ids.filtered("selected")
        running._import_page()
        line.write({"cursor": False, "read_count": 0, "new_count": 0, "state": "todo"})
        self.run_cron("cron_import")
        self.assertEqual((line.read_count, line.new_count), (150, 50))
        self.assertEqual(len(self.inbox()), 150)

    def test_a_cursor_that_was_deleted_meanwhile_loses_nothing(self):
        for number in range(150):
            self.ask("customers", name=f"Ada {number}")
            self.simulator.advance_to(self.simulator.now + timedelta(minutes=1))
        running = self.make("customer")
        running.action_start()
        running._import_page()
        line = running.line_ids.filtered("selected")
        self.simulator.request("DELETE", f"/v1/customers/{line.cursor}")
        self.simulator.world.store.ordinals.pop(line.cursor)
        self.run_cron("cron_import")
        self.assertEqual((running.state, len(self.inbox())), ("done", 150))

    def test_what_is_created_meanwhile_is_not_of_this_import(self):
        self.ask("customers", name="before")
        running = self.make("product", "customer")
        running.action_start()
        running._import_page()
        self.ask("products", name="after")
        self.run_cron("cron_import")
        self.assertEqual(self.inbox().mapped("object_type"), ["customer"])

    def test_an_outage_is_waited_for(self):
        self.ask("customers", name="Ada")
        self.simulator.api_faults.add(503, path="/v1/customers", count=4)
        running = self.bring("customer")
        self.assertEqual((running.state, running.failures), ("running", 1))
        self.assertIn("problem of its own", running.problem)
        self.run_cron("cron_import")
        self.assertEqual(running.read_count, 0, "not before its time")
        running.retry_at = False
        self.run_cron("cron_import")
        self.assertEqual((running.state, running.read_count), ("done", 1))
        self.assertFalse(running.problem)

    def test_a_list_that_may_not_be_read_stops_only_itself(self):
        self.subscribe()
        self.simulator.keys.restrict(KEY, {"*": "read", "payout": "none"})
        stopped = self.bring()
        blocked = stopped.line_ids.filtered(lambda line: line.state == "blocked")
        self.assertEqual(blocked.mapped("object_type"), ["payout"])
        self.assertEqual(stopped.state, "attention")
        self.assertIn("rak_payout_read", stopped.problem)
        self.simulator.keys.restrict(KEY, {"*": "read"})
        stopped.action_resume()
        self.run_cron("cron_import")
        self.assertEqual(stopped.state, "done")

    def test_a_key_of_another_account_or_mode_stops_it_before_anything_is_stored(self):
        self.subscribe()
        self.connection.account = "acct_other"
        stopped = self.bring()
        self.assertEqual(stopped.state, "attention")
        self.assertIn("acct_other", stopped.problem)
        self.connection.write(
            {"account": self.simulator.world.settings.account_id, "livemode": True}
        )
        self.assertEqual(self.bring().state, "attention")
        self.assertFalse(self.inbox())

    def test_a_key_that_has_gone_stops_it_with_what_to_do(self):
        running = self.make("customer")
        running.action_start()
        self.connection.read_key_ref = False
        self.run_cron("cron_import")
        self.assertEqual(running.state, "attention")
        self.assertIn("Read Key", running.problem)
        with self.assertRaises(UserError):
            self.make().action_start()

    def test_a_gap_is_closed_by_an_import_that_covers_it(self):
        outcome = NeedsHuman("events_gap", "Run an import", key="2025-12-31/2026-01-11")
        issues = self.env["saas.billing.issue"]._raise(self.connection, [outcome])
        (issue,) = issues.values()
        self.bring(date_from="2026-01-05", date_to="2026-01-11")
        self.assertEqual(issue.state, "open", "a part is not enough")
        self.bring("customer", date_to="2026-01-11")
        self.assertEqual(issue.state, "open", "one list is not enough")
        self.bring(date_from="2025-12-31")
        self.assertEqual(issue.state, "closed")

    def test_a_cancelled_import_reads_no_more(self):
        running = self.make()
        running.action_start()
        running.action_cancel()
        self.run_cron("cron_import")
        self.assertEqual((running.state, running.read_count), ("cancelled", 0))

    def test_a_started_import_keeps_its_period_and_stays(self):
        running = self.make()
        running.action_start()
        for act in (
            running.unlink,
            running.action_start,
            lambda: running.write({"date_from": "2026-01-01"}),
        ):
            with self.assertRaises(UserError):
                act()
        with self.assertRaises(ValidationError):
            self.make(date_from="2026-01-02", date_to="2026-01-01")

    def test_a_page_costs_a_fixed_number_of_queries(self):
        """Beside one insert for each new object; known ones cost nothing each."""
        for number in range(100):
            self.ask("customers", name=f"Ada {number}")
        self.bring("customer")
        counts = []
        for period in ({"date_to": "2026-01-01"}, {"date_from": "2026-01-02"}):
            running = self.make("customer", **period)
            running.action_start()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            running._import_page()
            self.env.flush_all()
            counts.append((running.read_count, self.env.cr.sql_log_count - before))
        (full, many), (empty, few) = counts
        self.assertEqual((full, empty), (100, 0))
        self.assertLessEqual(many - few, 6)

    def test_only_the_administrator_imports(self):
        group = "saas_billing_connector.group_saas_"
        draft = self.make()
        for role in ("auditor", "operator"):
            user = new_test_user(self.env, f"import_{role}", groups=f"{group}{role}")
            draft.with_user(user).read(["state"])
            for act in ("action_start", "action_pause", "action_resume", "action_cancel"):
                with self.assertRaises(AccessError):
                    getattr(draft.with_user(user), act)()
            with self.assertRaises(AccessError):
                draft.with_user(user).copy()
        admin = new_test_user(self.env, "import_admin", groups=f"{group}admin")
        draft.with_user(admin).action_start()
        self.assertEqual(draft.state, "running")

    def test_an_import_reads_each_list_once_by_constraint(self):
        self.env.cr.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conname = 'saas_billing_import_line_type_unique'"
        )
        self.assertEqual(self.env.cr.fetchall(), [("UNIQUE (import_id, object_type)",)])
