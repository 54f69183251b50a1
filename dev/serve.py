"""`make server`: serve the demo's database again, as the story left it."""

from dev import odoo_server, postgres, settings, setup
from dev.console import SetupError, main, say


def run():
    odoo_server.check_port(settings.HTTP_PORT, "ODOO_PORT", "Odoo")
    setup.ensure()
    if not postgres.exists(settings.DEMO_DB):
        raise SetupError(f"there is no database {settings.DEMO_DB} yet: run `make demo` first.")
    with odoo_server.OdooServer(settings.DEMO_DB, settings.HTTP_PORT, workers=0) as server:
        say(f"Serving {settings.DEMO_DB} at {server.url} (admin/admin); Ctrl-C ends it.")
        server.wait()
    return 0


if __name__ == "__main__":
    main(run)
