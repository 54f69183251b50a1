"""What was read from an event, as a person reads it."""

import json

from odoo import api, fields, models


class SaasBillingEvent(models.Model):
    _inherit = "saas.billing.event"

    canonical_table = fields.Html(
        compute="_compute_canonical_table", sanitize=False, string="As Read"
    )

    @api.depends("canonical")
    def _compute_canonical_table(self):
        for event in self:
            event.canonical_table = event.canonical and self.env["ir.qweb"]._render(
                "saas_billing_connector.canonical_table",
                self._prepare_canonical_table(json.loads(event.canonical)),
            )

    @api.model
    def _prepare_canonical_table(self, kept):
        """Rows of (label, value, value before the change); lists of parts are tables of their own.

        What is empty is left out, unless it was something before; unchanged values have no before.
        """
        record, previous = kept["record"], kept["previous"] or {}
        rows, parts = [], []
        for name, value in record.items():
            label = name.replace("_", " ").capitalize()
            if _is_parts(value):
                columns = [key for key in value[0] if any(_text(part[key]) for part in value)]
                parts.append(
                    {
                        "label": label,
                        "columns": [key.replace("_", " ") for key in columns],
                        "rows": [[_text(part[key]) for key in columns] for part in value],
                    }
                )
                continue
            text, before = _text(value), _text(previous.get(name, value))
            if text or before:
                rows.append((label, text, (before or "–") if before != text else ""))
        return {
            "type": kept["type"].replace("_", " ").capitalize(),
            "rows": rows,
            "parts": parts,
            "changed": any(before for _label, _text, before in rows),
        }


def _is_parts(value):
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _text(value):
    """One cell: nested values in a line, nothing for what is empty."""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, dict):
        if value.keys() == {"start", "end"}:
            return f"{_text(value['start'])} – {_text(value['end'])}"
        return ", ".join(filter(None, map(_text, value.values())))
    if isinstance(value, list):
        return "; ".join(filter(None, map(_text, value)))
    text = "" if value is None else str(value)
    # An instant in UTC, as canonical records write it.
    return text.replace("T", " ").removesuffix("+00:00") if text.endswith("+00:00") else text
