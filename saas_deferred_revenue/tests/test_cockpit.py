"""The close cockpit: its numbers, what they open, and who may do what."""

import json
from datetime import date

from odoo import fields
from odoo.addons.saas_subscription_sync.tests.reconciliation_common import ProviderMixin
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL
from odoo.tools.json import json_default
from odoo.tools.safe_eval import datetime as safe_datetime
from odoo.tools.safe_eval import safe_eval

from . import stripe_year
from .common import ACCOUNTANT, MANAGER, month
from .test_controller_tour import TourCase

AUDITOR = "saas_billing_connector.group_saas_auditor"
SECTIONS = ("totals", "close", "blockers", "reconciliation", "waterfall", "health")
#: What the records of a drill-down are added up by, and with which sign.
ADDED_UP = {
    "account.move": ("amount_untaxed_signed", 1),
    "account.payment": ("amount_company_currency_signed", 1),
    "account.move.line": ("balance", -1),
    "saas.revenue.waterfall.month": ("company_amount", 1),
    "saas.reconciliation.line": ("difference", 1),
    "saas.reconciliation.difference": ("difference", 1),
    "saas.billing.issue": ("stake_company_amount", 1),
}


class CockpitCase(ProviderMixin, TourCase):
    """One year of 1,200.00 + 20 % VAT, billed and paid in January 2026, January posted."""

    def setUp(self):
        super().setUp()
        self.set_up_provider()
        for story in (stripe_year.MASTER_DATA, stripe_year.BILLED, stripe_year.PAID):
            self.play(story)
        self.env["saas.revenue.run"]._post_month(self.company, month("2026-01"))
        self.ann, self.max, self.mia = (
            self._create_member(login, group)
            for login, group in (("ann", ACCOUNTANT), ("max", MANAGER), ("mia", MANAGER))
        )

    def _create_member(self, login, *groups):
        user = self.create_user(f"cockpit_{login}", *groups)
        user.name = login.capitalize()
        return user

    def cockpit(self, user=None):
        return self.env["saas.revenue.cockpit"].with_user(user or self.ann)

    def get(self, section, text="2026-01", user=None):
        """What the page gets for a section, as it would arrive there."""
        found = getattr(self.cockpit(user), f"get_{section}")(self.company.id, text)
        return json.loads(json.dumps(found, default=json_default))

    def codes(self, user, text="2026-01"):
        return [step["code"] for step in self.get("close", text, user)["steps"]]

    def act(self, code, user=None, text="2026-01"):
        return self.cockpit(user).act(self.company.id, text, code)

    def reconcile_and_explain(self):
        """The provider in memory is empty: what the books have is explained, then all is well."""
        self.run_checks()
        differences = self.env["saas.reconciliation.difference"].sudo().search([])
        differences.write({"note": "Known"})
        differences.action_explain()
        self.run_checks()


