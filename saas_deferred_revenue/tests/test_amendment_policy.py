"""What a rule asks for when a subscription ends or stood still; a person decides about it."""

from odoo.tests import tagged

from .common import RevenueCommon


@tagged("post_install", "-at_install")
class TestAmendmentPolicy(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # As the scheduled action and the handlers work.
        cls.env = cls.env(su=True)
        cls.rule = cls.rule.with_env(cls.env)
        cls.rule._set_state("draft")
        cls.rule.write({"cancellation_policy": "accelerate", "pause_policy": "extend"})
        cls.rule._set_state("approved")
        cls.connection = cls.env["saas.billing.connection"].create(
            {
                "name": "Stripe",
                "company_id": cls.company.id,
                "account": "acct_policy",
            }
        )
        cls.subscription = cls.env["saas.subscription"].create(
            {
                "external_id": "sub_1",
                "connection_id": cls.connection.id,
                "partner_id": cls.partner_a.id,
                "state": "active",
                "currency_id": cls.company.currency_id.id,
                "started_at": "2025-01-01 00:00:00",
            }
        )
        cls.item = cls.env["saas.subscription.item"].create(
            {
                "subscription_id": cls.subscription.id,
                "external_id": "si_1",
                "version": "1",
                "currency_id": cls.company.currency_id.id,
            }
        )
        cls.invoice = cls.post_invoice(
            "2025-01-01",
            cls.prepare_line(
                90,
                "2025-01-01",
                "2025-04-01",
                saas_subscription_id=cls.subscription.id,
                saas_subscription_item_id=cls.item.id,
            ),
        )
        cls.Amendment = cls.env["saas.revenue.amendment"]

    def move(self, kind, day):
        """A movement of the item."""
        event = self.env["saas.billing.event"].create(
            {
                "connection_id": self.connection.id,
                "external_id": f"evt_{kind}_{day}",
                "event_type": "customer.subscription.updated",
                "object_id": "sub_1",
                "track": "service",
                "occurred_at": f"{day} 12:00:00",
                "received_at": f"{day} 12:00:00",
            }
        )
        return self.env["saas.subscription.change"].create(
            {
                "subscription_id": self.subscription.id,
                "item_id": self.item.id,
                "event_id": event.id,
                "kind": kind,
                "version": day,
                "occurred_at": f"{day} 12:00:00",
                "date": day,
                "currency_id": self.company.currency_id.id,
            }
        )

    def test_a_cancellation_without_credit_is_proposed_once(self):
        churn = self.move("churn", "2025-02-01")
        proposed = self.Amendment._propose_by_policy()
        self.assertRecordValues(
            proposed,
            [
                {
                    "kind": "accelerate",
                    "state": "proposed",
                    "source_change_id": churn.id,
                    "moved_amount": 31,
                }
            ],
        )
        self.assertFalse(self.Amendment._propose_by_policy())
        proposed.action_withdraw()
        self.assertFalse(self.Amendment._propose_by_policy(), "decided is decided")

    def test_a_pause_is_proposed_once_it_is_over_whatever_came_first(self):
        resume = self.move("resume", "2025-03-01")
        self.assertFalse(self.Amendment._propose_by_policy())
        self.move("pause", "2025-02-01")
        proposed = self.Amendment._propose_by_policy()
        self.assertEqual(proposed.source_change_id, resume)
        self.assertEqual(
            {line.name: line.amount_after for line in proposed.month_ids},
            {"2025-01": 31, "2025-02": 0, "2025-03": 31, "2025-04": 28},
        )

    def test_what_was_credited_needs_no_proposal(self):
        self.credit(self.invoice, "2025-02-01")
        self.move("churn", "2025-02-01")
        self.assertFalse(self.Amendment._propose_by_policy())

    def test_a_rule_that_lets_it_run_on_proposes_nothing(self):
        self.rule._set_state("draft")
        self.rule.write({"cancellation_policy": "continue"})
        self.rule._set_state("approved")
        self.move("churn", "2025-02-01")
        self.assertFalse(self.Amendment._propose_by_policy())
