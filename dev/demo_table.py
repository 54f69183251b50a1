"""The demo's table: one line per month, amounts in the company's currency."""

from dev.console import say

COLUMNS = (
    ("billed", "billed ex tax"),
    ("billed_incl_tax", "with tax"),
    ("collected", "collected"),
    ("deferred", "deferred at end"),
    ("recognised", "recognised"),
)


def print_table(rows):
    """Print rows of `demo_company.report`; whether every check of every month is zero."""
    checks = sorted(rows[0]["checks"])
    heads = ["month", *(head for _name, head in COLUMNS), *checks]
    lines = [
        [row["month"], *(_amount(row[name]) for name, _head in COLUMNS)]
        + [_mark(row["checks"][check]) for check in checks]
        for row in rows
    ]
    widths = [max(len(line[n]) for line in [heads, *lines]) for n in range(len(heads))]
    say("")
    for line in [heads, *lines]:
        cells = [cell.rjust(width) for cell, width in zip(line, widths, strict=True)]
        say("  ".join(cells))
    clean = all(float(amount) == 0 for row in rows for amount in row["checks"].values())
    say("\nEvery check is zero." if clean else "\nSome checks differ: see Reconciliation in Odoo.")
    return clean


def _amount(text):
    return f"{float(text):,.2f}"


def _mark(difference):
    return "0.00" if float(difference) == 0 else f"≠ {difference}"
