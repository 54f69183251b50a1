"""Who may know whom: handlers know canonical records, and one module knows the providers."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONNECTOR = ROOT / "saas_billing_connector"
PROVIDERS = "saas_billing_connector.providers"
#: Folders without the ORM.
PURE = (
    "saas_billing_connector/canonical",
    "saas_billing_connector/providers",
    "saas_subscription_sync/feed",
    "saas_subscription_sync/rules",
    "saas_deferred_revenue/recognition",
)
#: The one place that names adapters.
TABLE = CONNECTOR / "models" / "billing_connection_adapter.py"


def modules(folder):
    """Python files below a folder of the project, tests left out."""
    return [path for path in (ROOT / folder).rglob("*.py") if "tests" not in path.parts]


def imported(path):
    """Full names of what a file imports: modules, and names out of modules."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join(filter(None, (*above, node.module)))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def importing(paths, *names):
    """{file: what it imports} of the files that import any of the names or what is inside them."""
    found = {}
    for path in paths:
        for name in imported(path):
            name = name.removeprefix("odoo.addons.")
            if any(f"{name}.".startswith(f"{each}.") for each in names):
                found.setdefault(str(path.relative_to(ROOT)), []).append(name)
    return found


def test_the_walk_sees_every_kind_of_import(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / "addon" / "handlers" / "invoice.py"
    path.parent.mkdir(parents=True)
    path.write_text("import a.b\nfrom c import d\nfrom . import e\nfrom ..rules.f import g\n")
    names = ["a.b", "c.d", "addon.handlers.e", "addon.rules.f.g"]
    assert list(imported(path)) == names
    assert importing([path], "addon.rules") == {"addon/handlers/invoice.py": names[3:]}


@pytest.mark.parametrize("addon", ["saas_subscription_sync", "saas_deferred_revenue"])
def test_handlers_and_rules_import_nothing_of_the_providers(addon):
    assert modules(addon)
    assert not importing(modules(addon), PROVIDERS)


def test_one_module_of_the_connector_names_adapters():
    outside = [path for path in modules("saas_billing_connector") if "providers" not in path.parts]
    assert list(importing(outside, f"{PROVIDERS}.stripe")) == [str(TABLE.relative_to(ROOT))]


def test_what_providers_share_imports_none_of_them():
    shared = sorted((CONNECTOR / "providers").glob("*.py"))
    assert shared
    assert not importing(shared, f"{PROVIDERS}.stripe")


@pytest.mark.parametrize("folder", PURE)
def test_the_core_imports_no_orm(folder):
    assert modules(folder)
    assert not [
        path for path in modules(folder) for name in imported(path) if name.startswith("odoo")
    ]


def test_a_second_adapter_takes_less_than_two_hundred_lines():
    text = (ROOT / "saas_deferred_revenue/tests/ledgerly.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 200
    assert "stripe" not in text.lower()
