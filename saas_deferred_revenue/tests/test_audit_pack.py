"""What an auditor draws, draws again, and finds behind it."""

import base64
import csv
import hashlib
import io
import json
import zipfile
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger
from openpyxl import load_workbook
from psycopg2.errors import CheckViolation

from ..models import revenue_audit_pack
from . import stripe_year
from .common import RevenueCommon, month
from .test_controller_tour import TourCase


def open_pack(pack):
    """The zip and the workbook of a pack."""
    archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(pack.file)))
    return archive, load_workbook(io.BytesIO(archive.read("audit-pack.xlsx")), read_only=True)


def rows_of(book, sheet):
    """Rows of a sheet as dicts by its head."""
    head, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=False)) for row in rows]


@tagged("post_install", "-at_install")
@freeze_time("2025-05-10")
class TestAuditPack(RevenueCommon):
    """Twelve invoices over 90.00 for a quarter, one of them credited, two months earned."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        vals = cls.prepare_invoice("2025-01-01", cls.prepare_line(90, "2025-01-01", "2025-04-01"))
        cls.invoices = cls.env["account.move"].create([dict(vals) for _number in range(12)])
        cls.invoices._post()
        cls.auditor = new_test_user(
            cls.env,
            "pack_auditor",
            "saas_billing_connector.group_saas_auditor",
            name="Audrey Auditor",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    def setUp(self):
        super().setUp()
        self.credit(self.invoices[0], "2025-02-01", amount=9)
        self.run_months("2025-01", "2025-02")
        self.packs = self.env["saas.revenue.audit.pack"].with_user(self.auditor)

    def create_pack(self, **values):
        return self.packs.create(
            {
                "date_from": "2025-01-15",
                "date_to": "2025-03-20",
                "seed": "1234",
                "sample_size": 5,
                **values,
            }
        )

    def draw(self, **values):
        return [row["id"] for row in self.create_pack(**values)._draw()]

    def test_the_same_seed_draws_the_same_rows(self):
        drawn = self.draw()
        self.assertEqual(len(set(drawn)), 5)
        self.assertEqual(self.draw(), drawn)
        self.assertEqual(self.draw(sample_size=9)[:5], drawn, "a larger sample begins with it")
        postings = self.env["saas.revenue.posting"].search([("company_id", "=", self.company.id)])
        order = sorted(
            postings.ids, key=lambda each: hashlib.md5(f"1234:{each}".encode()).hexdigest()
        )
        self.assertEqual(drawn, order[:5], "anybody can draw them again")

    def test_another_seed_draws_other_rows(self):
        self.assertNotEqual(self.draw(), self.draw(seed="1235"))

    def test_every_population_adds_up_to_the_other_side(self):
        expected = {
            "posting": (25, 702.10),
            "invoice": (12, 1080.00),
            "credit_note": (1, -9.00),
            "deferred_item": (15, None),
        }
        for population, (count, amount) in expected.items():
            with self.subTest(population):
                pack = self.create_pack(population=population, sample_size=1)
                pack.action_make()
                self.assertEqual(pack.population_count, count)
                self.assertEqual(pack.population_amount, pack.control_amount)
                self.assertEqual(pack.difference_amount, 0)
                if amount is None:
                    amount = self.balance(self.deferred_account, "2025-03-31")
                self.assertEqual(pack.population_amount, amount)

    def test_a_change_behind_the_back_shows_as_a_difference(self):
        self.is_tampered = True
        item = self.env["saas.revenue.posting"].search([], limit=1).move_line_id
        self.env.cr.execute(
            "UPDATE account_move_line SET balance = balance - 5 WHERE id = %s", [item.id]
        )
        pack = self.create_pack()
        pack.action_make()
        self.assertEqual(pack.difference_amount, 5)

    def test_the_workbook_has_all_that_is_behind_a_row(self):
        pack = self.create_pack()
        pack.action_make()
        archive, book = open_pack(pack)
        sample = rows_of(book, "Sample")
        self.assertEqual([row["ID"] for row in sample], [row["id"] for row in pack._draw()])
        for row in sample:
            story = json.loads(archive.read(row["Trace"]))
            self.assertEqual(
                (story["model"], story["res_id"]), (pack._get_population().model, row["ID"])
            )
        for sheet in ("Documents", "Rules", "Schedules", "Segments", "Postings", "Journal Items"):
            with self.subTest(sheet):
                self.assertEqual({row["No."] for row in rows_of(book, sheet)}, {1, 2, 3, 4, 5})
        told = dict(book["Pack"].iter_rows(max_col=2, values_only=True))
        self.assertEqual((told["Seed"], told["Made by"]), ("1234", "Audrey Auditor"))
        totals = rows_of(book, "Totals")
        self.assertEqual(sum(row["Rows"] for row in totals), pack.population_count)
        self.assertAlmostEqual(sum(row["Amount"] for row in totals), pack.population_amount, 2)

    def test_the_file_is_kept_with_its_digest(self):
        pack = self.create_pack()
        pack.action_make()
        content = base64.b64decode(pack.file)
        self.assertEqual(hashlib.sha256(content).hexdigest(), pack.file_sha256)
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", pack._name), ("res_id", "=", pack.id), ("res_field", "=", "file")]
        )
        self.assertEqual(len(attachment), 1)
        self.assertEqual((pack.made_by_id, pack.state), (self.auditor, "made"))
        with self.assertRaisesRegex(UserError, "kept as it was made"):
            pack.seed = "other"
        with self.assertRaisesRegex(UserError, "made already"):
            pack.action_make()
        with self.assertRaisesRegex(UserError, "kept"):
            pack.unlink()
        with self.assertRaisesRegex(UserError, "written by making it"):
            self.create_pack().write({"population_amount": 1})
        self.create_pack().unlink()

    def test_bad_input_says_what_to_do(self):
        for values, told in (
            ({"date_from": "2024-01-01", "date_to": "2024-06-30"}, "nothing to draw from"),
            ({"sample_size": 26}, "only 25 rows"),
            ({"date_to": "2025-05-31"}, "May 2025 is not over"),
            ({"date_to": "2026-01-31"}, "January 2026 is not over"),
        ):
            with self.subTest(told), self.assertRaisesRegex(UserError, told):
                self.create_pack(**values).action_make()
        with self.assertRaisesRegex(ValidationError, "before the first one"):
            self.create_pack(date_to="2024-12-31")
        for size in (0, 501):
            with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
                self.create_pack(sample_size=size)

    def test_a_population_is_read_in_batches(self):
        """However many rows there are, no more than a batch is asked for at a time."""
        pack = self.create_pack()
        with patch.object(revenue_audit_pack, "BATCH", 4):
            sizes = [len(batch) for batch in pack._iterate_population()]
            self.assertEqual(sizes, [4, 4, 4, 4, 4, 4, 1])
            file = io.BytesIO()
            events = []
            fetch = type(pack)._fetch_batch

            def fetch_noted(own):
                events.append(file.tell())
                return fetch(own)

            with patch.object(type(pack), "_fetch_batch", fetch_noted):
                pack._write_population(file)
        self.assertEqual(len(events), 8)
        self.assertEqual(events, sorted(set(events)), "each is written before the next")
        rows = list(csv.DictReader(io.StringIO(file.getvalue().decode())))
        self.assertEqual(len(rows), 25)
        self.assertAlmostEqual(sum(float(row["amount"]) for row in rows), 702.10, 2)

    def test_texts_are_no_formulas(self):
        self.partner_a.name = "=1+1"
        self.post_invoice("2025-03-01", self.prepare_line(5))
        file = io.BytesIO()
        self.create_pack(population="invoice")._write_population(file)
        labels = {row["label"] for row in csv.DictReader(io.StringIO(file.getvalue().decode()))}
        self.assertIn("'=1+1", labels)

    def test_packs_are_for_who_may_read_the_rows(self):
        pack = self.create_pack()
        clerk = new_test_user(
            self.env,
            "pack_clerk",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with self.assertRaises(AccessError):
            pack.with_user(clerk)._write_population(io.BytesIO())
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaises(AccessError):
            self.create_pack(company_id=elsewhere.id)


@tagged("post_install", "-at_install")
class TestAuditPackOfEvents(TourCase):
    """A pack of what the billing platform sent."""

    def setUp(self):
        super().setUp()
        for story in (stripe_year.MASTER_DATA, stripe_year.BILLED, stripe_year.PAID):
            self.play(story)
        self.env["saas.revenue.run"]._post_month(self.company, month("2026-01"))
        self.event = self.env["saas.billing.event"].search(
            [("event_type", "=", "invoice.finalized"), ("connection_id", "=", self.connection.id)]
        )
        self.seals = self.env["saas.billing.seal"]
        self.pack = self.env["saas.revenue.audit.pack"].create(
            {
                "company_id": self.company.id,
                "date_from": "2026-01-01",
                "date_to": "2026-01-31",
                "sample_size": 1,
            }
        )

    def seal(self):
        self.env.flush_all()
        while self.seals._seal("event", self.event.search([], limit=1).id):
            pass

    def get_proof(self):
        archive, book = open_pack(self.pack)
        [row] = [
            row for row in rows_of(book, "Hash Proof") if row["Event"] == self.event.external_id
        ]
        return archive, row

    def test_events_come_with_their_bodies_and_their_proof(self):
        self.seal()
        self.pack.action_make()
        archive, proof = self.get_proof()
        self.assertEqual(archive.read(proof["Body"]).decode(), self.event.body)
        self.assertEqual(proof["SHA-256 of the Body"], self.event.body_sha256)
        self.assertEqual((proof["Body as Received"], proof["Row as Sealed"]), ("yes", "yes"))

    def test_a_changed_event_fails_its_proof(self):
        self.seal()
        self.env.cr.execute(
            "UPDATE saas_billing_event SET body = body || ' ', occurred_at = now() WHERE id = %s",
            [self.event.id],
        )
        self.env.invalidate_all()
        self.pack.action_make()
        _archive, proof = self.get_proof()
        self.assertEqual((proof["Body as Received"], proof["Row as Sealed"]), ("NO", "NO"))

    def test_what_is_not_sealed_yet_says_so(self):
        self.pack.action_make()
        _archive, proof = self.get_proof()
        self.assertEqual(proof["Sealed On"], "not yet")

    def check_log(self):
        """What a check of the log finds, unexplained."""
        check = self.env["saas.billing.seal.check"].sudo().create({})
        while check._advance():
            pass
        self.assertEqual(check.state, "failed")
        return check

    def tell_log(self):
        """What a pack of its own says of the log, and the findings in it."""
        pack = self.pack.copy()
        pack.action_make()
        _archive, book = open_pack(pack)
        told = dict(book["Pack"].iter_rows(max_col=2, values_only=True))
        return told, rows_of(book, "Findings")

    def test_findings_are_told_though_they_were_explained(self):
        """Later checks pass over what was explained; an auditor judges the explanation."""
        self.seal()
        told, findings = self.tell_log()
        self.assertEqual((told["Chain of seals is whole"], findings), ("yes", []))
        self.assertIsNone(told["Checked on (UTC)"], "never")
        self.env.cr.execute(
            "UPDATE saas_billing_seal SET previous_hash = 'x' WHERE sequence ="
            " (SELECT MAX(sequence) FROM saas_billing_seal)"
        )
        self.env.invalidate_all()
        check = self.check_log()
        told, [finding] = self.tell_log()
        self.assertEqual((told["Chain of seals is whole"], finding["Explanation"]), ("NO", None))
        check.explanation = "Restored from a backup"
        told, [finding] = self.tell_log()
        self.assertIn("NO, but explained", told["Chain of seals is whole"])
        self.assertEqual(
            (finding["Finding"], finding["Explanation"], finding["Explained by"]),
            (check.finding, "Restored from a backup", self.env.user.name),
        )

    def test_a_row_that_is_not_as_sealed_comes_with_its_explanation(self):
        self.seal()
        self.env.cr.execute(
            "UPDATE saas_billing_event SET occurred_at = now() WHERE id = %s", [self.event.id]
        )
        self.env.invalidate_all()
        self.check_log().explanation = "Corrected by the database's keeper"
        self.pack.action_make()
        _archive, proof = self.get_proof()
        self.assertEqual(
            (proof["Row as Sealed"], proof["Explanation"]),
            ("NO", "Corrected by the database's keeper"),
        )

    def test_all_rows_are_downloaded(self):
        controller = self.create_user(
            "pack_controller", "saas_billing_connector.group_saas_auditor"
        )
        self.authenticate(controller.login, controller.login)
        answer = self.url_open(self.pack.action_open_population()["url"])
        self.assertEqual(answer.status_code, 200)
        [row] = csv.DictReader(io.StringIO(answer.text))
        self.assertEqual((row["amount"], row["number"]), ("101.92", "2026-01"))
        self.assertEqual(self.url_open("/saas/audit_pack/999999/population.csv").status_code, 404)
