"""`make lint`: ruff over everything, pylint-odoo over the addons."""

import subprocess

from dev import environment, settings
from dev.console import main


def run():
    environment.ensure()
    # A model's concerns may each have a file of their own in one addon. Said here because the
    # configuration file can only enable all of Odoo's checks after disabling.
    files = "--disable=consider-merging-classes-inherited"
    commands = [
        [settings.PYTHON, "-m", "ruff", "check", "."],
        [settings.PYTHON, "-m", "pylint", "--rcfile=.pylintrc", files, *settings.ADDONS],
    ]
    results = [
        subprocess.run([str(part) for part in each], cwd=settings.ROOT, check=False).returncode
        for each in commands
    ]
    return max(results)


if __name__ == "__main__":
    main(run)
