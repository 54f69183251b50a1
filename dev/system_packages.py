"""Debian packages that pip cannot bring: installed only where missing and only with root."""

import os
import shutil
from pathlib import Path

from dev.console import SetupError, run, step

#: command or file that must exist -> Debian package that brings it
SERVER_PACKAGES = {"initdb": "postgresql"}
BROWSER_PACKAGES = {"chromium": "chromium"}
VENV_PACKAGES = {"ensurepip": "python3-venv"}


def find_initdb():
    """Path of the newest installed PostgreSQL server's initdb, or None."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    if versions:
        return versions[-1]
    found = shutil.which("initdb")
    return Path(found).resolve() if found else None


def _is_missing(name):
    if name == "initdb":
        return find_initdb() is None
    if name == "ensurepip":
        try:
            import ensurepip  # noqa: F401, PLC0415 - absent where Debian left venv out
        except ImportError:
            return True
        return False
    return shutil.which(name) is None


def ensure(packages):
    """Install the Debian packages whose command is missing."""
    missing = [package for name, package in packages.items() if _is_missing(name)]
    if not missing:
        return
    if os.geteuid() or not shutil.which("apt-get"):
        raise SetupError(
            f"these system packages are missing: {', '.join(missing)}.\n"
            f"Install them (on Debian, as root: apt-get install {' '.join(missing)}) and try again."
        )
    hint = "Is the package mirror reachable? The system packages could not be installed."
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step(f"Installing system packages: {', '.join(missing)}"):
        run(["apt-get", "update", "-q"], hint=hint, env=quiet)
        run(
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing],
            hint=hint,
            env=quiet,
        )
