"""The file of an audit pack: a workbook, and what it is about, row by row of the sample."""

import hashlib
import json
import re
import tempfile
import zipfile

import xlsxwriter

from ..recognition.calendar import month_start, next_month

#: Width of columns, in characters.
WIDTH = 22
#: What the name of a sheet must not hold.
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


class AuditFile:
    """Writes one row of the sample after the other; only its own story is in memory."""

    def __init__(self, pack, file):
        self.pack = pack
        self.env = pack.env
        self.trace = self.env["saas.revenue.trace"]
        self.chapters = self.trace._get_chapters()
        self.names = pack._get_account_names()
        self.findings = self.env["saas.billing.seal.check"].search(
            [("state", "=", "failed")], order="id"
        )
        self.file = file
        self.lines = {}
        self.bodies = set()

    def save(self, sample, totals):
        """Write the zip.

        :param sample: dicts of the rows drawn
        :param totals: rows of `revenue_audit_population.totals`
        """
        with (
            tempfile.TemporaryFile() as workbook,
            zipfile.ZipFile(self.file, "w", zipfile.ZIP_DEFLATED) as self.zip,
        ):
            self._open_book(workbook)
            self._write_pack()
            self._write_totals(totals)
            self._write_findings()
            for number, row in enumerate(sample, start=1):
                self._write_row(number, row)
            self.book.close()
            workbook.seek(0)
            with self.zip.open("audit-pack.xlsx", "w") as target:
                while part := workbook.read(1 << 20):
                    target.write(part)

    # ------------------------------------------------------------------
    # Sheets
    # ------------------------------------------------------------------

    def _open_book(self, file):
        self.book = xlsxwriter.Workbook(
            file,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.bold = self.book.add_format({"bold": True})
        self.money = self.book.add_format({"num_format": "#,##0.00##"})
        self.sheets = {}
        self._add_sheet("pack", self.env._("Pack"), [])
        self._add_sheet(
            "totals",
            self.env._("Totals"),
            [
                self.env._("Month"),
                self.env._("Account"),
                self.env._("Rows"),
                self.env._("Amount"),
                self.env._("Other Side"),
                self.env._("Difference"),
            ],
        )
        self._add_sheet(
            "sample",
            self.env._("Sample"),
            [
                self.env._("No."),
                self.env._("ID"),
                self.env._("Date"),
                self.env._("Number"),
                self.env._("Label"),
                self.env._("Account"),
                self.env._("Amount"),
                self.env._("Events"),
                self.env._("Trace"),
            ],
        )
        self._add_sheet(
            "proof",
            self.env._("Hash Proof"),
            [
                self.env._("No."),
                self.env._("Event"),
                self.env._("Body"),
                self.env._("SHA-256 in the Log"),
                self.env._("SHA-256 of the Body"),
                self.env._("Body as Received"),
                self.env._("Seal"),
                self.env._("Sealed On"),
                self.env._("Digest of the Row"),
                self.env._("Hash of the Seal"),
                self.env._("Row as Sealed"),
                self.env._("Explanation"),
            ],
        )
        self._add_sheet(
            "findings",
            self.env._("Findings"),
            [
                self.env._("Found on (UTC)"),
                self.env._("Finding"),
                self.env._("Explanation"),
                self.env._("Explained by"),
                self.env._("Explained on (UTC)"),
            ],
        )
        common = [
            self.env._("No."),
            self.env._("When"),
            self.env._("Who"),
            self.env._("Title"),
            self.env._("Amount"),
            self.env._("Currency"),
        ]
        for name, chapter in self.chapters.items():
            fields = self.env[chapter.model]._fields
            facts = [fields[fact]._description_string(self.env) for fact in chapter.facts]
            self._add_sheet(name, chapter.label, [*common, *facts, self.env._("Record")])

    def _add_sheet(self, name, label, head):
        sheet = self.sheets[name] = self.book.add_worksheet(FORBIDDEN.sub(" ", label)[:31])
        sheet.set_column(0, max(len(head), 2), WIDTH)
        self.lines[name] = 0
        if head:
            self._add_line(name, head, self.bold)
            sheet.freeze_panes(1, 0)

    def _add_line(self, name, values, style=None):
        sheet, line = self.sheets[name], self.lines[name]
        for column, value in enumerate(values):
            if value is False:  # an empty field; what is a question is answered by `_answer`
                continue
            if isinstance(value, Money):
                sheet.write_number(line, column, float(value), self.money)
            elif isinstance(value, int):
                sheet.write_number(line, column, value)
            elif value:
                sheet.write_string(line, column, str(value), style)
        self.lines[name] += 1

    def _answer(self, is_so):
        return self.env._("yes") if is_so else self.env._("NO")

    # ------------------------------------------------------------------
    # What the pack is
    # ------------------------------------------------------------------

    def _write_pack(self):
        pack, _ = self.pack, self.env._
        kinds = dict(pack._fields["population"]._description_selection(self.env))
        check = self.env["saas.billing.seal.check"].search([("state", "!=", "running")], limit=1)
        states = dict(check._fields["state"]._description_selection(self.env))
        chain = {
            "whole": self._answer(True),
            "broken": self._answer(False),
            "explained": self.env._("NO, but explained: see the sheet “Findings”"),
        }
        for label, value in (
            (self.env._("Company"), pack.company_id.display_name),
            (self.env._("Currency"), pack.company_currency_id.name),
            (self.env._("From"), month_start(pack.date_from)),
            (self.env._("To, exclusive"), next_month(pack.date_to)),
            (self.env._("Drawn from"), kinds[pack.population]),
            (self.env._("Rows in all"), pack.population_count),
            (self.env._("Amount in all"), Money(pack.population_amount)),
            (self.env._("Other side"), Money(pack.control_amount)),
            (self.env._("Difference"), Money(pack.difference_amount)),
            (self.env._("Seed"), pack.seed),
            (self.env._("Rows drawn"), pack.sample_size),
            (
                self.env._("Order of the rows"),
                self.env._("MD5 of seed, colon and ID, as text; then ID"),
            ),
            (self.env._("Made by"), pack.made_by_id.display_name),
            (self.env._("Made on (UTC)"), pack.made_on),
            (
                self.env._("Chain of seals is whole"),
                chain[self.env["saas.billing.seal"]._get_chain_state()],
            ),
            (self.env._("Last check of the log"), states.get(check.state)),
            (self.env._("Checked on (UTC)"), check.finished_at),
            (self.env._("Checked through seal"), check.sequence),
            (self.env._("Hash of that seal"), check.head_hash),
        ):
            self._add_line("pack", [label, value])

    def _write_totals(self, totals):
        for month, account, count, amount, control in totals:
            values = [Money(amount), Money(control), Money(amount - control)]
            self._add_line("totals", [f"{month:%Y-%m}", self.names.get(account), count, *values])

    def _write_findings(self):
        """Every finding of a check of the log, explained or not: later checks name it no more."""
        for check in self.findings:
            self._add_line(
                "findings",
                [
                    check.finished_at,
                    check.finding,
                    check.explanation,
                    check.explained_by_id.sudo().display_name,
                    check.explained_at,
                ],
            )

    # ------------------------------------------------------------------
    # One row of the sample
    # ------------------------------------------------------------------

    def _write_row(self, number, row):
        model = self.pack._get_population().model
        story = self.trace.get_story(model, row["id"], with_content=True)
        name = f"traces/{number:03}-{model}-{row['id']}.json"
        self.zip.writestr(name, json.dumps(story, indent=2, ensure_ascii=False))
        events = [step for step in story["steps"] if step["chapter"] == "event"]
        self._add_line(
            "sample",
            [
                number,
                row["id"],
                row["date"],
                row["number"],
                row["label"],
                self.names.get(row["account_id"]),
                Money(row["amount"]),
                len(events),
                name,
            ],
        )
        for step in story["steps"]:
            self._write_step(number, step)
        self._write_proofs(number, events)
        # The bodies of one row's events are all that is kept at a time.
        self.env["saas.billing.event"].invalidate_model(["body", "canonical"], flush=False)

    def _write_step(self, number, step):
        chapter = self.chapters[step["chapter"]]
        facts = {fact["name"]: fact["text"] for fact in step["facts"]}
        self._add_line(
            step["chapter"],
            [
                number,
                step["when"],
                step["who"],
                step["title"],
                Money(step["amount"]) if step["amount"] else "",
                step["currency"],
                *(facts.get(name, "") for name in chapter.facts),
                f"{step['model']},{step['res_id']}",
            ],
        )

    def _write_proofs(self, number, events):
        proofs = self.env["saas.billing.seal"]._prove("event", [step["res_id"] for step in events])
        found = self.findings.filtered(lambda check: check.found_kind == "event")
        explanations = {check.found_id: check.explanation for check in found}
        for step in events:
            facts = {fact["name"]: fact["value"] for fact in step["facts"]}
            told = facts.get("body_sha256")
            actual = step["body"] and hashlib.sha256(step["body"].encode()).hexdigest()
            proof = proofs.get(step["res_id"])
            sealed = ["", self.env._("not yet"), "", "", ""]
            if proof:
                sealed = [proof.sequence, proof.sealed_at, proof.digest, proof.hash]
                sealed.append(self._answer(proof.is_intact))
            self._add_line(
                "proof",
                [
                    number,
                    facts["external_id"],
                    self._write_body(step),
                    told,
                    actual or self.env._("removed by retention"),
                    self._answer(actual == told) if actual else "",
                    *sealed,
                    explanations.get(step["res_id"]),
                ],
            )

    def _write_body(self, step):
        """Write an event as it is kept, once; the name of its file."""
        if not step["body"]:
            return ""
        name = f"events/{step['res_id']}.json"
        if name not in self.bodies:
            self.bodies.add(name)
            self.zip.writestr(name, step["body"])
        return name


class Money(float):
    """An amount, to be told from a count; sheets of a workbook hold floats."""
