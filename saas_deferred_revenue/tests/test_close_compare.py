"""Two months side by side, and what changed in a signed one: every cent by its entry and cause."""

from odoo import Command
from odoo.addons.saas_billing_connector.tests.common import ConnectorMixin
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.revenue_close_sql import TOTALS
from .close_common import MANAGER, CloseCommon
from .common import month


@tagged("post_install", "-at_install")
class TestCloseCompare(ConnectorMixin, CloseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_connection(company_id=cls.company.id)

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.env.ref("saas_billing_connector.group_saas_admin")

    def reconcile(self):
        """The checks that need no reading of the provider."""
        runs = self.env["saas.reconciliation.run"].sudo()
        checks = {
            code: method
            for code, method in runs._get_checks().items()
            if code not in runs._get_needed_readings()
        }
        self.patch(type(runs), "_get_checks", lambda _self: checks)
        return super().reconcile()

    def compare(self, close=None):
        compare = self.env["saas.revenue.close.compare"].with_user(self.max)
        return compare.create({"close_id": (close or self.close).id})

    def get_changes(self):
        """What changed, with the proof that it adds up to the change of each control total."""
        self.env.flush_all()  # by who did it, as at the end of a request
        self.close.sudo()._watch()
        compare = self.compare()
        changes = compare.change_ids
        totals = self.close.sudo()._get_totals()
        signed = self.close.sudo()._get_signoff("signed")
        differences = [round(totals[name] - signed[name], 2) for name in TOTALS]
        self.assertEqual(
            [round(sum(changes.mapped(name)), 2) for name in TOTALS], differences, "it adds up"
        )
        self.assertEqual(self.close.changed_amount, max(differences, key=abs))
        return changes

    def bill(self, day, amount, **values):
        """An invoice as the billing platform's documents are, earned at once."""
        return self.post_invoice(
            day, self.prepare_line(amount), saas_connection_id=self.connection.id, **values
        )

    def pay(self, invoice, day):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": invoice.partner_id.id,
                "amount": invoice.amount_total,
                "date": day,
                "journal_id": self.company_data["default_journal_bank"].id,
                "saas_connection_id": self.connection.id,
            }
        )
        payment.action_post()
        return payment

    # ── what changed ─────────────────────────────────────────────────────────────────────────

    def test_nothing_changed(self):
        self.sign()
        self.assertFalse(self.get_changes())
        self.assertFalse(self.close.is_amber)

    def test_a_month_that_is_not_signed_has_no_changes(self):
        self.bill("2025-01-20", 12)
        self.assertFalse(self.compare().change_ids)

    def test_late_documents_payments_and_runs_each_with_their_share(self):
        self.sign()
        invoice = self.bill("2025-01-20", 12)
        payment = self.pay(invoice, "2025-01-25")
        late = self.post_invoice("2025-01-20", self.prepare_line(40, "2025-01-01", "2025-03-01"))
        run = self.run_month("2025-01")
        rows = {(change.what, change.name): change for change in self.get_changes()}
        self.assertEqual({change.kind for change in rows.values()}, {"new"})
        self.assertEqual(
            {key: [change[name] for name in TOTALS] for key, change in rows.items()},
            {
                ("invoice", invoice.name): [12, 0, 0, 12],
                ("payment", payment.name): [0, 12, 0, 0],
                ("invoice", late.name): [0, 0, 40, 0],
                ("run", run.move_ids.name): [0, 0, -21.02, 21.02],
            },
        )
        self.assertEqual(rows["run", run.move_ids.name].user_id, run.posted_by_id)
        self.assertEqual(rows["invoice", late.name].who, self.env.user.name)

    def test_what_was_taken_out_is_told_even_after_it_is_deleted(self):
        invoice = self.bill("2025-01-20", 12)
        name = invoice.name
        self.sign()
        invoice.button_draft()
        self.assertRecordValues(
            self.get_changes(),
            [
                {
                    "kind": "gone",
                    "what": "invoice",
                    "name": name,
                    "billed_amount": -12,
                    "recognised_amount": -12,
                    "user_id": self.env.uid,
                }
            ],
        )
        invoice.with_context(force_delete=True).unlink()
        self.assertRecordValues(
            self.get_changes(), [{"kind": "gone", "name": name, "recognised_amount": -12}]
        )

    def test_an_entry_that_was_edited_shows_the_difference(self):
        invoice = self.bill("2025-01-20", 12)
        self.sign()
        invoice.button_draft()
        invoice.invoice_line_ids.price_unit = 15
        invoice.action_post()
        self.assertRecordValues(
            self.get_changes(), [{"kind": "changed", "billed_amount": 3, "recognised_amount": 3}]
        )

    def test_another_account_is_a_change_without_an_effect_on_the_totals(self):
        invoice = self.bill("2025-01-20", 12)
        self.sign()
        invoice.button_draft()
        invoice.invoice_line_ids.account_id = self.revenue_account.copy({"code": "400999"})
        invoice.action_post()
        [change] = self.get_changes()
        self.assertEqual((change.kind, change.recognised_amount), ("changed", 0))

    def test_paying_an_invoice_later_changes_nothing(self):
        invoice = self.bill("2025-01-20", 12)
        self.sign()
        payment = self.pay(invoice, "2025-02-05")
        items = (invoice | payment.move_id).line_ids
        items.filtered(lambda item: item.account_type == "asset_receivable").reconcile()
        self.assertFalse(self.get_changes())

    def test_the_deferred_balance_also_changes_by_earlier_months(self):
        self.sign()
        self.post_invoice("2024-12-20", self.prepare_line(30, "2025-02-01", "2025-03-01"))
        [change] = self.get_changes()
        self.assertEqual(change.kind, "earlier")
        self.assertEqual([change[name] for name in TOTALS], [0, 0, 30, 0])

    def test_the_event_that_caused_it_is_named_and_leads_back(self):
        old, new = self.receive(self.event(), self.event("invoice.finalized"))
        invoice = self.bill("2025-01-20", 12)
        self.trace(old, invoice, "created")
        self.sign()
        invoice.button_draft()
        [change] = self.get_changes()
        self.assertFalse(change.event_id, "it was there before the signature")
        late = self.bill("2025-01-21", 7)
        self.trace(new, late, "created")
        change = self.get_changes().filtered(lambda each: each.name == late.name)
        self.assertEqual((change.event_id, change.who), (new, "invoice.finalized"))
        self.assertFalse(change.user_id)
        self.assertEqual(change.action_open_event()["res_id"], new.id)
        self.assertEqual(change.action_open_entry()["res_id"], late.id)

    def trace(self, event, record, effect):
        self.env["saas.billing.trace"].sudo().create(
            {
                "event_id": event.id,
                "res_model": record._name,
                "res_id": record.id,
                "effect": effect,
            }
        )

    def test_a_new_signature_begins_anew(self):
        self.sign()
        self.bill("2025-01-20", 12)
        self.assertTrue(self.get_changes())
        self.close.with_user(self.max)._reopen("A late invoice")
        self.assertFalse(self.compare().change_ids)
        self.close.action_prepare()
        self.close.with_user(self.max).action_sign()
        self.assertFalse(self.get_changes())

    def test_changes_are_grouped_and_exported(self):
        self.sign()
        self.bill("2025-01-20", 12)
        self.post_invoice("2025-01-21", self.prepare_line(5))
        changes = self.get_changes()
        [[who, amount]] = changes._read_group(
            [("compare_id", "=", changes.compare_id.id)], ["who"], ["recognised_amount:sum"]
        )
        self.assertEqual((who, amount), (self.env.user.name, 17))
        self.max.group_ids += self.env.ref("base.group_allow_export")
        self.assertEqual(
            changes.export_data(["kind", "what", "who", "recognised_amount"])["datas"],
            [["Added", "Invoice", who, 12.0], ["Added", "Invoice", who, 5.0]],
        )

    def test_any_number_of_changes_costs_the_same_statements(self):
        self.sign()
        self.count_statements()  # fills what the registry caches
        counts = []
        for number in (2, 12):
            for _each in range(number):
                self.bill("2025-01-20", 1)
            counts.append(self.count_statements())
        self.assertEqual(counts[0], counts[1])

    def count_statements(self):
        """Statements of a comparison that finds no record in memory."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.compare()
        return self.env.cr.sql_log_count - before

    # ── side by side ─────────────────────────────────────────────────────────────────────────

    def test_two_months_side_by_side(self):
        self.complete()
        february = self.create_close("2025-02-01")
        compare = self.compare(self.env["saas.revenue.close"].browse(february.id))
        self.assertFalse(compare.other_id)
        action = february.with_user(self.max).action_compare()
        compare = self.env[action["res_model"]].with_user(self.max).browse(action["res_id"])
        self.assertEqual(compare.other_id, self.close)
        lines = {(line.section, line.name): line for line in compare.line_ids}
        for key, amount, other in (
            (("totals", "Recognised"), 0, 31),
            (("totals", "Deferred at the End"), 59, 59),
            (("checklist", "Revenue not posted"), 28, 0),
            (("run", "Posted for the month"), 0, 31),
            (("run", "Posted for prior months"), 0, 0),
        ):
            with self.subTest(key):
                self.assertRecordValues(
                    lines[key],
                    [
                        {
                            "amount": amount,
                            "other_amount": other,
                            "change_amount": amount - other,
                        }
                    ],
                )
        line = lines["checklist", "Revenue not posted"]
        self.assertEqual((line.state, line.other_state), ("open", "done"))

    def test_differences_are_shown_as_explained_or_open(self):
        self.complete()
        self.is_tampered = True
        self.env["account.move"].create(
            {
                "date": "2025-01-31",
                "line_ids": [
                    Command.create({"account_id": self.deferred_account.id, "credit": 7}),
                    Command.create({"account_id": self.revenue_account.id, "debit": 7}),
                ],
            }
        ).action_post()
        self.reconcile()
        lines = self.compare().line_ids.filtered(lambda line: line.section == "differences")
        self.assertEqual(lines.mapped("name"), ["Deferred · Open"])
        self.assertEqual((abs(lines.amount), lines.count), (7, 1))
        difference = self.env["saas.reconciliation.difference"].search([])
        difference.note = "Typed by the auditor"
        difference.action_explain()
        lines = self.compare().line_ids.filtered(lambda line: line.section == "differences")
        self.assertEqual(lines.mapped("name"), ["Deferred · Explained"])

    def test_two_selected_months_are_compared_with_each_other(self):
        april = self.create_close("2025-04-01")
        action = (self.close | april).with_user(self.max).action_compare()
        compare = self.env[action["res_model"]].with_user(self.max).browse(action["res_id"])
        self.assertEqual((compare.close_id, compare.other_id), (april, self.close))
        with self.assertRaises(UserError):
            (self.close | april | self.create_close("2025-05-01")).action_compare()

    def test_a_month_of_another_company_is_not_compared(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        zoe = self.create_person("compare_zoe", MANAGER, other)
        with self.assertRaises(AccessError):
            self.env["saas.revenue.close.compare"].with_user(zoe).create(
                {"close_id": self.close.id}
            )

    def test_what_was_signed_is_kept_for_good(self):
        self.sign()
        entries = self.env["saas.revenue.close.entry"].search([])
        self.assertEqual(sum(entries.mapped("recognised_amount")), 31)
        with self.assertRaises(UserError):
            entries[0].write({"name": "Other"})
        self.assertEqual(self.close.period, month("2025-01"))
