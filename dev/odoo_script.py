"""Python run inside Odoo: a function of a module with an environment, in one transaction.

    python -m dev.odoo_script DATABASE dev.demo_company:prepare '{"start": "2025-09-01"}'

The function is called with the environment and the JSON's keys; what it returns is printed as JSON
on the last line.
"""

import importlib
import json
import subprocess
import sys

from dev import odoo_server, settings
from dev.console import SetupError

MARK = "@@result "


def call(database, target, *, env=None, **arguments):
    """Run `target` ("module:function") in a process of its own; its result."""
    command = [settings.PYTHON, "-m", "dev.odoo_script", database, target, json.dumps(arguments)]
    done = subprocess.run(
        [str(part) for part in command],
        cwd=settings.ROOT,
        env=odoo_server.environment(**(env or {})),
        capture_output=True,
        text=True,
        check=False,
    )
    for line in reversed(done.stdout.splitlines()):
        if line.startswith(MARK):
            return json.loads(line.removeprefix(MARK))
    raise SetupError(f"{target} failed in {database}:\n{done.stderr[-3000:]}")


def main(database, target, arguments):
    from odoo import SUPERUSER_ID, api  # noqa: PLC0415 - only here is Odoo on the path
    from odoo.modules.registry import Registry  # noqa: PLC0415
    from odoo.tools import config  # noqa: PLC0415

    config.parse_config(odoo_server.command(database=database)[2:])
    module, _colon, function = target.partition(":")
    with Registry(database).cursor() as cr:
        result = getattr(importlib.import_module(module), function)(
            api.Environment(cr, SUPERUSER_ID, {}), **json.loads(arguments)
        )
    sys.stdout.write(f"\n{MARK}{json.dumps(result)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
