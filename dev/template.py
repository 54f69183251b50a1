"""Template databases: installing Odoo takes a minute, copying a database takes a second.

`saas_base` holds Odoo with everything the addons depend on; `saas_suite` the addons on top.
Each remembers what it was built from and is built anew when that changes.
"""

import fcntl
import hashlib
import shutil
from contextlib import contextmanager

from dev import get_odoo, odoo_server, postgres, settings
from dev.console import SetupError, step

BASE = "saas_base"
SUITE = "saas_suite"
BASE_MODULES = ("account", "contacts", "crm", "spreadsheet_dashboard")


@contextmanager
def _one_at_a_time():
    """Two commands started together would build the same template."""
    settings.LOCAL.mkdir(exist_ok=True)
    with (settings.LOCAL / "template.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _files(database):
    return settings.LOCAL / "filestore" / "filestore" / database


def drop(database):
    """Remove a database and its files."""
    postgres.drop(database)
    shutil.rmtree(_files(database), ignore_errors=True)


def copy(source, target):
    """Make `target` a fresh copy of `source` with its files, replacing it."""
    drop(target)
    postgres.copy(source, target)
    if _files(source).exists():
        shutil.copytree(_files(source), _files(target))


def _fingerprint(paths, modules=()):
    digest = hashlib.sha256(" ".join([str(get_odoo.odoo_home()), *modules]).encode())
    for path in paths:
        digest.update(str(path.relative_to(settings.ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _addon_files():
    return sorted(
        path
        for addon in settings.ADDONS
        for path in (settings.ROOT / addon).rglob("*")
        if path.suffix in {".py", ".xml", ".csv", ".sql"} and "tests" not in path.parts
    )


def _comment(database):
    return postgres.psql(
        "postgres",
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database"
        f" WHERE datname = '{database}'",
    )


def _build(name, source, modules, fingerprint):
    draft = f"{name}_draft"
    log = settings.LOCAL / "log" / f"{name}.log"
    with step(f"Building the template database {name} ({', '.join(modules)})"):
        if source:
            copy(source, draft)
        else:
            drop(draft)
        status = odoo_server.run_once(log, "-i", ",".join(modules), database=draft)
        problems = [
            line
            for line in log.read_text(encoding="utf-8").splitlines()
            if " ERROR " in line or " CRITICAL " in line
        ]
        if status or problems:
            raise SetupError("\n".join(problems[-5:]) + f"\nInstalling failed; see {log}.")
        drop(name)
        postgres.rename(draft, name)
        if _files(draft).exists():
            _files(draft).rename(_files(name))
        postgres.psql("postgres", f"COMMENT ON DATABASE {name} IS '{fingerprint}'")


def ensure_base():
    """Odoo with what the addons depend on; returns the database name."""
    fingerprint = _fingerprint([], BASE_MODULES)
    with _one_at_a_time():
        if not postgres.exists(BASE) or _comment(BASE) != fingerprint:
            _build(BASE, None, BASE_MODULES, fingerprint)
    return BASE


def ensure_suite():
    """The addons installed together; returns the database name."""
    ensure_base()
    fingerprint = _fingerprint(_addon_files())
    with _one_at_a_time():
        if not postgres.exists(SUITE) or _comment(SUITE) != fingerprint:
            _build(SUITE, BASE, settings.ADDONS, fingerprint)
    return SUITE
