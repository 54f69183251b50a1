"""All set-up in order: packages, Odoo, virtual environment, PostgreSQL; repeating it is free."""

from dev import environment, get_odoo, postgres, system_packages
from dev.console import main


def ensure(browser=False):
    """Make the machine ready; `browser` adds Chromium for the browser tests."""
    if browser:
        system_packages.ensure(system_packages.BROWSER_PACKAGES)
    get_odoo.ensure()
    environment.ensure()
    postgres.ensure()


if __name__ == "__main__":
    main(ensure)
