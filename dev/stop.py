"""`make stop`: end our Odoo, simulator and PostgreSQL; other clones' processes are left alone."""

import os
import signal
from pathlib import Path

from dev import postgres, settings
from dev.console import main, say


def _is_ours(process):
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    ours = str(settings.PYTHON).encode()
    return bool(words) and words[0] == ours and int(process.name) != os.getpid()


def run():
    for process in Path("/proc").glob("[0-9]*"):
        if _is_ours(process):
            say(f"Stopping process {process.name}")
            try:
                os.kill(int(process.name), signal.SIGTERM)
            except ProcessLookupError:
                continue
    postgres.stop()


if __name__ == "__main__":
    main(run)
