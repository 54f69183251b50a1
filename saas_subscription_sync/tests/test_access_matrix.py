"""Role by role, model by model, company by company."""

from decimal import Decimal

from odoo.addons.saas_billing_connector.canonical import NeedsHuman
from odoo.addons.saas_billing_connector.tests.access_matrix import AccessMatrixMixin
from odoo.addons.saas_billing_connector.tests.access_table import GROUPS, ROLES

from . import factory
from .access_table import BUTTONS, MODELS, SHARED
from .common import SyncCase

ADDON = "saas_subscription_sync"


class TestAccessMatrix(AccessMatrixMixin, SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_matrix(GROUPS, cls.company)

    def get_records(self):
        """One record of each kind, all of one company."""
        self.deliver_catalog()
        self.deliver(factory.tax_id())
        customer = self.env["saas.customer"]._find(self.connection, ["cus_1"])["cus_1"]
        self.patch(self.env.registry["saas.reconciliation.run"], "_get_checks", lambda _self: {})
        price = self.bound("price", "price_1")
        tax_rate = self.env["saas.tax.mapping"].search([("company_id", "=", self.company.id)])[0]
        self.deliver(
            factory.payout(),
            factory.contents("txn_1"),
            factory.balance_transaction(fees=(("stripe_fee", "1"),)),
        )
        fee = self.env["saas.settlement.fee"].search([], limit=1)
        kind = self.env["saas.settlement.mapping"].search([], limit=1)
        for mapping in (price, tax_rate, kind):
            cause = NeedsHuman(mapping._get_issue_code(), "Map it", key=mapping.external_id)
            self.env["saas.billing.issue"].sudo()._raise(self.connection, [cause])
        subscription = self.bound("subscription", "sub_1")
        phase = factory.phase(factory.at(1), factory.at(2), "price_1")
        self.deliver(factory.schedule("sched", phase))
        schedule = self.bound("subscription_schedule", "sched")
        self.deliver(factory.credit_grant(), factory.credit_transaction(), factory.invoice_item())
        self.deliver(factory.customer(currency="USD", balance=Decimal(-5)))
        return {
            record._name: record
            for record in (
                price,
                tax_rate,
                customer,
                customer.tax_id_ids,
                kind,
                fee,
                fee.transaction_id,
                fee.settlement_id,
                subscription,
                subscription.item_ids[0],
                subscription.change_ids[0],
                *self.create_reconciliation(),
                subscription.access_ids[0],
                schedule,
                schedule.phase_ids[0],
                *self.create_dunning(subscription),
                self.bound("credit_grant", "credgr_1"),
                self.bound("invoice_item", "ii_1"),
                self.env["saas.customer.balance"].search([("external_id", "=", "cus_1")]),
                self.bound("credit_balance_transaction", "cbtxn_1"),
                *self.create_opening(),
                *self.create_feed(),
                *self.create_money(),
                *self.find_reports(),
                *self.create_days(),
            )
        }

    def find_reports(self):
        """A row of each report."""
        return [
            self.env[model].search([("company_id", "=", self.company.id)])[0]
            for model in ("saas.subscription.cohort", "saas.settlement.report")
        ]

    def create_dunning(self, subscription):
        """A failed payment and the mail about it."""
        late = {
            "subscription_id": subscription.id,
            "external_id": "in_late",
            "version": "1",
            "state": "open",
            "currency_id": subscription.currency_id.id,
        }
        mailed = {
            "subscription_id": subscription.id,
            "kind": "failed",
            "cause": "in_late:1",
            "partner_id": subscription.partner_id.id,
        }
        return (
            self.env["saas.subscription.dunning"].sudo().create(late),
            self.env["saas.subscription.notice"].sudo().create(mailed),
        )

    def create_feed(self):
        """A subscriber, a message and its delivery."""
        topic = self.env.ref("saas_subscription_sync.topic_subscription")
        subscriber = self.env["saas.feed.subscriber"].create(
            {
                "name": "Product",
                "company_id": self.company.id,
                "url": "https://example.com/",
                "secret_ref": "env:SAAS_TEST_NO_SECRET",
                "topic_ids": topic.ids,
            }
        )
        self.deliver(
            self.change(factory.subscription("sub_fed", factory.item("si_fed")), kind="created")
        )
        self.env["saas.feed.relay"]._number()
        delivery = self.env["saas.feed.delivery"].search([("company_id", "=", self.company.id)])
        return subscriber, delivery.message_id, delivery

    def create_money(self):
        """A charge, a dispute, a refund with a credit note and one without."""
        self.deliver(
            factory.invoice(),
            factory.charge(),
            factory.payment(),
            factory.credit_note("cn_1", factory.credit_line("10"), refund_ids=("re_1",)),
            factory.refund("re_1", "10"),
            factory.refund("re_2", "20"),
            factory.dispute(),
        )
        models = ("saas.charge", "saas.dispute", "saas.credit.allocation", "saas.credit.proposal")
        return [
            self.env[model].search([("company_id", "=", self.company.id)])[0] for model in models
        ]

    def create_reconciliation(self):
        """A run with a reading, a fact, a line and the difference that is followed."""
        run = self.env["saas.reconciliation.run"].create({})
        part = self.env["saas.reconciliation.part"].sudo()
        part = part.create(
            {
                "run_id": run.id,
                "kind": "check",
                "code": "R1",
                "month": run.date_from,
                "state": "done",
            }
        )
        values = {"label": "Billed", "left_amount": 1, "difference_class": "missing"}
        values["external_id"] = "in_1"
        line = self.env["saas.reconciliation.line"]._create_of(part, [values])
        self.env["saas.reconciliation.difference"]._follow(part)
        fact = self.env["saas.reconciliation.fact"].sudo()
        fact = fact.create(
            {"part_id": part.id, "kind": "invoice", "external_id": "in_1", "item": ""}
        )
        return run, part, line.sudo(False), line.matter_id.sudo(False), fact.sudo(False)

    def create_days(self):
        """A day as it was read, and the control totals of it."""
        read = {
            "connection_id": self.connection.id,
            "company_id": self.company.id,
            "day": "2026-01-01",
            "kind": "invoice",
            "currency_id": self.company.currency_id.id,
            "told_count": 1,
            "read_at": "2026-02-01",
        }
        reading = self.env["saas.reconciliation.day.reading"].sudo().create(read)
        day = self.env["saas.reconciliation.day"].search([("company_id", "=", self.company.id)])
        return reading.sudo(False), day[0]

    def create_opening(self):
        """An opening position and what is known of it."""
        told = {
            "event_id": self.change(factory.customer()).event.id,
            "external_id": "in_old",
            "date": "2025-12-01",
        }
        position = (
            self.env["saas.opening.position"]
            .sudo()
            .create(
                {
                    **told,
                    "connection_id": self.connection.id,
                    "kind": "invoice",
                    "partner_id": self.bound("customer", "cus_1").id,
                    "currency_id": self.company.currency_id.id,
                }
            )
        )
        fact = (
            self.env["saas.opening.fact"]
            .sudo()
            .create({**told, "position_id": position.id, "kind": "billed", "document_id": "in_old"})
        )
        return position, fact

    def test_every_role_has_exactly_its_rights(self):
        self.assertMatrix(MODELS, ROLES)

    def test_no_model_is_forgotten(self):
        self.assertModelsListed(MODELS, ADDON)

    def test_another_company_sees_nothing(self):
        self.assertCompaniesApart(self.get_records(), ADDON, SHARED)

    def test_buttons_ask_for_the_role(self):
        # Who may book openings is asked before anything is looked at.
        openings = {"saas.opening.position": self.env["saas.opening.position"]}
        self.assertButtons(BUTTONS, self.get_records() | openings)

    def test_no_button_is_forgotten(self):
        self.assertButtonsListed(BUTTONS, ADDON)
