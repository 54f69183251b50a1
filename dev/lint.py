"""`make lint`: ruff over everything, pylint-odoo over the addons."""

import subprocess

from dev import environment, settings
from dev.console import main


def run():
    environment.ensure()
    commands = [
        [settings.PYTHON, "-m", "ruff", "check", "."],
        [settings.PYTHON, "-m", "pylint", "--rcfile=.pylintrc", *settings.ADDONS],
    ]
    results = [
        subprocess.run([str(part) for part in each], cwd=settings.ROOT, check=False).returncode
        for each in commands
    ]
    return max(results)


if __name__ == "__main__":
    main(run)
