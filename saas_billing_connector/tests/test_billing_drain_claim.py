"""What falls to which worker, and in which order."""

from unittest.mock import patch

from odoo.tests import tagged

from ..models import billing_drain, billing_drain_claim
from ..models.billing_drain_claim import Share
from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestBillingDrainClaim(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.drain_model = cls.env["saas.billing.drain"]
        cls.env["saas.billing.connection"].search([("id", "!=", cls.connection.id)]).active = False

    def receive_from(self, connection, count, obj=None, event_type="customer.created"):
        """Store events of as many customers; the rows."""
        own = self.connection
        self.connection = connection
        rows = self.receive(
            *(
                self.event(event_type, obj or self.customer(f"cus_{connection.id}_{number}"))
                for number in range(count)
            )
        )
        self.connection = own
        return rows

    def add_connection(self, company):
        return self.connection.copy({"account": f"acct_{company.id}", "company_id": company.id})

    def add_company(self, name):
        return self.env["res.company"].create({"name": name})

    def test_lanes_are_shared_out_whole_and_every_event_falls_to_one_worker(self):
        events = self.receive_from(self.connection, 20)
        again = self.receive_from(self.connection, 20)
        claimed = [
            self.drain_model._claim(self.connection, Share("service", number, 3))
            for number in range(3)
        ]
        self.assertEqual(sum(map(len, claimed)), 40)
        self.assertEqual(set().union(*(rows.ids for rows in claimed)), set((events | again).ids))
        lanes = [set(rows.mapped("lane")) for rows in claimed]
        self.assertEqual(sum(map(len, lanes)), 20, "no customer is split between workers")
        self.assertTrue(all(lanes), "and nobody is idle")

    def test_accounting_is_shared_out_by_company(self):
        connections = self.connection
        for name in ("East", "West"):
            connections |= self.add_connection(self.add_company(name))
        for connection in connections:
            self.receive_from(connection, 2, {"id": "in_1", "object": "invoice"}, "invoice.paid")
        shares = [
            set(self.drain_model._get_backlogs(Share("accounting", number, 2)))
            for number in range(2)
        ]
        self.assertEqual(sorted(map(len, shares)), [1, 2])
        self.assertEqual(shares[0] | shares[1], set(connections))

    def test_two_connections_of_one_company_fall_to_one_accounting_worker(self):
        other = self.connection.copy({"account": "acct_second"})
        for connection in self.connection | other:
            self.receive_from(connection, 1, {"id": "in_1", "object": "invoice"}, "invoice.paid")
        shares = [
            len(self.drain_model._get_backlogs(Share("accounting", number, 2)))
            for number in range(2)
        ]
        self.assertEqual(sorted(shares), [0, 2])

    def test_few_events_do_not_wait_behind_the_many_of_another_connection(self):
        small = self.add_connection(self.add_company("Small"))
        self.receive_from(self.connection, 30)
        self.receive_from(small, 2)
        served = []
        self.handle_with(lambda handler, batch: served.append((batch.connection, len(batch))))
        self.drain_model._set_workers("service", 1)
        with patch.object(billing_drain_claim, "BATCH_SIZE", 5):
            self.drain()
        self.assertEqual(served[:2], [(small, 2), (self.connection, 5)], "the few come first")
        self.assertEqual(sum(count for _connection, count in served), 32)

    def test_backlogs_are_counted_no_further_than_a_batch(self):
        self.receive_from(self.connection, 9)
        with patch.object(billing_drain_claim, "BATCH_SIZE", 4):
            backlogs = self.drain_model._get_backlogs(Share("service"))
        self.assertEqual(backlogs, {self.connection: 4})

    def test_a_slice_that_is_over_leaves_the_rest_for_the_next(self):
        self.handle_with(lambda handler, batch: None)
        events = self.receive_from(self.connection, 6)
        with (
            patch.object(billing_drain_claim, "BATCH_SIZE", 2),
            patch.object(billing_drain, "TIME_RESERVE", 3600),
        ):
            self.drain()
        self.assertEqual(set(events.mapped("state")), {"pending"})
        self.drain()
        self.assertEqual(set(events.mapped("state")), {"done"})

    def test_claim_and_count_use_an_index_of_what_is_due(self):
        """With few rows PostgreSQL would read the table: only what it can do is asked."""
        self.receive_from(self.connection, 1)
        self.env.cr.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        statements = []
        execute = type(self.env.cr).execute

        def record(cursor, query, *args, **kwargs):
            if "saas_billing_event" in str(query):
                statements.append(cursor.mogrify(query.code, query.params).decode())
            return execute(cursor, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", record):
            self.drain_model._get_backlogs(Share("service", 0, 2))
            self.drain_model._claim(self.connection, Share("service", 0, 2))
        self.assertEqual(len(statements), 2)
        for statement in statements:
            self.env.cr.execute(f"EXPLAIN {statement}")
            plan = "\n".join(row[0] for row in self.env.cr.fetchall())
            # With few rows either will do: both hold the pending events in order.
            self.assertRegex(plan, "saas_billing_event_(claim|state)_index")
            self.assertNotIn("Seq Scan on saas_billing_event", plan)
