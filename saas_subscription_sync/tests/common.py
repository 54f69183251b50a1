"""A connection in a company with accounts, and a small drain that takes canonical records."""

import itertools
import json

from odoo import SUPERUSER_ID, fields
from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.saas_billing_connector.canonical import Batch, Change, MissingDependency
from odoo.addons.saas_billing_connector.canonical.serialise import dump_change
from odoo.addons.saas_billing_connector.models.billing_drain_process import TYPE_ORDER, WORK_CONTEXT
from odoo.tests import tagged

from . import factory

CANONICAL_TYPES = {
    "CardExpiry": "card_expiry",
    "Customer": "customer",
    "TaxId": "tax_id",
    "Product": "product",
    "Price": "price",
    "TaxRate": "tax_rate",
    "Subscription": "subscription",
    "SubscriptionSchedule": "subscription_schedule",
    "Invoice": "invoice",
    "InvoiceItem": "invoice_item",
    "Payment": "payment",
    "CreditNote": "credit_note",
    "Refund": "refund",
    "Charge": "charge",
    "Dispute": "dispute",
    "BalanceTransaction": "balance_transaction",
    "Payout": "payout",
    "PayoutContents": "payout_contents",
    "CreditGrant": "credit_grant",
    "CreditBalanceTransaction": "credit_balance_transaction",
}


@tagged("post_install", "-at_install")
class SyncCase(AccountTestInvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("saas_billing_connector.group_saas_admin")
        cls.company = cls.company_data["company"]
        cls.env["account.tax"].search([("company_id", "=", cls.company.id)]).active = False
        cls.vat = cls._create_vat("VAT 20%", 20)
        cls.eur = cls.env.ref("base.EUR")
        cls.eur.active = True
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": cls.eur.id,
                    "company_id": cls.company.id,
                    "name": day,
                    "inverse_company_rate": rate,
                }
                for day, rate in (("2025-12-01", 1.1), ("2026-02-01", 1.2), ("2026-03-01", 1.25))
            ]
        )
        cls.connection = cls._create_connection("acct_sync", cls.company)
        cls.numbers = itertools.count(1)

    @classmethod
    def _create_vat(cls, name, percentage, include="tax_excluded"):
        return cls.env["account.tax"].create(
            {
                "name": name,
                "amount": percentage,
                "type_tax_use": "sale",
                "price_include_override": include,
                "company_id": cls.company.id,
                "invoice_repartition_line_ids": cls._get_repartition(),
                "refund_repartition_line_ids": cls._get_repartition(),
            }
        )

    @classmethod
    def _get_repartition(cls):
        account = cls.company_data["default_account_tax_sale"]
        return [
            fields.Command.create({"repartition_type": "base"}),
            fields.Command.create({"repartition_type": "tax", "account_id": account.id}),
        ]

    @classmethod
    def _create_connection(cls, account, company):
        return (
            cls.env["saas.billing.connection"]
            .with_company(company)
            .create({"name": account, "account": account, "company_id": company.id})
        )

    # ── a small drain ────────────────────────────────────────────────────────────────────────

    def change(self, record, *, previous=None, kind="updated", second=None, connection=None):
        """A change with an event row of its own; later calls make newer versions."""
        number = next(self.numbers)
        second = number if second is None else second
        connection = connection or self.connection
        canonical_type = CANONICAL_TYPES[type(record).__name__]
        external_id = f"evt_{number:06d}"
        version = f"{second:012d}.1.{external_id}"
        event = (
            self.env["saas.billing.event"]
            .sudo()
            .create(
                {
                    "connection_id": connection.id,
                    "external_id": external_id,
                    "event_type": f"{canonical_type}.{kind}",
                    "object_id": record.external_id,
                    "track": "accounting",
                    "occurred_at": fields.Datetime.now(),
                    "received_at": fields.Datetime.now(),
                    "body": json.dumps({"id": external_id}),
                    "canonical": dump_change(canonical_type, record, previous, version),
                }
            )
        )
        return Change(
            event=event,
            external_id=external_id,
            type=event.event_type,
            occurred_at=factory.later(factory.YEAR_START, seconds=second),
            record=record,
            version=version,
            previous=previous,
        )

    def deliver(self, *changes, size=100, connection=None):
        """Process changes in the given order as the drain does, again while that gets further.

        What waits for something is tried again, so that no order needs luck. Returns the changes.
        """
        changes = [each if isinstance(each, Change) else self.change(each) for each in changes]
        open_changes = list(changes)
        while open_changes:
            for start in range(0, len(open_changes), size):
                self._process(open_changes[start : start + size], connection)
            waiting = [each for each in open_changes if isinstance(each.outcome, MissingDependency)]
            if len(waiting) == len(open_changes):
                break
            open_changes = waiting
        return changes

    def _process(self, changes, connection=None):
        connection = connection or self.connection
        drain = (
            self.env["saas.billing.drain"]
            .with_user(SUPERUSER_ID)
            .with_context(**WORK_CONTEXT, allowed_company_ids=connection.company_id.ids)
        )
        handlers = drain._get_handlers()
        by_type = {}
        for change in changes:
            change.outcome = None
            by_type.setdefault(CANONICAL_TYPES[type(change.record).__name__], []).append(change)
        for canonical_type in sorted(by_type, key=TYPE_ORDER.index):
            batch = Batch(connection.with_env(drain.env), by_type[canonical_type])
            drain._run_batch(drain.env[handlers[canonical_type]], batch)
        drain.env["saas.settlement.transaction"]._match(connection.with_env(drain.env))

    def deliver_catalog(self):
        """What most invoices need: customer, product, price, tax rate, subscription."""
        return self.deliver(
            factory.customer(),
            factory.product(),
            factory.price(),
            factory.tax_rate(),
            self.change(factory.subscription(), kind="created"),
        )

    # ── looking ──────────────────────────────────────────────────────────────────────────────

    def bound(self, canonical_type, external_id, connection=None):
        """The record an external object is bound to, or None."""
        link = self.env["saas.billing.link"].search(
            [
                ("connection_id", "=", (connection or self.connection).id),
                ("object_type", "=", canonical_type),
                ("external_id", "=", external_id),
            ]
        )
        return self.env[link.res_model].browse(link.res_id) if link else None

    def assertOutcome(self, change, outcome_class, code=None, key=None):
        """The change ended that way."""
        self.assertIsInstance(change.outcome, outcome_class, repr(change.outcome))
        if code:
            self.assertEqual(change.outcome.code, code)
        if key is not None:
            self.assertEqual(change.outcome.key, key)

    def assertDone(self, *changes):
        """The changes were applied."""
        for change in changes:
            self.assertIsNone(change.outcome, f"{change.record}: {change.outcome!r}")
