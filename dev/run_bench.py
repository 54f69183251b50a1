"""`make bench`: every row measures its floor beside it; exit status 1 where a goal is missed."""

import os

from dev import odoo_script, odoo_server, settings, setup, template
from dev.console import SetupError, main, say, step

BENCH_ADDONS = settings.ROOT / "tests" / "bench" / "addons"
DATABASE = "saas_bench"
PORT = settings.HTTP_PORT + 30
SECRET = "whsec_bench"
ENV = {"DEMO_WEBHOOK_SECRET": SECRET, "DEMO_READ_KEY": "rk_test_simulator"}


def _fresh_company():
    """A copy of the suite's template with the demo's company; the webhook's token."""
    template.copy(template.ensure_suite(), DATABASE)
    return odoo_script.call(DATABASE, "dev.demo_company:prepare", start=settings.DEMO_START)


def webhook():
    from tests.bench import webhook as bench  # noqa: PLC0415 - each row loads only what it needs

    token = _fresh_company()
    log = settings.LOCAL / "log" / "bench-install.log"
    paths = f"--addons-path={odoo_server.get_odoo.addons_path()},{BENCH_ADDONS}"
    if odoo_server.run_once(log, paths, "-i", "saas_bench", database=DATABASE):
        raise SetupError(f"installing the floor failed; see {log}.")
    # No cron workers: what is measured is the answer, and the drain would compete for the cores.
    server = odoo_server.OdooServer(
        DATABASE, PORT, workers=2, crons=0, env=ENV, options=(paths, "--log-level=warn")
    )
    with server:
        return bench.measure(PORT, SECRET, token)


def _inside_odoo(target):
    """A row measured in an Odoo process, which tells how far it is; its samples come as a dict."""
    from tests.bench import harness, progress  # noqa: PLC0415

    _fresh_company()
    told = settings.LOCAL / "log" / "bench-progress.log"
    with progress.followed(told, say):
        samples = odoo_script.call(DATABASE, target, env={**ENV, progress.VARIABLE: str(told)})
    return harness.Row(**samples)


def invoices():
    return _inside_odoo("tests.bench.invoices:measure")


def run_row():
    return _inside_odoo("tests.bench.run:measure")


ROWS = {"webhook": webhook, "invoices": invoices, "run": run_row}


def run():
    wanted = os.environ.get("BENCH") or ",".join(ROWS)
    unknown = set(wanted.split(",")) - set(ROWS)
    if unknown:
        raise SetupError(f"BENCH={wanted} is unknown; choose from {', '.join(ROWS)}.")
    setup.ensure()
    rows = []
    for name in wanted.split(","):
        with step(f"Measuring {name}"):
            rows.append(ROWS[name]())
        say(rows[-1].line())
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    main(run)
