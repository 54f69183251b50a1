"""docs/operations/roles.md says what the access tables say; `python tests/unit/test_roles_page.py`
prints its table anew."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operations" / "roles.md"
ROLES = ("auditor", "operator", "admin", "accountant", "manager")


def table_of(addon):
    """The access table of an addon; it imports nothing, so Odoo is not needed."""
    return runpy.run_path(str(ROOT / addon / "tests" / "access_table.py"))


def rows():
    """One line of the page's table per model."""
    revenue = table_of("saas_deferred_revenue")
    rights = dict(revenue["MODELS"])
    for addon in ("saas_billing_connector", "saas_subscription_sync"):
        for model, three in table_of(addon)["MODELS"].items():
            both = revenue["ABOVE_AUDITOR"].get(model, three[0])
            rights[model] = (*three, both, both)
    return [
        f"| `{model}` | {' | '.join(each or '–' for each in rights[model])} |"
        for model in sorted(rights)
    ]


def test_the_page_shows_the_tables():
    shown = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "| `saas." in line]
    assert shown == rows()


if __name__ == "__main__":
    print("\n".join(rows()))
