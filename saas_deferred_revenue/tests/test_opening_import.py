"""Deferred balances of the old books: read from a file, tied to their account, booked once."""

import base64
from functools import partial

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import file_open, mute_logger
from psycopg2.errors import UniqueViolation

from ..models.revenue_opening_reader import COLUMNS
from .common import ACCOUNTANT, RevenueCommon

CUTOVER = "2025-04-01"
TEMPLATE = "saas_deferred_revenue/static/opening_balances.csv"


@tagged("post_install", "-at_install")
class OpeningImportCase(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner_a.write({"name": "Lumen Ltd", "ref": "C-1"})
        cls.partner_b.write({"name": "Marrow & Co", "ref": "C-2"})
        cls.product_a.default_code = "PLAN"
        cls.euro = cls.setup_other_currency("EUR", rates=[("2025-01-01", 2.0)])
        cls.old_account = cls.env["account.account"].create(
            {"name": "Deferred, old system", "code": "209900", "account_type": "liability_current"}
        )

    def bring_balance(self, amount, day="2025-03-31"):
        """The entry with which the old system's balance came into Odoo."""
        entry = self.env["account.move"].create(
            {
                "date": day,
                "line_ids": [
                    fields.Command.create({"account_id": account.id, "balance": balance})
                    for account, balance in (
                        (self.old_account, -amount),
                        (self.company_data["default_account_assets"], amount),
                    )
                ],
            }
        )
        entry.action_post()

    def prepare_file(self, rows, columns=COLUMNS, delimiter=",", encoding="utf-8"):
        defaults = {"customer": "Lumen Ltd", "description": "Plan"}
        lines = [columns] + [
            [str({**defaults, **row}.get(name, "")) for name in columns] for row in rows
        ]
        text = "\r\n".join(delimiter.join(line) for line in lines)
        return base64.b64encode(text.encode(encoding))

    def row(self, reference="R1", amount="92.00", last="2025-06-30", **values):
        return {
            "reference": reference,
            "remaining_amount": amount,
            "service_last_day": last,
            **values,
        }

    def upload(self, *rows, **options):
        return self.env["saas.revenue.opening.import"].create(
            {
                "cutover_date": CUTOVER,
                "old_account_id": self.old_account.id,
                "file": self.prepare_file(rows, **options),
                "file_name": "old.csv",
            }
        )

    def preview(self, *rows, **options):
        opening = self.upload(*rows, **options)
        opening.action_preview()
        return opening

    def book(self, *rows):
        opening = self.upload(*rows)
        opening.action_book()
        return opening


class TestOpeningImport(OpeningImportCase):
    """91 days from April to June: 30, 31 and 30."""

    def test_template_can_be_imported_as_it_is(self):
        with file_open(TEMPLATE, "rb") as template:
            content = template.read()
        self.partner_a.name = "Azure Interior"
        self.bring_balance(900)
        opening = self.upload()
        opening.file = base64.b64encode(content)
        opening.action_preview()
        self.assertFalse(opening.error_count, opening.row_ids.error)
        self.assertEqual(set(content.decode().splitlines()[0].split(",")), set(COLUMNS))
        self.assertRecordValues(
            opening.row_ids,
            [
                {
                    "row_number": 2,
                    "reference": "INV-2025-0042",
                    "partner_id": self.partner_a.id,
                    "name": "Annual plan, 2025/26",
                    "amount": 900,
                    "service_last_day": fields.Date.to_date("2026-09-30"),
                }
            ],
        )
        opening.action_book()
        self.assertEqual(opening.state, "booked")

    def test_preview_books_nothing(self):
        self.bring_balance(91)
        opening = self.preview(self.row(amount="91.00"))
        self.assertEqual((opening.state, opening.row_count, opening.error_count), ("preview", 1, 0))
        self.assertEqual((opening.company_amount, opening.old_balance), (91, 91))
        self.assertFalse(opening.difference)
        self.assertFalse(opening.row_ids.move_id)
        self.assertEqual(self.balance(self.old_account), 91)

    def test_booked_rows_are_earned_month_by_month(self):
        self.bring_balance(91)
        opening = self.book(self.row(amount="91.00", product="PLAN"))
        entry = opening.row_ids.move_id
        self.assertEqual((entry.state, str(entry.date)), ("posted", CUTOVER))
        self.assertEqual(entry.journal_id, self.rule.journal_id)
        self.assertEqual(self.balance(self.old_account), 0)
        self.assertEqual(self.balance(self.deferred_account), 91)
        schedule = entry.saas_revenue_schedule_ids
        self.assertRecordValues(
            schedule,
            [
                {
                    "partner_id": self.partner_a.id,
                    "product_id": self.product_a.id,
                    "rule_id": self.rule.id,
                    "method": "daily",
                    "revenue_account_id": self.revenue_account.id,
                    "date_start": fields.Date.to_date(CUTOVER),
                }
            ],
        )
        self.run_months("2025-03", "2025-04", "2025-05", "2025-06", "2025-07")
        self.assertEqual(self.posted_by_month(), {"2025-04": 30, "2025-05": 31, "2025-06": 30})
        self.assertEqual(self.balance(self.deferred_account), 0)
        self.assertEqual((opening.booked_by_id, opening.move_count), (self.env.user, 1))

    def test_service_that_began_before_goes_on_from_the_cutover(self):
        self.bring_balance(91)
        opening = self.book(self.row(amount="91.00", service_start="2024-07-01"))
        self.assertEqual(str(opening.row_ids.service_start), "2024-07-01")
        self.assertEqual(str(opening.row_ids.move_id.saas_revenue_schedule_ids.date_start), CUTOVER)
        self.run_months("2025-04")
        self.assertEqual(self.posted_by_month(), {"2025-04": 30})

    def test_service_that_begins_later_waits_and_negative_rows_take_back(self):
        self.bring_balance(61)
        self.book(
            self.row("R1", "91.00"),
            self.row("R2", "-30.00", service_start="2025-06-01"),
        )
        self.run_months("2025-04", "2025-05", "2025-06")
        self.assertEqual(self.posted_by_month(), {"2025-04": 30, "2025-05": 31, "2025-06": 0})

    def test_row_says_method_and_accounts(self):
        other_rule = self.rule.copy(
            {
                "code": "OTHER",
                "sequence": 2000,
                "deferred_account_id": self.copy_account(self.deferred_account).id,
            }
        )
        self.approve(other_rule)
        deferred = other_rule.deferred_account_id
        income = self.copy_account(self.revenue_account)
        self.bring_balance(90)
        self.book(
            self.row(
                amount="90.00",
                method="monthly",
                revenue_account=income.code,
                deferred_account=deferred.code,
            )
        )
        self.assertEqual(self.balance(deferred), 90)
        self.run_months("2025-04", "2025-05", "2025-06")
        self.assertEqual(self.posted_by_month(), {"2025-04": 30, "2025-05": 30, "2025-06": 30})
        self.assertEqual(self.balance(income), 90)

    def test_foreign_currency_keeps_the_rate_it_was_billed_at(self):
        self.bring_balance(99.37)
        opening = self.book(
            self.row(amount="91.00", currency="EUR", company_amount="99.37"),
        )
        self.assertRecordValues(
            opening.row_ids.move_id.saas_revenue_schedule_ids,
            [{"currency_id": self.euro.id, "amount": 91, "company_amount": 99.37}],
        )
        self.run_months("2025-04", "2025-05", "2025-06")
        self.assertEqual(
            self.posted_by_month(), {"2025-04": 32.76, "2025-05": 33.85, "2025-06": 32.76}
        )

    def test_semicolons_byte_order_mark_and_blank_lines(self):
        opening = self.preview(
            self.row(description="Pläne, groß"), delimiter=";", encoding="utf-8-sig"
        )
        self.assertEqual(opening.row_ids.name, "Pläne, groß")
        text = base64.b64decode(opening.file) + b"\r\n\r\n;;;;;;;;;;;\r\n"
        opening.file = base64.b64encode(text)
        opening.action_preview()
        self.assertEqual(opening.row_count, 1)

    def test_customers_are_found_by_name_reference_and_billing_id(self):
        connections = self.env["saas.billing.connection"].sudo()
        connection = connections.create(
            {"name": "Old", "account": "acct_old", "company_id": self.company.id}
        )
        self.env["saas.customer"].sudo().create(
            {
                "connection_id": connection.id,
                "external_id": "cus_77",
                "partner_id": self.partner_b.id,
            }
        )
        opening = self.preview(
            self.row("R1", customer="Lumen Ltd"),
            self.row("R2", customer="C-2"),
            self.row("R3", customer="cus_77"),
        )
        self.assertFalse(opening.error_count, opening.row_ids.mapped("error"))
        self.assertEqual(
            opening.row_ids.mapped("partner_id.id"), [self.partner_a.id, self.partner_b.id]
        )

    # ── errors ───────────────────────────────────────────────────────────────────────────────

    def test_each_error_is_told_on_its_row(self):
        self.partner_b.ref = "Lumen Ltd"
        cases = {
            "“reference” is empty": {"reference": ""},
            "stands in row 2 already": {"reference": "R0"},
            "“customer” is empty": {"customer": ""},
            "No customer has the name": {"customer": "Nobody"},
            "2 customers are found": {"customer": "Lumen Ltd"},
            "“description” is empty": {"description": ""},
            "0 products have": {"product": "NONE"},
            "“service_last_day” is empty": {"service_last_day": ""},
            "“31/12/2025” in “service_last_day” is no date": {"service_last_day": "31/12/2025"},
            "“2025-02-30” in “service_start” is no date": {"service_start": "2025-02-30"},
            "ends before it starts": {"service_start": "2025-07-01"},
            "ended before the cut-over": {
                "service_start": "2025-01-01",
                "service_last_day": "2025-03-31",
            },
            "“remaining_amount” is empty": {"remaining_amount": ""},
            "“1,00” in “remaining_amount” is no amount": {"remaining_amount": '"1,00"'},
            "“1e3” in": {"remaining_amount": "1e3"},
            "1.005 is no amount of USD": {"remaining_amount": "1.005"},
            "remaining amount is zero": {"remaining_amount": "0.00"},
            "no active currency": {"currency": "XXX"},
            "Leave it empty": {"company_amount": "5.00"},
            "give its company amount": {"currency": "EUR"},
            "same sign": {"currency": "EUR", "company_amount": "-5.00"},
            "no method that defers": {"method": "on_usage"},
            "There is no active account 888888": {"revenue_account": "888888"},
            "is no income account": {"revenue_account": self.old_account.code},
            "No revenue rule defers to account 209900": {"deferred_account": "209900"},
        }
        opening = self.preview(
            self.row("R0", customer="C-1"),
            *(
                {**self.row(f"R{number}", customer="C-1"), **values}
                for number, values in enumerate(cases.values(), start=1)
            ),
        )
        for row, message in zip(opening.row_ids.sorted("row_number")[1:], cases, strict=True):
            self.assertIn(message, row.error or "", row.reference)
        self.assertEqual(opening.error_count, len(cases))
        with self.assertRaisesRegex(UserError, "25 rows have errors. Row 3: "):
            opening.action_book()

    def test_all_errors_of_a_row_are_told_at_once(self):
        opening = self.preview(self.row(customer="Nobody", product="NONE", amount="x"))
        self.assertEqual(len(opening.row_ids.error.splitlines()), 3)

    def test_a_row_with_another_number_of_cells(self):
        opening = self.upload(self.row())
        opening.file = base64.b64encode(base64.b64decode(opening.file) + b",1,2")
        opening.action_preview()
        self.assertIn("another number of cells", opening.row_ids.error)

    def test_files_that_cannot_be_read(self):
        opening = self.upload()
        header = ",".join(COLUMNS)
        for content, message in (
            (b"", "has no column “reference”, “customer”"),
            (header.replace("customer,", "").encode(), "has no column “customer”"),
            (f"{header},colour".encode(), "No column is called “colour”"),
            (f"{header},reference".encode(), "“reference” stands in the file twice"),
            ("reference,Größe".encode("latin-1"), "not in UTF-8"),
            (f'{header}\n"open'.encode(), "no CSV"),
            (header.encode(), "no rows"),
        ):
            opening.file = base64.b64encode(content) or base64.b64encode(b" ")
            with self.assertRaisesRegex(UserError, message):
                opening.action_book()
        opening.file = False
        with self.assertRaisesRegex(UserError, "Upload a file first"):
            opening.action_preview()

    def test_no_rule_matches(self):
        self.rule.sudo()._set_state("superseded")
        opening = self.preview(self.row())
        self.assertIn("No approved revenue rule", opening.row_ids.error)

    def test_rule_with_an_archived_journal(self):
        self.rule.journal_id.active = False
        opening = self.preview(self.row())
        self.assertIn("is archived. Unarchive it", opening.row_ids.error)

    # ── tied to the ledger ───────────────────────────────────────────────────────────────────

    def test_difference_to_the_old_account_is_told_and_refused(self):
        self.bring_balance(100)
        opening = self.preview(self.row(amount="92.00"))
        self.assertEqual(opening.difference, -8)
        with self.assertRaisesRegex(UserError, r"92\.00.*209900.*100\.00.*-.*8\.00"):
            opening.action_book()

    def test_balance_counts_to_the_end_of_the_cutover_date(self):
        self.bring_balance(92, CUTOVER)
        self.bring_balance(5, "2025-04-02")
        self.assertFalse(self.preview(self.row()).difference)

    def test_old_account_is_none_of_a_rule(self):
        opening = self.upload(self.row())
        with self.assertRaisesRegex(ValidationError, "to an account of its own"):
            opening.old_account_id = self.deferred_account

    def test_locked_cutover_date(self):
        self.bring_balance(92)
        opening = self.preview(self.row())
        self.company.hard_lock_date = "2025-04-30"
        with self.assertRaisesRegex(UserError, "closed on the cut-over date"):
            opening.action_book()

    # ── once ─────────────────────────────────────────────────────────────────────────────────

    def test_a_booked_reference_is_refused_by_name(self):
        self.bring_balance(92)
        first = self.book(self.row())
        again = self.preview(self.row(), self.row("R2"))
        entry = first.row_ids.move_id.name
        self.assertIn(f"“R1” is booked already in {entry}", again.row_ids[0].error)
        self.assertFalse(again.row_ids[1].error)

    def test_the_database_refuses_a_reference_twice(self):
        self.bring_balance(92)
        booked = self.book(self.row()).row_ids
        other = self.preview(self.row("R2")).row_ids
        with (
            self.assertRaises(UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            other.sudo().write({"reference": "R1", "move_id": booked.move_id.id})
            self.env.flush_all()

    def test_a_booked_file_is_kept(self):
        self.bring_balance(92)
        opening = self.book(self.row())
        for action in (
            opening.action_book,
            opening.action_preview,
            opening.unlink,
            partial(opening.write, {"cutover_date": "2025-05-01"}),
        ):
            with self.assertRaisesRegex(UserError, "is booked and kept"):
                action()
        with self.assertRaisesRegex(UserError, "written by the import itself"):
            opening.write({"company_amount": 1})

    def test_undo_before_anything_was_posted(self):
        self.bring_balance(92)
        opening = self.book(self.row(method="monthly"))
        entry = opening.row_ids.move_id
        entry.button_draft()
        self.assertFalse(entry.saas_revenue_schedule_ids)
        entry.action_post()
        self.assertEqual(entry.saas_revenue_schedule_ids.method, "monthly")
        entry.button_draft()
        entry.unlink()
        self.assertEqual(opening.state, "preview")
        opening.action_book()
        self.assertEqual(self.balance(self.deferred_account), 92)

    def test_no_undo_after_revenue_was_posted(self):
        self.bring_balance(92)
        entry = self.book(self.row()).row_ids.move_id
        self.run_month("2025-04")
        with self.assertRaisesRegex(UserError, "is posted already"):
            entry.button_draft()

    def test_reversal_by_hand_takes_all_of_it_back(self):
        self.bring_balance(92)
        entry = self.book(self.row()).row_ids.move_id
        entry._reverse_moves([{"date": "2025-04-02"}])._post()
        self.run_months("2025-04", "2025-05", "2025-06")
        self.assertEqual(self.balance(self.deferred_account), 0)
        self.assertEqual(self.balance(self.revenue_account), 0)

    def test_another_file_forgets_the_rows(self):
        opening = self.preview(self.row())
        opening.file = self.prepare_file([self.row("R5")])
        self.assertFalse(opening.row_ids)
        self.assertEqual(opening.state, "draft")

    def test_only_revenue_managers_import(self):
        accountant = self.create_person("opening_accountant", ACCOUNTANT)
        opening = self.upload(self.row())
        self.env.flush_all()
        for action in ("action_preview", "action_book"):
            with self.assertRaises(AccessError):
                getattr(opening.with_user(accountant), action)()


class TestOpeningImportScale(OpeningImportCase):
    """Statements grow with Odoo's own batches of a hundred rows, never with the rows."""

    def count_queries(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_statements_of_a_thousand_rows(self):
        previews, bookings = [], []
        for size in (100, 1000):
            partners = self.env["res.partner"].create(
                [{"name": f"Customer {size}-{number}"} for number in range(size)]
            )
            rows = [
                self.row(f"{size}-{number}", "1.00", customer=partner.name, product="PLAN")
                for number, partner in enumerate(partners)
            ]
            self.bring_balance(size)
            opening = self.upload(*rows)
            previews.append(self.count_queries(opening.action_preview))
            self.assertFalse(opening.error_count)
            bookings.append(self.count_queries(opening.action_book))
            self.assertEqual(len(opening.row_ids.move_id.saas_revenue_schedule_ids), size)
        self.assertLessEqual(previews[1] - previews[0], 9 * 2, previews)
        self.assertLessEqual(bookings[1] - bookings[0], 9 * 10, bookings)
        self.assertEqual(self.balance(self.deferred_account), 1100)
