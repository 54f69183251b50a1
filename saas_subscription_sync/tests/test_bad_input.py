"""Bad input through inbox and drain: it parks alone, clears once mended, and leaves no trace.

Each test plays one story twice: as it should be, undone again, and with something wrong that is
mended later. The books must be the same in the end.
"""

from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import SimpleNamespace

from odoo.addons.saas_billing_connector.providers import Page
from odoo.addons.saas_billing_connector.tests.common import ConnectorMixin

from .common import SyncCase

START, END = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2026, 2027))
#: Who is billed: currency, tax in cents of the 1,200.00 that each pays.
SUBSCRIBERS = {"ada": ("usd", 240_00), "bob": ("eur", 0), "cy": ("usd", 240_00)}


class Undo(Exception):
    """Takes back what was done in a savepoint."""


class TestBadInput(ConnectorMixin, SyncCase):
    # ── the story, as Stripe tells it ────────────────────────────────────────────────────────

    def catalogue(self, currency):
        product, price = f"prod_{currency}", f"price_{currency}"
        return [
            ("product.created", {"id": product, "object": "product", "name": f"Plan {currency}"}),
            ("price.created", self.price(price, product, currency)),
        ]

    def price(self, external_id, product, currency):
        return {
            "id": external_id,
            "object": "price",
            "product": product,
            "currency": currency,
            "unit_amount": 120000,
            "recurring": {"interval": "year", "interval_count": 1, "usage_type": "licensed"},
        }

    def tax_rate(self):
        rate = {"id": "txr_vat", "object": "tax_rate", "display_name": "VAT", "percentage": 20.0}
        return [("tax_rate.created", {**rate, "inclusive": False})]

    def subscriber(self, name, currency, tax):
        """Signs up, is billed for a year and pays."""
        total, taxes = 120000 + tax, []
        if tax:
            details = {"tax_rate_details": {"tax_rate": "txr_vat"}, "tax_behavior": "exclusive"}
            taxes = [{"amount": tax, "taxable_amount": 120000, **details}]
        return [
            ("customer.created", self.customer(f"cus_{name}", name=name.title(), email=None)),
            ("customer.subscription.created", self.subscription(name, currency)),
            ("invoice.finalized", self.invoice(name, currency, total, taxes)),
            ("invoice_payment.paid", self.payment(name, currency, total)),
            (
                "invoice.paid",
                self.invoice(name, currency, total, taxes, status="paid", amount_paid=total),
            ),
        ]

    def subscription(self, name, currency):
        item = {
            "id": f"si_{name}",
            "object": "subscription_item",
            "current_period_start": START,
            "current_period_end": END,
            "price": self.price(f"price_{currency}", f"prod_{currency}", currency),
            "quantity": 1,
        }
        return {
            "id": f"sub_{name}",
            "object": "subscription",
            "customer": f"cus_{name}",
            "currency": currency,
            "status": "active",
            "start_date": START,
            "items": {"object": "list", "data": [item]},
        }

    def invoice(self, name, currency, total, taxes, **values):
        line = {
            "id": f"il_{name}",
            "object": "line_item",
            "amount": 120000,
            "currency": currency,
            "description": "Plan",
            "period": {"start": START, "end": END},
            "quantity": 1,
            "parent": {
                "type": "subscription_item_details",
                "subscription_item_details": {
                    "subscription": f"sub_{name}",
                    "subscription_item": f"si_{name}",
                },
            },
            "pricing": {
                "price_details": {"price": f"price_{currency}", "product": f"prod_{currency}"}
            },
            "taxes": taxes,
        }
        return {
            "id": f"in_{name}",
            "object": "invoice",
            "number": f"NO-{name}",
            "customer": f"cus_{name}",
            "currency": currency,
            "status": "open",
            "status_transitions": {"finalized_at": START},
            "subtotal": 120000,
            "total": total,
            "amount_due": total,
            "lines": {"object": "list", "data": [line]},
            **values,
        }

    def payment(self, name, currency, total):
        return {
            "id": f"inpay_{name}",
            "object": "invoice_payment",
            "invoice": f"in_{name}",
            "currency": currency,
            "amount_paid": total,
            "status": "paid",
            "created": START,
            "status_transitions": {"paid_at": START},
            "payment": {"type": "payment_intent", "payment_intent": f"pi_{name}"},
        }

    def story(self, **taxes):
        """Three subscribers; `taxes` replaces the tax in cents of some."""
        story = [*self.catalogue("usd"), *self.catalogue("eur"), *self.tax_rate()]
        for name, (currency, tax) in SUBSCRIBERS.items():
            story += self.subscriber(name, currency, taxes.get(name, tax))
        return story

    # ── playing it ───────────────────────────────────────────────────────────────────────────

    def play(self, story):
        """Put the story into the inbox and have the drain work until nothing is due."""
        events = self.receive(*(self.event(kind, obj) for kind, obj in story))
        self.work()
        return events

    def work(self):
        inbox = self.env["saas.billing.event"].sudo()
        while pending := inbox.search([("state", "=", "pending")], order="id"):
            for connection, events in pending.grouped("connection_id").items():
                self.env["saas.billing.drain"]._process_events(connection, events)
            inbox._wake()
        self.env.invalidate_all()

    def books(self):
        """All that was posted, by what the provider calls it."""
        moves = self.env["account.move"].search(
            [("company_id", "=", self.company.id), ("state", "=", "posted")]
        )
        return sorted(
            (
                move.saas_document_type or move.origin_payment_id.saas_external_id or move.ref,
                move.saas_external_id or "",
                move.saas_connection_id.account or "",
                move.partner_id.name or "",
                move.currency_id.name,
                str(move.date),
                move.payment_state,
                tuple(
                    sorted(
                        (
                            line.account_id.code,
                            line.balance,
                            line.amount_currency,
                            line.reconciled,
                            ", ".join(line.tax_ids.mapped("name")),
                        )
                        for line in move.line_ids
                    )
                ),
            )
            for move in moves
        )

    @contextmanager
    def undone(self):
        """What happens inside is taken back, caches included."""
        numbers = self.numbers
        try:
            with self.env.cr.savepoint():
                yield
                raise Undo
        except Undo:
            self.env.invalidate_all()
            self.env.registry.clear_all_caches()
        self.numbers = numbers

    def undisturbed(self, story, prepare=lambda: None):
        """The books of a story in which nothing is wrong."""
        with self.undone():
            prepare()
            events = self.play(story)
            self.assertLessEqual(set(events.mapped("state")), {"done", "superseded"})
            books = self.books()
            self.assertEqual(len(books), 2 * len(SUBSCRIBERS))
        return books

    def assertParked(self, events, *causes):
        """Events are parked under exactly these (code, key), each an open issue with an owner."""
        parked = events.filtered(lambda event: event.state == "parked")
        issues = parked.issue_id
        self.assertEqual({(issue.code, issue.key) for issue in issues}, set(causes))
        self.assertEqual(set(issues.mapped("state")), {"open"})
        self.assertTrue(all(issue.user_id for issue in issues))
        described = self.env["saas.billing.issue"]._get_causes()
        self.assertLessEqual({code for code, _key in causes}, described.keys())
        return issues

    def assertBooked(self, *names):
        """Exactly these subscribers' invoices are posted and paid."""
        invoices = self.env["account.move"].search([("saas_document_type", "=", "invoice")])
        paid = invoices.filtered(lambda move: move.payment_state == "paid")
        self.assertEqual(set(paid.mapped("saas_external_id")), {f"in_{name}" for name in names})
        self.assertEqual(set(invoices.mapped("state")) - {"posted"}, set())

    def assertCleared(self, events, issues, expected):
        """Processed again after mending, nothing is left and the books are the undisturbed ones."""
        events.filtered(lambda event: event.state == "parked").sudo()._requeue()
        self.work()
        self.assertLessEqual(set(events.mapped("state")), {"done", "superseded"})
        self.assertEqual(set(issues.mapped("state")), {"closed"})
        self.assertEqual(self.books(), expected)

    # ── what is wrong ────────────────────────────────────────────────────────────────────────

    def test_unknown_tax_rate(self):
        expected = self.undisturbed(self.story())
        self.vat.active = False
        events = self.play(self.story())
        issues = self.assertParked(events, ("unmapped_tax", "txr_vat"))
        self.assertBooked("bob")
        self.vat.active = True
        mapping = self.env["saas.tax.mapping"].search([("external_id", "=", "txr_vat")])
        mapping.tax_id = self.vat
        mapping.action_approve()
        self.assertCleared(events, issues, expected)

    def test_inactive_currency(self):
        expected = self.undisturbed(self.story())
        self.eur.active = False
        events = self.play(self.story())
        issues = self.assertParked(events, ("inactive_currency", "EUR"))
        self.assertBooked("ada", "cy")
        self.eur.active = True
        self.assertCleared(events, issues, expected)

    def test_archived_partner(self):
        expected = self.undisturbed(self.story())
        story = self.story()
        customers = [step for step in story if step[0] == "customer.created"]
        first = self.play(customers)
        partner = self.bound("customer", "cus_ada")
        partner.active = False
        events = first | self.play([step for step in story if step not in customers])
        issues = self.assertParked(events, ("partner_archived", "cus_ada"))
        self.assertBooked("bob", "cy")
        partner.active = True
        self.assertCleared(events, issues, expected)

    def test_missing_journal(self):
        expected = self.undisturbed(self.story())
        journals = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "sale")]
        )
        journals.active = False
        events = self.play(self.story())
        issues = self.assertParked(events, ("missing_journal", "sale"))
        self.assertBooked()
        self.assertEqual(self.bound("subscription", "sub_ada").state, "active")
        journals.active = True
        self.assertCleared(events, issues, expected)

    def test_closed_period(self):
        expected = self.undisturbed(self.story())
        self.company.fiscalyear_lock_date = date(2026, 1, 31)
        events = self.play(self.story())
        issues = self.assertParked(events, ("closed_period", "2026-01"))
        self.assertBooked()
        self.company.fiscalyear_lock_date = False
        self.assertCleared(events, issues, expected)

    def test_off_by_a_cent_is_booked_as_billed(self):
        events = self.play(self.story(ada=240_01))
        self.assertLessEqual(set(events.mapped("state")), {"done", "superseded"})
        self.assertBooked(*SUBSCRIBERS)
        invoice = self.bound("invoice", "in_ada")
        self.assertEqual((invoice.amount_tax, invoice.amount_total), (240.01, 1440.01))

    def test_off_by_a_euro(self):
        def tolerate():
            # By a second person: see `test_second_person` of the connector.
            self.connection.sudo().tax_tolerance = 1

        story = self.story(ada=241_00)
        expected = self.undisturbed(story, tolerate)
        events = self.play(story)
        issues = self.assertParked(events, ("total_mismatch", "in_ada"))
        self.assertBooked("bob", "cy")
        tolerate()
        self.assertCleared(events, issues, expected)

    def test_lines_that_do_not_add_up(self):
        """Off by a euro in itself: nothing that Odoo could be told makes it right."""
        story = self.story()
        broken = [
            (kind, {**obj, "total": 1441_00} if obj["id"] == "in_ada" else obj)
            for kind, obj in story
        ]
        events = self.play(broken)
        self.assertParked(events, ("invalid_data", "invoice.total"))
        self.assertBooked("bob", "cy")

    def test_product_deleted_after_it_was_sold(self):
        expected = self.undisturbed(self.story())
        deleted = ("product.deleted", {"id": "prod_usd", "object": "product", "name": "Plan usd"})
        events = self.play([*self.story(), deleted])
        self.assertLessEqual(set(events.mapped("state")), {"done", "superseded"})
        self.assertEqual(self.books(), expected)

    def test_product_deleted_before_anything_was_received(self):
        """Nobody can bring it any more: once that is known, a person says what the price sells."""
        expected = self.undisturbed(self.story())
        story = [step for step in self.story() if step[1]["id"] != "prod_usd"]
        events = self.play(story)
        self.assertBooked("bob")
        self.assertFalse(events.filtered(lambda event: event.state == "parked"), "may still come")
        gone = events.filtered(lambda event: event.waiting_on == "product:prod_usd").sudo()
        nobody = SimpleNamespace(fetch=lambda *_key: Page([], None, 0))
        self.patch(type(self.connection), "_get_reader", lambda _connection: nobody)
        gone._fetch_batch(self.connection.sudo(), [("product:prod_usd", gone.ids)])
        issues = self.assertParked(events, ("not_at_provider", "product:prod_usd"))
        gone._requeue()
        self.work()
        self.assertEqual(issues.state, "closed")
        issues |= self.assertParked(events, ("unmapped_price", "price_usd"))
        mapping = self.env["saas.catalog.mapping"].search([("external_id", "=", "price_usd")])
        mapping.product_id = self.env["product.product"].create(
            self.connection._prepare_product("Plan usd")
        )
        mapping.action_approve()
        self.assertCleared(events, issues, expected)

    def test_two_connections_for_one_company(self):
        """Both accounts use the same ids, as two test accounts do: each keeps its own."""
        other = self._create_connection("acct_other", self.company)
        connection, story = self.connection, self.story()
        for each in connection | other:
            each._get_payment_journal()  # takes the next account code: the order must not matter
        expected = self.undisturbed(story)
        self.connection = other
        expected += self.undisturbed(story)
        self.vat.active = False
        events = self.play(story)
        self.connection = connection
        events |= self.play(story)
        issues = self.assertParked(events, ("unmapped_tax", "txr_vat"))
        self.assertEqual(issues.connection_id, connection | other, "an issue for each")
        self.vat.active = True
        for mapping in self.env["saas.tax.mapping"].search([("external_id", "=", "txr_vat")]):
            mapping.tax_id = self.vat
            mapping.action_approve()
        self.assertCleared(events, issues, sorted(expected))
