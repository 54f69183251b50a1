"""A versioned view: one list of columns that is the SQL, its comments, the JSON and the docs.

What a warehouse selects and what a webhook carries are the same columns. A view only ever gains
columns at its end; anything else is a new version beside it, and PostgreSQL itself refuses the rest
(`CREATE OR REPLACE VIEW`).
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

#: Kind of a column → its type in PostgreSQL.
KINDS = {
    "id": "integer",
    "integer": "integer",
    "text": "character varying",
    "flag": "boolean",
    "money": "numeric",
    "number": "numeric",
    "date": "date",
    "instant": "timestamp with time zone",
}


class Column(NamedTuple):
    """One column of the contract.

    :ivar sql: expression over the tables of its view
    """

    name: str
    kind: str
    sql: str
    comment: str


@dataclass(frozen=True)
class View:
    """A read-only view of the contract.

    :ivar tables: what follows FROM
    """

    name: str
    comment: str
    columns: tuple[Column, ...]
    tables: str

    def get_statements(self):
        """Statements that create or extend the view, with a comment on each column."""
        columns = ",\n".join(f"{_cast(each)} AS {each.name}" for each in self.columns)
        yield f"CREATE OR REPLACE VIEW {self.name} AS SELECT {columns} FROM {self.tables}"
        yield f"COMMENT ON VIEW {self.name} IS '{_quoted(self.comment)}'"
        for each in self.columns:
            yield f"COMMENT ON COLUMN {self.name}.{each.name} IS '{_quoted(each.comment)}'"

    def load(self, text):
        """A row, given as PostgreSQL's JSON, as a dict of the canonical JSON."""
        row = json.loads(text, parse_float=Decimal)
        return {each.name: _plain(each.kind, row[each.name]) for each in self.columns}

    def get_table(self):
        """Rows of the docs' table."""
        return [f"| `{each.name}` | {each.kind} | {each.comment} |" for each in self.columns]


def _cast(column):
    """Odoo keeps instants without a zone, as UTC, and numbers with zeros that say nothing."""
    if column.kind == "instant":
        return f"({column.sql}) AT TIME ZONE 'UTC'"
    if column.kind == "number":
        return f"trim_scale(({column.sql})::numeric)"
    return f"({column.sql})::{KINDS[column.kind]}"


def _quoted(text):
    return text.replace("'", "''")


def _plain(kind, value):
    if value is None:
        return None
    if kind in ("money", "number"):
        return str(value)
    if kind == "instant":
        return instant(datetime.fromisoformat(value))
    return value


def instant(moment):
    """An instant in UTC as the contract writes it."""
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def canonical(data):
    """The one text of a JSON value: sorted keys, no spaces, UTF-8."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
