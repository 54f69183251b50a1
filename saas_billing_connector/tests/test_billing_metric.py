"""Counters add up, in one statement, without touching what another session counts."""

from odoo.tests import tagged

from ..canonical import NeedsHuman
from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestBillingMetric(ConnectorCase):
    def values(self, name="test%"):
        metrics = self.env["saas.billing.metric"].search([("name", "=like", name)])
        return {(each.connection_id.id, each.name, each.label): each.value for each in metrics}

    def count(self, *rows):
        self.env["saas.billing.metric"]._count(rows)
        self.env.invalidate_all()

    def test_counting_adds_up_in_one_statement(self):
        mine = self.connection.id
        self.count((mine, "test", "a", 1))
        before = self.env.cr.sql_log_count
        self.env["saas.billing.metric"]._count(
            [(mine, "test", "a", 2), (mine, "test", "a", 3), (None, "test", None, 1)]
        )
        self.assertEqual(self.env.cr.sql_log_count - before, 1)
        self.env.invalidate_all()
        self.assertEqual(self.values(), {(mine, "test", "a"): 6, (False, "test", ""): 1})

    def test_what_a_deleted_connection_still_counts_is_dropped(self):
        self.count((2**31 - 1, "test", "a", 1), (self.connection.id, "test", "a", 1))
        self.assertEqual(self.values(), {(self.connection.id, "test", "a"): 1})

    def test_the_drain_counts_outcomes_by_class(self):
        def handle(_handler, batch):
            first, *_others = batch
            first.reject(NeedsHuman("unmapped_tax", "Map it", key="txr_1"))

        self.handle_with(handle)
        self.process(self.receive(self.event(), self.event(), self.event("invented.happened")))
        self.assertEqual(
            {label: value for (_connection, _name, label), value in self.values("outcome").items()},
            {"done": 1, "parked:unmapped_tax": 1, "ignored": 1},
        )

    def test_throughput_is_told_by_hour_outcome_and_cause(self):
        mine = self.connection.id
        self.count(
            (mine, "outcome", "done", 5),
            (mine, "outcome", "parked:mismatch", 2),
            (mine, "other", "", 9),
        )
        rows = self.env["saas.billing.throughput"].search([("connection_id", "=", mine)])
        told = {(row.outcome, row.cause): row.events for row in rows}
        self.assertEqual(told, {("done", False): 5, ("parked", "mismatch"): 2})
        self.assertEqual(rows.company_id, self.connection.company_id)
        self.assertRegex(rows[0].hour_text, r"^\d{4}-\d\d-\d\d \d\d:00$")

    def test_counting_nothing_costs_nothing(self):
        before = self.env.cr.sql_log_count
        self.env["saas.billing.metric"]._count([])
        self.assertEqual(self.env.cr.sql_log_count, before)

    def test_one_row_per_writer_is_a_constraint(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'saas_billing_metric_counter_unique'"
        )
        self.assertIn("UNIQUE", self.env.cr.fetchone()[0])
