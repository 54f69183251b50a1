"""`make bench`: every row measures its floor beside it; exit status 1 where a goal is missed."""

import os
from contextlib import contextmanager

from dev import odoo_script, odoo_server, settings, setup, template, wheels
from dev.console import SetupError, main, say, step

BENCH_ADDONS = settings.ROOT / "tests" / "bench" / "addons"
DATABASE = "saas_bench"
#: Where another addon does its work, without ours.
OTHER_DATABASE = "saas_bench_other"
PORT = settings.HTTP_PORT + 30
SECRET = "whsec_bench"
ENV = {"DEMO_WEBHOOK_SECRET": SECRET, "DEMO_READ_KEY": "rk_test_simulator"}


def _fresh_company():
    """A copy of the suite's template with the demo's company; the webhook's token."""
    template.copy(template.ensure_suite(), DATABASE)
    return odoo_script.call(DATABASE, "dev.demo_company:prepare", start=settings.DEMO_START)


def _install(database, folder, *modules):
    """Install modules of a further addons folder; the option that names all folders."""
    log = settings.LOCAL / "log" / "bench-install.log"
    paths = f"--addons-path={odoo_server.get_odoo.addons_path()},{folder}"
    status = odoo_server.run_once(log, paths, "-i", ",".join(modules), database=database)
    if status or "invalid module names" in log.read_text(encoding="utf-8"):
        raise SetupError(f"installing {', '.join(modules)} failed; see {log}.")
    return paths


@contextmanager
def _serving(*, crons, modules=("saas_bench",)):
    """Two HTTP workers on a fresh company with the floors; (server, the webhook's token)."""
    token = _fresh_company()
    paths = _install(DATABASE, BENCH_ADDONS, *modules)
    options = (paths, "--log-level=warn")
    with odoo_server.OdooServer(
        DATABASE, PORT, workers=2, crons=crons, env=ENV, options=options
    ) as server:
        yield server, token


def webhook():
    from tests.bench import webhook as bench  # noqa: PLC0415 - each row loads only what it needs

    # No cron workers: what is measured is the answer, and the drain would compete for the cores.
    with _serving(crons=0) as (_server, token):
        return bench.measure(PORT, SECRET, token)


def payment():
    from tests.bench import payment as bench  # noqa: PLC0415

    with _serving(crons=0, modules=("saas_bench", bench.MODULE)) as (_server, token):
        odoo_script.call(DATABASE, "tests.bench.payment:prepare", env=ENV, secret=SECRET)
        row = bench.measure(PORT, SECRET, token)
    expected = bench.WARM_UP + bench.ROUNDS * bench.REQUESTS
    if odoo_script.call(DATABASE, "tests.bench.payment:check") != [expected, expected]:
        raise SetupError("not every delivery had its effect")
    return [row]


def start():
    from tests.bench import start as bench  # noqa: PLC0415

    with _serving(crons=2) as (_server, token):
        return [bench.measure(PORT, SECRET, token, DATABASE)]


def burst():
    from tests.bench import burst as bench  # noqa: PLC0415

    with _serving(crons=2) as (server, token):
        return bench.measure(PORT, SECRET, token, DATABASE, server)


def inbox():
    from tests.bench import inbox as bench  # noqa: PLC0415

    _fresh_company()
    return bench.measure(DATABASE)


def _inside_odoo(target, env=None, **arguments):
    """Rows measured in an Odoo process, which tells how far it is; their samples come as dicts."""
    from tests.bench import harness, progress  # noqa: PLC0415

    _fresh_company()
    told = settings.LOCAL / "log" / "bench-progress.log"
    env = {**ENV, **(env or {}), progress.VARIABLE: str(told)}
    with progress.followed(told, say):
        samples = odoo_script.call(DATABASE, target, env=env, **arguments)
    return [harness.Row(**each) for each in samples]


def invoices():
    return _inside_odoo("tests.bench.invoices:measure")


def _against(addon, module):
    """Our work and that of another addon, each in a database of its own."""
    folder = wheels.ensure(addon)
    template.copy(template.ensure_base(), OTHER_DATABASE)
    _install(OTHER_DATABASE, folder, addon)
    env = {"EXTRA_ADDONS": str(folder)}
    target = f"tests.bench.{module}:measure"
    return _inside_odoo(target, env, addon=addon, other=OTHER_DATABASE)


def contract():
    return _against("contract", "recurring")


def subscription_oca():
    return _against("subscription_oca", "recurring")


def account_asset_management():
    return _against("account_asset_management", "assets")


def schedules():
    return _inside_odoo("tests.bench.schedules:measure")


def run_row():
    return _inside_odoo("tests.bench.run:measure")


def entries():
    return _inside_odoo("tests.bench.entries:measure")


def rehearsal():
    return _inside_odoo("tests.bench.outlook:measure", row="rehearsal")


def waterfall():
    return _inside_odoo("tests.bench.outlook:measure", row="waterfall")


def pages():
    return _inside_odoo("tests.bench.pages:measure")


def export():
    return _inside_odoo("tests.bench.export:measure")


def growth():
    return _inside_odoo("tests.bench.growth:measure")


def reconciliation():
    return _inside_odoo("tests.bench.reconciliation:measure")


ROWS = {
    "webhook": webhook,
    "payment": payment,
    "start": start,
    "burst": burst,
    "inbox": inbox,
    "invoices": invoices,
    "contract": contract,
    "subscription_oca": subscription_oca,
    "reconciliation": reconciliation,
    "schedules": schedules,
    "run": run_row,
    "entries": entries,
    "account_asset_management": account_asset_management,
    "rehearsal": rehearsal,
    "waterfall": waterfall,
    "pages": pages,
    "export": export,
    "growth": growth,
}


def run():
    wanted = os.environ.get("BENCH") or ",".join(ROWS)
    unknown = set(wanted.split(",")) - set(ROWS)
    if unknown:
        raise SetupError(f"BENCH={wanted} is unknown; choose from {', '.join(ROWS)}.")
    setup.ensure()
    # Every row is measured, whatever becomes of the others.
    return 0 if all([_measure(name) for name in wanted.split(",")]) else 1


def _measure(name):
    """Measure and report a row; whether its goals were reached."""
    try:
        with step(f"Measuring {name}"):
            rows = ROWS[name]()
    except SetupError as error:
        say(f"bench {name}: FAILED\n{error}")
        return False
    for row in rows:
        say(row.line())
    return all(row.reached for row in rows)


if __name__ == "__main__":
    main(run)
