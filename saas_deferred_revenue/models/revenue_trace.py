"""One story of any record: events, what was read, documents, revenue, entries, and who decided."""

from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import float_repr, format_amount, format_date, format_datetime

from .revenue_trace_walk import Walk


class Chapter(NamedTuple):
    """One kind of step; all names are of fields of the model, or of paths to them."""

    label: str
    model: str
    when: str
    who: str = ""
    title: str = "display_name"
    amount: str = ""
    currency: str = ""
    facts: tuple = ()


class RevenueTrace(models.AbstractModel):
    """Read as the user, never more: what a user may not see is not in the story.

    A story begins with any of the models of `_get_traced`. Amounts are as on the records: documents
    positive where the customer is billed, segments and postings positive where revenue is earned,
    journal items positive on the debit side.
    """

    _name = "saas.revenue.trace"
    _description = "Trace"

    @api.model
    def _get_chapters(self):
        """Kinds of steps in the order in which they are told."""
        return {
            "event": Chapter(
                self.env._("Events"),
                "saas.billing.event",
                "received_at",
                title="event_type",
                facts=(
                    "external_id",
                    "object_id",
                    "occurred_at",
                    "source",
                    "state",
                    "error_message",
                    "body_sha256",
                ),
            ),
            "reading": Chapter(
                self.env._("How They Were Read"),
                "saas.billing.attempt",
                "attempted_at",
                title="event_id.event_type",
                facts=("event_id", "outcome", "code", "message", "canonical_sha256"),
            ),
            "effect": Chapter(
                self.env._("Other Effects of the Events"),
                "saas.billing.trace",
                "create_date",
                title="res_name",
                facts=("effect", "event_id"),
            ),
            "document": Chapter(
                self.env._("Documents"),
                "account.move",
                "date",
                "create_uid",
                amount="amount_total_in_currency_signed",
                currency="currency_id",
                facts=(
                    "move_type",
                    "state",
                    "partner_id",
                    "saas_document_type",
                    "saas_external_id",
                    "saas_number",
                    "payment_state",
                    "reversed_entry_id",
                ),
            ),
            "payment": Chapter(
                self.env._("Payments"),
                "account.payment",
                "date",
                "create_uid",
                amount="amount_signed",
                currency="currency_id",
                facts=("saas_kind", "state", "partner_id", "saas_external_id", "saas_charge_id"),
            ),
            "rule": Chapter(
                self.env._("Rules"),
                "saas.revenue.rule",
                "decided_on",
                "decided_by_id",
                facts=(
                    "state",
                    "code",
                    "version",
                    "method",
                    "refund_policy",
                    "proposed_by_id",
                    "proposed_on",
                    "reason",
                ),
            ),
            "schedule": Chapter(
                self.env._("Schedules"),
                "saas.revenue.schedule",
                "create_date",
                amount="amount",
                currency="currency_id",
                facts=(
                    "partner_id",
                    "method",
                    "date_start",
                    "date_last_day",
                    "rule_id",
                    "deferred_account_id",
                    "revenue_account_id",
                ),
            ),
            "amendment": Chapter(
                self.env._("Amendments"),
                "saas.revenue.amendment",
                "decided_on",
                "decided_by_id",
                amount="moved_amount",
                currency="currency_id",
                facts=("state", "kind", "date", "proposed_by_id", "proposed_on", "reason"),
            ),
            "write_off": Chapter(
                self.env._("Write-offs"),
                "saas.revenue.write.off",
                "decided_on",
                "decided_by_id",
                amount="amount",
                currency="currency_id",
                facts=(
                    "state",
                    "date",
                    "proposed_by_id",
                    "proposed_on",
                    "reason",
                    "reversed_by_id",
                    "reversal_reason",
                ),
            ),
            "segment": Chapter(
                self.env._("Segments"),
                "saas.revenue.segment",
                "booking_date",
                title="schedule_id.display_name",
                amount="amount",
                currency="currency_id",
                facts=(
                    "kind",
                    "method",
                    "date_start",
                    "date_end",
                    "move_line_id",
                    "origin_segment_id",
                    "amendment_id",
                ),
            ),
            "run": Chapter(
                self.env._("Month-end Runs"),
                "saas.revenue.run",
                "posted_on",
                "posted_by_id",
                amount="company_amount",
                currency="company_currency_id",
                facts=("state", "posting_count", "reverses_id", "reversal_reason"),
            ),
            "posting": Chapter(
                self.env._("Postings"),
                "saas.revenue.posting",
                "date",
                "run_id.posted_by_id",
                title="schedule_id.display_name",
                amount="amount",
                currency="currency_id",
                facts=(
                    "period",
                    "period_amount",
                    "prior_amount",
                    "segment_id",
                    "run_id",
                    "move_line_id",
                ),
            ),
            "accrual": Chapter(
                self.env._("Accruals of What Is Unbilled"),
                "saas.revenue.accrual",
                "date",
                "run_id.posted_by_id",
                title="item_id.display_name",
                amount="amount",
                currency="currency_id",
                facts=("period", "run_id", "move_line_id", "reversal_date"),
            ),
            "entry": Chapter(
                self.env._("Journal Entries"),
                "account.move",
                "date",
                "create_uid",
                amount="amount_total",
                currency="currency_id",
                facts=("ref", "journal_id", "state", "saas_document_type"),
            ),
            "item": Chapter(
                self.env._("Journal Items"),
                "account.move.line",
                "date",
                "create_uid",
                amount="balance",
                currency="company_currency_id",
                facts=("account_id", "move_id", "debit", "credit", "partner_id"),
            ),
            "signature": Chapter(
                self.env._("Signatures of the Months"),
                "saas.revenue.close.signoff",
                "signed_on",
                "user_id",
                title="close_id.display_name",
                facts=(
                    "kind",
                    "reason",
                    "billed_amount",
                    "collected_amount",
                    "deferred_amount",
                    "recognised_amount",
                ),
            ),
        }

    @api.model
    def _get_traced(self):
        """Models that a story may begin with."""
        return (
            "saas.billing.event",
            "account.move",
            "account.move.line",
            "account.payment",
            "saas.revenue.schedule",
            "saas.revenue.segment",
            "saas.revenue.posting",
            "saas.revenue.run",
        )

    @api.model
    def get_story(self, model, res_id, with_content=False):
        """All that is connected with a record, as plain values.

        :param str model: one of `_get_traced`
        :param int res_id: id of the record
        :param bool with_content: with the bodies of events and what was read from them
        :returns: dict of `model`, `res_id`, `name`; `steps`, in order; `more`: per chapter with too
            many records how many there are and the domain of the list. A step has `chapter`,
            `label`, `model`, `res_id`, `title`, `when` (ISO, UTC), `who`, `amount` (a decimal as
            text), `currency`, `facts` and `is_start`.
        """
        record = self._get_start(model, res_id)
        walk = Walk(self.env, self._get_chapters())
        walk.start(record)
        steps = [
            step
            for name, chapter in walk.chapters.items()
            for step in self._prepare_chapter(name, chapter, walk.found[name], record, with_content)
        ]
        return {
            "model": model,
            "res_id": res_id,
            "name": record.display_name,
            "steps": steps,
            "more": [
                {
                    "chapter": name,
                    "label": walk.chapters[name].label,
                    "model": walk.chapters[name].model,
                    "shown": len(walk.found[name]),
                    "count": count,
                    "domain": domain,
                }
                for name, (count, domain) in walk.exceeding.items()
            ],
        }

    def _get_start(self, model, res_id):
        if model not in self._get_traced():
            raise UserError(
                self.env._("A trace begins with an event, a document or a record of revenue.")
            )
        record = self.env[model].browse(res_id).exists()
        if not record:
            raise UserError(self.env._("The record does not exist any more."))
        record.check_access("read")
        return record

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def _prepare_chapter(self, name, chapter, records, start, with_content):
        """Steps of one chapter, oldest first."""
        links = self._get_links(records)
        contents = self._get_contents(records) if with_content else {}
        steps = []
        for record in records.sorted(lambda each: (str(each[chapter.when] or ""), each.id)):
            model, res_id, title = links[record.id]
            steps.append(
                {
                    "chapter": name,
                    "label": chapter.label,
                    "model": model,
                    "res_id": res_id,
                    "title": title or self._read(record, chapter.title) or "",
                    **self._prepare_moment(record, chapter),
                    **self._prepare_amount(record, chapter),
                    "facts": list(self._prepare_facts(record, chapter)),
                    "is_start": record == start,
                    **contents.get(record.id, {}),
                }
            )
        return steps

    def _get_links(self, records):
        """`{id: (model, id, title)}` of what a step opens; no title: that of the chapter."""
        if records._name == "saas.billing.attempt":
            return {each.id: ("saas.billing.event", each.event_id.id, None) for each in records}
        if records._name == "saas.revenue.close.signoff":
            return {each.id: ("saas.revenue.close", each.close_id.id, None) for each in records}
        if records._name != "saas.billing.trace":
            return {each.id: (each._name, each.id, None) for each in records}
        names = {}
        for model, traces in records.grouped("res_model").items():
            if model not in self.env:
                names |= {(model, each.res_id): f"{model} #{each.res_id}" for each in traces}
                continue
            touched = self.env[model]
            label = self.env["ir.model"]._get(model).name
            known = touched.browse()
            if touched.has_access("read"):
                known = touched.search([("id", "in", traces.mapped("res_id"))])
            names |= {(model, each.id): f"{label}: {each.display_name}" for each in known}
            names |= {
                (model, res_id): f"{label} #{res_id}"
                for res_id in traces.mapped("res_id")
                if res_id not in known._ids
            }
        return {
            each.id: (each.res_model, each.res_id, names[each.res_model, each.res_id])
            for each in records
        }

    def _read(self, record, path):
        """The value at a path; names of people and records as superuser, who is in the books."""
        for name in path.split("."):
            record = record.sudo()[name]
        return record

    def _prepare_moment(self, record, chapter):
        when = record[chapter.when]
        who = self._read(record, chapter.who).display_name if chapter.who else ""
        return {
            "when": when.isoformat() if when else "",
            "when_text": self._format(record, chapter.when) if when else "",
            "who": who or "",
        }

    def _prepare_amount(self, record, chapter):
        if not chapter.amount:
            return {"amount": "", "amount_text": "", "currency": ""}
        amount, currency = record[chapter.amount], record.sudo()[chapter.currency]
        return {
            "amount": float_repr(amount, currency.decimal_places),
            "amount_text": format_amount(self.env, amount, currency),
            "currency": currency.name,
        }

    def _prepare_facts(self, record, chapter):
        """What else the record says; what is empty is left out."""
        for name in chapter.facts:
            if record[name]:
                yield {
                    "name": name,
                    "label": record._fields[name]._description_string(self.env),
                    "value": self._get_plain(record, name),
                    "text": self._format(record, name),
                }

    def _get_plain(self, record, name):
        """A field's value as JSON holds it: money as a decimal's text, records as id and name."""
        field, value = record._fields[name], record[name]
        if field.type == "many2one":
            return {"id": value.id, "name": value.sudo().display_name}
        if field.type == "monetary":
            currency = record.sudo()[field.get_currency_field(record)]
            return float_repr(value, currency.decimal_places)
        if field.type in ("date", "datetime"):
            return value.isoformat()
        return value

    def _format(self, record, name):
        """A field's value as a person reads it."""
        field, value = record._fields[name], record[name]
        if field.type == "many2one":
            return value.sudo().display_name if value._rec_name else f"#{value.id}"
        if field.type == "monetary":
            currency = record.sudo()[field.get_currency_field(record)]
            return format_amount(self.env, value, currency)
        if field.type == "date":
            return format_date(self.env, value)
        if field.type == "datetime":
            return format_datetime(self.env, value)
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        return str(value)

    def _get_contents(self, records):
        """`{id: {body, canonical}}`: what events said and what was read, for who may read them."""
        if records._name != "saas.billing.event":
            return {}
        records.fetch(["body", "canonical"])
        return {
            each.id: {"body": each.body or "", "canonical": each.canonical or ""}
            for each in records
        }
