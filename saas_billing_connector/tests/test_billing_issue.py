"""Issues: one per cause, with an owner, closed by themselves."""

from decimal import Decimal

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..canonical import NeedsHuman
from .common import ConnectorCase

OPERATOR = "saas_billing_connector.group_saas_operator"


@tagged("post_install", "-at_install")
class TestBillingIssue(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outcome = NeedsHuman(
            "unmapped_tax",
            "Map tax rate txr_1",
            key="txr_1",
            amount=Decimal("120.50"),
            currency="USD",
        )

    def park(self, count=1):
        self.handle_with(lambda _handler, batch: batch.reject(list(batch), self.outcome))
        events = self.receive(*(self.event(obj=self.customer(f"cus_{n}")) for n in range(count)))
        self.process(events)
        return events

    def test_events_with_one_cause_share_an_issue(self):
        first, second = self.park(2), self.park(1)
        issue = (first | second).issue_id
        self.assertEqual(len(issue), 1)
        self.assertEqual((issue.code, issue.key, issue.event_count), ("unmapped_tax", "txr_1", 3))
        self.assertIn("241.00", issue.stakes, "cus_0 is one sum of money, told of twice")

    def test_two_events_of_one_object_are_one_sum_of_money(self):
        self.handle_with(lambda _handler, batch: batch.reject(list(batch), self.outcome))
        events = self.receive(self.event(), self.event("customer.updated"))
        self.process(events)
        issue = events.issue_id
        self.assertEqual(issue.event_count, 2)
        self.assertIn("120.50", issue.stakes)
        self.env["saas.billing.issue"]._refresh_money()
        self.assertEqual(issue.stake_company_amount, 120.5)

    def test_money_of_any_events_is_added_up_in_the_company_s_currency(self):
        events = self.park(2) | self.park(1)
        company = self.connection.company_id
        of_these = [("id", "in", events.ids)]
        dollars = self.env.ref("base.USD")._convert(
            241, company.currency_id, company, events[0].received_at
        )
        self.assertAlmostEqual(events._get_stake(of_these, company), dollars, 2)
        self.assertEqual(events._get_stake([("id", "=", False)], company), 0)

    def test_the_owner_has_one_activity(self):
        self.park(2)
        issue = self.park(1).issue_id
        self.assertEqual(len(issue.activity_ids), 1)
        self.assertEqual(issue.activity_ids.user_id, self.connection.user_id)

    def test_mending_the_cause_clears_the_class_and_closes_the_issue(self):
        events = self.park(3)
        issue = events.issue_id
        self.env["saas.billing.issue"]._resolve(self.connection, "unmapped_tax", "txr_1")
        self.assertEqual(set(events.mapped("state")), {"pending"})
        self.handle_with(lambda _handler, batch: None)
        self.process(events)
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual(issue.state, "closed")
        self.assertFalse(issue.activity_ids)

    def test_the_same_cause_later_is_a_new_issue(self):
        events = self.park(1)
        first = events.issue_id
        first._replay()
        self.handle_with(lambda _handler, batch: None)
        self.process(events)
        second = self.park(1).issue_id
        self.assertNotEqual(second, first)
        self.assertEqual(second.previous_id, first)
        self.assertEqual(second.action_open_previous()["res_id"], first.id)

    def test_an_event_that_moves_to_another_cause_frees_its_issue(self):
        events = self.park(1)
        issue = events.issue_id
        issue._replay()
        other = NeedsHuman("closed_period", "Reopen January", key="2026-01")
        self.handle_with(lambda _handler, batch: batch.reject(list(batch), other))
        self.process(events)
        self.assertEqual(events.issue_id.code, "closed_period")
        self.assertEqual(issue.state, "closed")

    def test_a_kind_of_cause_has_an_owner_of_its_own(self):
        keeper = new_test_user(self.env, "tax_keeper", groups=OPERATOR)
        self.connection.issue_owner_ids = [
            Command.create({"code": "unexpected", "user_id": keeper.id})
        ]
        raised = self.env["saas.billing.issue"]._raise(
            self.connection, [NeedsHuman("unexpected", "Oops"), NeedsHuman("other", "Hm")]
        )
        self.assertEqual(raised["unexpected", ""].user_id, keeper)
        self.assertEqual(raised["unexpected", ""].activity_ids.user_id, keeper)
        self.assertEqual(raised["other", ""].user_id, self.connection.user_id)

    def test_a_new_owner_takes_the_activity_over(self):
        issue = self.park(1).issue_id
        keeper = new_test_user(self.env, "tax_keeper", groups=OPERATOR)
        issue.user_id = keeper
        self.assertEqual(issue.activity_ids.user_id, keeper)
        issue.user_id = False
        self.assertFalse(issue.activity_ids)
        issue.user_id = keeper
        self.assertEqual(issue.activity_ids.user_id, keeper)

    def test_nobody_closes_an_issue_that_blocks_something(self):
        keeper = new_test_user(self.env, "tax_keeper", groups=OPERATOR)
        issue = self.park(1).issue_id.with_user(keeper)
        for name, value in (("state", "closed"), ("key", "other"), ("event_ids", [])):
            with self.assertRaises(AccessError):
                issue.write({name: value})
        issue.user_id = keeper
        self.assertEqual(issue.user_id, keeper)

    def test_a_cause_is_told_with_advice_and_the_place_to_mend_it(self):
        missing = NeedsHuman("dependency", "Waiting for customer cus_9.", key="customer:cus_9")
        issues = self.env["saas.billing.issue"]._raise(
            self.connection, [missing, NeedsHuman("made_up", "Do this")]
        )
        known, unknown = issues["dependency", "customer:cus_9"], issues["made_up", ""]
        self.assertIn("has not arrived", known.cause)
        self.assertEqual(known.fix_label, "Set the Read Key")
        action = known.action_fix()
        self.assertEqual(action["res_model"], "saas.billing.connection")
        self.assertEqual(action["res_id"], self.connection.id)
        self.assertEqual((unknown.cause, unknown.fix_label), ("Something needs a decision", ""))

    def test_every_described_cause_opens_something(self):
        issues = self.env["saas.billing.issue"]
        causes = issues._get_causes()
        raised = issues._raise(self.connection, [NeedsHuman(code, "Mend it") for code in causes])
        for (code, _key), issue in raised.items():
            with self.subTest(code):
                self.assertTrue(issue.cause and issue.advice)
                self.assertTrue(issue.action_fix()["type"])

    def test_money_is_kept_in_company_currency_for_sorting(self):
        company = self.connection.company_id
        other = self.env.ref("base.EUR")
        other.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": other.id, "company_id": company.id, "inverse_company_rate": 2}
        )
        self.park(1)
        self.outcome = NeedsHuman(
            "unmapped_tax", "Map it", key="txr_1", amount=Decimal(-100), currency=other.name
        )
        issue = self.park(1).issue_id
        self.env["saas.billing.issue"]._refresh_money()
        self.assertEqual(issue.stake_company_amount, 320.5)
        self.assertTrue(issue.stake_since)
        self.assertEqual(issue.money_age_days, 0)
        self.assertFalse(self.env["saas.billing.issue"]._refresh_money(), "nothing changed")
        issue._replay()
        self.env.flush_all()
        self.assertEqual(self.env["saas.billing.issue"]._refresh_money(), 1)
        self.assertFalse(issue.stake_company_amount)

    def test_issues_are_grouped_by_age_with_their_money(self):
        ages = {"fresh": 0, "week": 1, "month": 7, "last": 29, "old": 30}
        issues = self.env["saas.billing.issue"]
        raised = issues._raise(self.connection, [NeedsHuman(code, "Mend it") for code in ages])
        self.env.flush_all()
        for (code, _key), issue in raised.items():
            self.env.cr.execute(
                """UPDATE saas_billing_issue SET stake_company_amount = %s,
                          create_date = create_date - make_interval(days => %s) WHERE id = %s""",
                (ages[code] + 100, ages[code], issue.id),
            )
        self.env.invalidate_all()
        own = [("connection_id", "=", self.connection.id)]
        told = issues._read_group(own, ["age"], ["stake_company_amount:sum", "id:recordset"])
        self.assertEqual(
            [(age, total) for age, total, _issues in told],
            [("01", 100), ("02", 101), ("08", 107 + 129), ("31", 130)],
        )
        for age, _total, group in told:
            self.assertEqual(set(group.mapped("age")), {age}, "read one by one")
            self.assertEqual(issues.search([*own, ("age", "=", age)]), group)
        self.assertEqual(len(issues.search([*own, ("age", "not in", ("01", "31"))])), 3)
        closed = raised["old", ""].sudo()
        closed.closed_at = closed.create_date
        self.assertEqual(
            (closed.age, closed),
            ("01", issues.search([*own, ("age", "=", "01"), ("code", "=", "old")])),
        )

    def test_issues_are_grouped_by_words(self):
        """Codes that nobody describes are one group; what a group opens is what it counts."""
        issues = self.env["saas.billing.issue"]
        codes = ("dependency", "time_limit", "made_up", "made_up_too")
        issues._raise(self.connection, [NeedsHuman(code, "Mend it") for code in codes])
        own = [("connection_id", "=", self.connection.id)]
        told = dict(issues._read_group(own, ["cause"], ["id:recordset"]))
        self.assertEqual(sorted(len(group) for group in told.values()), [1, 1, 2])
        for cause, group in told.items():
            self.assertEqual(set(group.mapped("cause")), {cause}, "read one by one")
            self.assertEqual(issues.search([*own, ("cause", "=", cause)]), group)

    def test_ages_have_words(self):
        told = self.env["saas.billing.issue"].fields_get(["age"])["age"]["selection"]
        self.assertEqual([words for _step, words in told][0], "Today")

    def test_hundreds_of_causes_cost_as_many_queries_as_a_few(self):
        counts = []
        for number in (3, 60):
            outcomes = [NeedsHuman(f"bulk_{number}", "Mend", key=str(n)) for n in range(number)]
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            raised = self.env["saas.billing.issue"]._raise(self.connection, outcomes)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
            issues = self.env["saas.billing.issue"].union(*raised.values())
            self.assertEqual(len(issues.activity_ids), number)
        self.assertLessEqual(counts[1] - counts[0], 3, counts)

    def test_a_list_of_issues_costs_a_fixed_number_of_queries(self):
        counts = []
        for number in (2, 30):
            raised = self.env["saas.billing.issue"]._raise(
                self.connection,
                [NeedsHuman(f"list_{number}", "Mend", key=str(n)) for n in range(number)],
            )
            issues = self.env["saas.billing.issue"].union(*raised.values())
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            issues.read(["cause", "event_count", "stakes", "waiting_count", "age_days", "user_id"])
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1])
