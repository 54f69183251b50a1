"""`make test`: all set-up, then every test there is, from the pure ones to the live ones.

make test                                   everything
make test ADDON=saas_billing_connector      one addon's Odoo tests
make test ADDON=saas_deferred_revenue TEST=TestRevenueRun.test_rerun_posts_nothing
make test ADDON=unit TEST=recognition       one of the pytest folders (unit, simulator, live)
"""

import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from dev import odoo_server, postgres, settings, setup, template
from dev.console import SetupError, main, say

TEST_PORT = int(os.environ.get("TEST_PORT", "8069")) + 20
#: Runners at a time: each keeps a core busy.
LANES = 2
#: Addons that are tested one after the other in a database of their own, beside the next ones'.
#: Installing the first one of a row brings what it depends on.
ROWS = (
    ("saas_deferred_revenue", *settings.BRIDGES),
    ("saas_billing_connector", "saas_subscription_sync"),
)
#: pytest suites outside Odoo's runner; `live` needs the suite's template database.
SUITES = {
    "unit": "tests/unit",
    "simulator": "tests/simulator",
    "live": "tests/live",
}
#: Odoo skips these silently; a browser test that did not run is a failure.
SKIPPED_BROWSER = re.compile(r"skipped .*(?i:chrom|websocket-client)|Chrome executable not found")
#: A test's rows are never committed. Autovacuum, coming by, counts none, and the planner then takes
#: the tables for empty: a query over a few hundred rows may take minutes.
KEEP_STATISTICS = """DO $$ DECLARE name regclass; BEGIN
    FOR name IN SELECT oid FROM pg_class
                 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = false)', name);
    END LOOP; END $$"""
RESULT = re.compile(r"odoo\.tests\.result: (\d+) failed, (\d+) error\(s\) of (\d+) tests")


class Tally:
    """How many tests passed and failed over all runners."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self._lock = threading.Lock()

    def add(self, passed, failed, skipped=0):
        with self._lock:
            self.passed += passed
            self.failed += failed
            self.skipped += skipped


def run_pytest(tally, name, expression=""):
    """Run one pytest folder in its own process."""
    if name == "live":
        template.ensure_suite()
    folder = settings.ROOT / SUITES[name]
    command = [settings.PYTHON, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", folder]
    command += ["-k", expression] if expression else []
    started = time.monotonic()
    say(f"── {SUITES[name]} …")
    done = subprocess.run(
        [str(part) for part in command],
        cwd=settings.ROOT,
        env=odoo_server.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    counts = {
        word: int(count)
        for count, word in re.findall(r"(\d+) (passed|failed|errors?|skipped)", done.stdout[-400:])
    }
    failed = counts.get("failed", 0) + counts.get("error", 0) + counts.get("errors", 0)
    if done.returncode and not failed:
        failed = 1
    tally.add(counts.get("passed", 0), failed, counts.get("skipped", 0))
    shown = done.stdout if failed else "\n".join(done.stdout.splitlines()[-6:])
    say(f"{shown}\n   {SUITES[name]}: {time.monotonic() - started:.0f} s")


def run_odoo(tally, database, addon, *, install, test="", port=TEST_PORT):
    """Run one addon's tests in Odoo's own runner; errors in the log count as failures."""
    log = settings.LOCAL / "log" / f"test-{addon}.log"
    postgres.psql(database, KEEP_STATISTICS)
    tags = f"/{addon}"
    if test:
        name, _dot, method = test.partition(".")
        tags += f":{name}" + (f".{method}" if method else "")
    say(f"── {addon}: Odoo's tests …")
    started = time.monotonic()
    status = odoo_server.run_once(
        log,
        "-i" if install else "-u",
        addon,
        f"--test-tags={tags}",
        f"--http-port={port}",
        "--workers=0",
        database=database,
    )
    text = log.read_text(encoding="utf-8", errors="replace")
    total, bad, problems = _read_result(status, text)
    tally.add(max(0, total - bad), bad)
    shown = "\n".join([*problems[-40:], f"   full log: {log}\n"]) if bad else ""
    seconds = time.monotonic() - started
    say(f"{shown}   {addon}: {total} tests, {bad} failed, {seconds:.0f} s")


def _read_result(status, text):
    """How many tests ran, how many failed, and the lines that tell of it."""
    result = RESULT.findall(text)
    failed, errors, total = (int(number) for number in result[-1]) if result else (0, 0, 0)
    problems = [
        line for line in text.splitlines() if re.match(r"\S+ \S+ \d+ (ERROR|CRITICAL) ", line)
    ]
    if SKIPPED_BROWSER.search(text):
        problems.append("a browser test was skipped: Chromium or websocket-client is missing")
    if not total:
        problems.append("no test was run")
    bad = failed + errors
    if not bad and (problems or status):
        bad = max(1, len(problems))
    return total, bad, problems


def run_part(tally, addon, test):
    """One addon on a fresh copy of the template with the suite installed, or one pytest folder."""
    if addon in SUITES:
        run_pytest(tally, addon, test)
        return
    if addon not in settings.ADDONS:
        known = ", ".join((*settings.ADDONS, *SUITES))
        raise SetupError(f"ADDON={addon} is unknown; choose one of: {known}.")
    template.ensure_suite()
    template.copy(template.SUITE, "saas_test")
    run_odoo(tally, "saas_test", addon, install=False, test=test)


def run_row(tally, number):
    """A row of addons, each installed on top of those before it, with its tests."""
    database = f"saas_test_{number}"
    template.copy(template.ensure_base(), database)
    for addon in ROWS[number]:
        # A bridge is there by then, and its tests run with its update.
        install = addon not in settings.BRIDGES
        run_odoo(tally, database, addon, install=install, port=TEST_PORT + number)


def run_all(tally):
    """Pure tests, each addon's tests, the live tests: in this order, as soon as a lane is free."""
    work = [
        partial(run_pytest, tally, "unit"),
        partial(run_pytest, tally, "simulator"),
        *(partial(run_row, tally, number) for number in range(len(ROWS))),
        partial(run_pytest, tally, "live"),
    ]
    with ThreadPoolExecutor(LANES) as lanes:
        for done in [lanes.submit(each) for each in work]:
            done.result()


def run():
    setup.ensure(browser=True)
    addon, test = os.environ.get("ADDON", ""), os.environ.get("TEST", "")
    if test and not addon:
        raise SetupError("TEST needs ADDON, for example: make test ADDON=unit TEST=recognition")
    tally, started = Tally(), time.monotonic()
    if addon:
        run_part(tally, addon, test)
    else:
        run_all(tally)
    say(f"\nAll runners together, in {time.monotonic() - started:.0f} s:")
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    say(f"{tally.passed} passed, {tally.failed} failed{skipped}")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.path.insert(0, str(settings.ROOT))
    main(run)