@tagged("post_install", "-at_install")
class TestCockpit(CockpitCase):
    # ── numbers ──────────────────────────────────────────────────────────────────────────────

    def test_control_totals_are_those_of_the_books(self):
        tiles = {tile["code"]: tile for tile in self.get("totals", "2026-02")}
        self.assertEqual(
            {code: (tile["before"], tile["amount"]) for code, tile in tiles.items()},
            {
                "billed": (1200, 0),
                "collected": (1440, 0),
                "deferred": (1098.08, 1098.08),
                "recognised": (101.92, 0),
            },
        )
        [[billed, collected, deferred, recognised]] = self.env.execute_query(
            SQL(
                """
                SELECT (SELECT SUM(amount_untaxed_signed) FROM account_move
                         WHERE saas_external_id = 'in_year'),
                       (SELECT SUM(amount) FROM account_payment WHERE company_id = %(company)s),
                       (SELECT -SUM(balance) FROM account_move_line
                         WHERE account_id = (SELECT deferred_account_id FROM saas_revenue_schedule
                                              WHERE company_id = %(company)s)),
                       (SELECT SUM(company_amount) FROM saas_revenue_posting
                         WHERE company_id = %(company)s)
                """,
                company=self.company.id,
            )
        )
        self.assertEqual(
            [float(each) for each in (billed, collected, deferred, recognised)],
            [tiles[code]["before"] for code in ("billed", "collected", "deferred", "recognised")],
        )

    def test_the_trend_goes_back_a_year_and_ends_with_the_month(self):
        for tile in self.get("totals", "2026-03"):
            self.assertEqual(len(tile["trend"]), 13)
            self.assertEqual(tile["trend"][0]["month"], "2025-03")
            self.assertEqual(tile["trend"][-1], {"month": "2026-03", "amount": tile["amount"]})
            self.assertEqual(tile["trend"][-2]["amount"], tile["before"])

    def test_totals_of_thirteen_months_take_a_few_statements(self):
        self.get("totals")
        with self.assertQueryCount(12):
            self.get("totals")

    def test_the_waterfall_is_what_was_known_at_the_end_of_the_month(self):
        [invoice] = self.env["account.move"].search([("saas_external_id", "=", "in_year")])
        note = invoice._reverse_moves([{"invoice_date": "2026-02-10", "date": "2026-02-10"}])
        note.action_post()
        january, february = self.get("waterfall"), self.get("waterfall", "2026-02")
        self.assertEqual(january["total"], 1098.08)
        self.assertEqual([row["month"] for row in january["rows"]][::10], ["2026-02", "2026-12"])
        self.assertEqual(january["rows"][0]["amount"], 92.05)
        self.assertEqual(february["total"], 0)
        for row in january["rows"]:
            self.assertOpens(row["amount"], row["link"])
        self.assertOpens(january["total"], january["link"])

    def test_what_lies_beyond_the_waterfall_is_one_amount(self):
        later = self.get("waterfall", "2023-11")
        self.assertEqual((later["rows"], later["total"]), ([], 0), "nothing was booked by then")
        schedule = self.env["saas.revenue.schedule"].search([("company_id", "=", self.company.id)])
        self.env.cr.execute(
            "ALTER TABLE saas_revenue_segment DISABLE TRIGGER USER;"
            "UPDATE saas_revenue_segment SET booking_date = '2023-11-30' WHERE schedule_id = %s",
            [schedule.id],
        )
        self.env.invalidate_all()
        found = self.get("waterfall", "2023-11")
        self.assertEqual([row["month"] for row in found["rows"]][-1], False)
        self.assertEqual(found["total"], 1200)
        self.assertOpens(found["rows"][-1]["amount"], found["rows"][-1]["link"])
        self.assertEqual(sum(round(row["amount"] * 100) for row in found["rows"]), 120000)

    # ── what numbers open ────────────────────────────────────────────────────────────────────

    def assertOpens(self, amount, link, user=None):
        """The records behind a number add up to it, for this user."""
        name, sign = ADDED_UP[link["res_model"]]
        domain = link["domain"]
        if isinstance(domain, str):
            domain = safe_eval(domain, {"datetime": safe_datetime})
        records = (
            self.env[link["res_model"]]
            .with_user(user or self.ann)
            .with_context(**link["context"])
            .search(domain)
        )
        self.assertAlmostEqual(sign * sum(records.mapped(name)), amount, 2, link["name"])
        return records

    def test_every_total_opens_the_records_that_add_up_to_it(self):
        for text in ("2026-01", "2026-02"):
            for tile in self.get("totals", text):
                with self.subTest(month=text, tile=tile["code"]):
                    self.assertOpens(tile["amount"], tile["link"])
                    self.assertOpens(tile["before"], tile["before_link"])

    def test_checks_and_differences_open_what_they_count(self):
        self.run_checks()
        found = self.get("reconciliation")
        for check in found["checks"]:
            for total in check["totals"]:
                self.assertOpens(total["difference"], total["link"])
            records = self.env["saas.reconciliation.difference"].search(
                check["difference_link"]["domain"]
            )
            self.assertEqual(len(records), check["difference_count"])
        for each in found["top_differences"]:
            record = self.env["saas.reconciliation.difference"].browse(each["link"]["res_id"])
            self.assertEqual(record.difference, each["amount"])

    def test_a_number_is_no_link_for_who_may_not_read_its_records(self):
        reader = self._create_reader()
        self.act("check", text="2026-02")
        links = {line["code"]: line["link"] for line in self.get("blockers", "2026-02")["lines"]}
        self.assertEqual(links["reconciliation"]["res_model"], "saas.reconciliation.run")
        found = self.get("blockers", "2026-02", reader)
        links = {line["code"]: line["link"] for line in found["lines"]}
        self.assertEqual(links["run"]["res_model"], "saas.revenue.run")
        self.assertIs(links["reconciliation"], False)
        self.assertIs(found["issues"], False)

    def _create_reader(self):
        """Somebody who reads the ledger and has no role in the suite."""
        reader = self.create_user("cockpit_reader")
        reader.group_ids = self.env.ref("account.group_account_readonly")
        return reader

    # ── reconciliation ───────────────────────────────────────────────────────────────────────

    def statuses(self):
        return {each["code"]: each["status"] for each in self.get("reconciliation")["checks"]}

    def test_a_check_is_not_run_then_red_then_explained(self):
        self.assertEqual(set(self.statuses().values()), {"not_run"})
        self.run_checks()
        found = self.statuses()
        self.assertEqual((found["R1"], found["R4"], found["R5"]), ("red", "green", "green"))
        self.reconcile_and_explain()
        self.assertEqual(self.statuses()["R1"], "amber")
        run = self.env["saas.reconciliation.run"].search([], limit=1)
        run.part_ids.filtered(lambda part: part.code == "R5").sudo().state = "failed"
        self.assertEqual(self.statuses()["R5"], "red")

    def test_ten_thousand_differences_are_a_number_and_the_ten_largest(self):
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO saas_reconciliation_difference
                       (company_id, connection_id, "check", month, key, label, state, currency_id,
                        left_amount, right_amount, difference, difference_class, first_seen_at)
                SELECT %s, %s, 'R1', '2026-01-01', n::text, 'Invoice ' || n, 'open', %s,
                       CASE WHEN n %% 2 = 0 THEN n ELSE 0 END,
                       CASE WHEN n %% 2 = 0 THEN 0 ELSE n END,
                       CASE WHEN n %% 2 = 0 THEN n ELSE -n END, 'missing', now()
                  FROM generate_series(1, 10000) n
                """,
                self.company.id,
                self.connection.id,
                self.company.currency_id.id,
            )
        )
        found = self.get("reconciliation")
        self.assertEqual(found["difference_count"], 10000)
        self.assertEqual(
            [each["amount"] for each in found["top_differences"]],
            [10000, -9999, 9998, -9997, 9996, -9995, 9994, -9993, 9992, -9991],
        )
        count = self.env[found["difference_link"]["res_model"]].search_count(
            found["difference_link"]["domain"]
        )
        self.assertEqual(count, 10000)

    # ── blockers ─────────────────────────────────────────────────────────────────────────────

    def test_blockers_have_owners_money_and_records(self):
        self.assertFalse(self.get("blockers")["checked_on"])
        self.act("check", text="2026-02")
        [late] = self.play([("invoice.finalized", stripe_year.invoice(id="in_bad", total=1))])
        self.assertEqual(late.state, "parked")
        late.issue_id.user_id = self.max
        self.env["saas.billing.issue"]._refresh_money()
        found = self.get("blockers", "2026-02")
        lines = {line["code"]: line for line in found["lines"]}
        self.assertEqual(set(lines), {"run", "reconciliation"})
        self.assertEqual(lines["run"]["amount"], 92.05)
        self.assertEqual(lines["run"]["owner"], "Revenue Accountant")
        [issue] = found["issues"]["top"]
        self.assertEqual((issue["owner"], found["issues"]["count"]), ("Max", 1))
        self.assertOpens(found["issues"]["amount"], found["issues"]["link"])
        self.act("check", text="2026-02")
        [line] = [
            line for line in self.get("blockers", "2026-02")["lines"] if line["code"] == "inbox"
        ]
        self.assertEqual(line["owner"], "Billing Operator")
        domain = safe_eval(line["link"]["domain"], {"datetime": safe_datetime})
        self.assertEqual(self.env["saas.billing.event"].search(domain), late)

    def test_health_is_that_of_the_connections(self):
        [found] = self.get("health")
        self.assertEqual(found["level"], self.connection.health)
        self.assertEqual(found["parked_count"], 0)
        self.assertNotIn("green", {each["level"] for each in found["findings"]})

    # ── steps ────────────────────────────────────────────────────────────────────────────────

    def test_each_role_is_offered_what_it_may_do_next(self):
        auditor = self._create_member("aud", AUDITOR)
        self.assertEqual(self.codes(self.ann), ["reconcile", "check"])
        self.assertEqual(self.codes(self.ann, "2026-02"), ["post", "preview", "reconcile", "check"])
        self.assertEqual(self.codes(auditor, "2026-02"), [])
        self.reconcile_and_explain()
        self.act("check")
        self.assertEqual(self.codes(self.ann), ["prepare", "check", "reconcile"])
        self.act("prepare", self.max)
        self.assertNotIn("sign", self.codes(self.ann))
        self.assertNotIn("sign", self.codes(self.max))
        self.assertIn("second person", self.get("close", user=self.max)["hint"])
        self.assertEqual(self.get("close", user=self.mia)["next"], "sign")
        self.act("sign", self.mia)
        found = self.get("close", user=self.mia)
        self.assertEqual((found["state"], found["next"]), ("signed", False))
        self.assertEqual([each["user"] for each in found["signoffs"]], ["Mia", "Max"])
        self.assertEqual(self.codes(self.mia), ["check", "reconcile", "reopen"])
        self.assertEqual(self.codes(auditor), [])
        wizard = self.act("reopen", self.mia)
        self.assertEqual(wizard["res_model"], "saas.revenue.close.reopen")
        self.assertEqual(wizard["context"]["default_close_id"], self.close().id)

    def close(self):
        return self.env["saas.revenue.close"].search([("period", "=", "2026-01-01")])

    def test_a_step_that_is_not_offered_cannot_be_taken(self):
        auditor = self._create_member("aud", AUDITOR)
        for user, code in ((auditor, "check"), (self.ann, "sign"), (self.ann, "post")):
            with self.subTest(code), self.assertRaises(UserError):
                self.act(code, user)
        with self.assertRaises(UserError):
            self.act("unlink")

    def test_a_month_is_previewed_and_posted_and_checked_again(self):
        self.act("check", text="2026-02")
        link = self.act("preview", text="2026-02")
        run = self.env["saas.revenue.run"].browse(link["res_id"])
        self.assertEqual((run.state, run.company_amount), ("preview", 92.05))
        self.act("post", text="2026-02")
        self.assertEqual(run.state, "posted")
        self.assertNotIn("run", [line["code"] for line in self.get("blockers", "2026-02")["lines"]])
        self.assertNotIn("post", self.codes(self.ann, "2026-02"))

    def test_reconciling_makes_a_run_of_the_month(self):
        self.act("reconcile")
        run = self.env["saas.reconciliation.run"].search([])
        self.assertEqual((run.state, run.date_from), ("done", date(2026, 1, 1)))
        self.assertEqual(run.executed_by_id, self.ann)

    def test_a_signed_month_that_changed_says_by_how_much(self):
        self.reconcile_and_explain()
        self.act("check")
        self.act("prepare", self.max)
        self.act("sign", self.mia)
        [invoice] = self.env["account.move"].search([("saas_external_id", "=", "in_year")])
        note = invoice._reverse_moves([{"invoice_date": "2026-01-30", "date": "2026-01-30"}])
        note.action_post()
        self.act("check")
        found = self.get("close")
        self.assertEqual(found["changed_amount"], self.close().changed_amount)
        self.assertTrue(found["changed_amount"])
        action = self.close().browse(found["id"]).with_user(self.ann).action_open_changes()
        changes = self.env[action["res_model"]].with_user(self.ann).search(action["domain"])
        self.assertIn(note.name, changes.mapped("name"))

    # ── bad input ────────────────────────────────────────────────────────────────────────────

    def frame(self, user=None, company_id=None, text=None):
        return self.cockpit(user).get_frame(company_id, text)

    def test_whoever_may_not_see_the_books_is_told_so(self):
        stranger = self.create_user("cockpit_stranger")
        stranger.group_ids = self.env.ref("base.group_user")
        self.assertEqual(list(self.frame(stranger)), ["denied"])
        for section in SECTIONS:
            with self.subTest(section), self.assertRaises(AccessError):
                self.get(section, user=stranger)
        root = self.env.ref("saas_billing_connector.menu_saas_root")
        self.assertNotIn(root.id, root.with_user(stranger)._visible_menu_ids())
        self.assertIn(root.id, root.with_user(self.ann)._visible_menu_ids())

    def test_a_reader_of_the_ledger_alone_sees_what_he_may(self):
        reader = self._create_reader()
        for section in SECTIONS:
            self.get(section, user=reader)
        self.assertIs(self.get("health", user=reader), False)
        self.assertEqual(self.codes(reader), [])

    def test_what_cannot_be_meant_gives_way_to_the_default(self):
        other = self.env["res.company"].create({"name": "Foreign"})
        last = f"{self.env['saas.revenue.run']._get_last_complete_month():%Y-%m}"
        for company_id, text in ((other.id, "2026-13"), (0, "nonsense"), (None, None)):
            with self.subTest(text):
                frame = self.frame(company_id=company_id, text=text)
                self.assertEqual((frame["company_id"], frame["month"]), (self.company.id, last))
        for section in SECTIONS:
            with self.subTest(section), self.assertRaises(AccessError):
                getattr(self.cockpit(), f"get_{section}")(other.id, "2026-01")
        with self.assertRaises(AccessError):
            self.cockpit().act(other.id, "2026-01", "check")

    def test_a_month_to_come_has_nothing_to_close(self):
        after = fields.Date.add(fields.Date.today(), months=2)
        text = f"{after:%Y-%m}"
        self.assertTrue(self.frame(text=text)["is_to_come"])
        self.assertEqual(self.codes(self.max, text), [])
        running = self.frame(text=f"{fields.Date.today():%Y-%m}")
        self.assertFalse(running["is_to_come"])
        self.assertNotIn("post", self.codes(self.ann, running["month"]))

    def test_an_empty_company_says_what_to_do_first(self):
        empty = self.setup_other_company(name="Empty")["company"]
        self.ann.company_ids |= empty
        self.env.user.company_ids |= empty
        frame = self.frame(company_id=empty.id, text="2026-01")
        self.assertEqual(frame["company_id"], empty.id)
        self.assertIn("Set-up Assistant", frame["notice"])
        self.assertFalse(self.frame()["notice"])
        found = {
            section: getattr(self.cockpit(), f"get_{section}")(empty.id, "2026-01")
            for section in SECTIONS
        }
        self.assertEqual([tile["amount"] for tile in found["totals"]], [0, 0, 0, 0])
        self.assertEqual(found["waterfall"]["rows"], [])
        self.assertEqual(found["health"], [])
        self.assertFalse(found["reconciliation"]["has_connection"])
        self.assertNotIn("reconcile", [step["code"] for step in found["close"]["steps"]])

    def test_numbers_of_another_company_open_there(self):
        other = self.setup_other_company(name="Second")["company"]
        self.ann.company_ids |= other
        self.assertEqual(self.ann.company_id, self.company)
        link = self.cockpit().get_totals(other.id, "2026-01")[0]["link"]
        self.assertEqual(link["context"]["allowed_company_ids"][0], other.id)


@tagged("post_install", "-at_install")
class TestCockpitTour(CockpitCase):
    def test_a_month_is_closed_from_the_cockpit(self):
        self.reconcile_and_explain()
        path = "/odoo/close-cockpit?month=2026-01"
        self.start_tour(path, "saas_cockpit_prepare", login=self.max.login, timeout=120)
        close = self.env["saas.revenue.close"].search([("company_id", "=", self.company.id)])
        self.assertEqual(close.state, "prepared")
        self.start_tour(path, "saas_cockpit_sign", login=self.mia.login, timeout=120)
        self.assertEqual(close.state, "signed")
        auditor = self._create_member("aud", AUDITOR)
        self.start_tour(path, "saas_cockpit_audit", login=auditor.login, timeout=120)

    def test_who_may_not_see_it_is_told_so(self):
        stranger = self.create_user("cockpit_stranger")
        stranger.group_ids = self.env.ref("base.group_user")
        self.start_tour(
            "/odoo/close-cockpit", "saas_cockpit_denied", login=stranger.login, timeout=120
        )
