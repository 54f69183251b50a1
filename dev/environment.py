"""The virtual environment: Odoo's requirements, ours, and what the tests need."""

import hashlib
import sys

from dev import settings, system_packages
from dev.console import SetupError, run, step

MINIMUM = (3, 11)
REQUIREMENTS = (
    settings.ROOT / "dev" / "requirements-odoo.txt",
    settings.ROOT / "requirements.txt",
    settings.ROOT / "requirements-dev.txt",
)


def ensure():
    """Create or refresh .local/venv; skipped while the requirement files are unchanged."""
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in REQUIREMENTS)).hexdigest()
    stamp = settings.VENV / "requirements.sha256"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    if sys.version_info < MINIMUM:
        raise SetupError(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    system_packages.ensure(system_packages.VENV_PACKAGES)
    with step("Installing Python packages into .local/venv"):
        if not settings.PYTHON.exists():
            run([sys.executable, "-m", "venv", settings.VENV])
        files = [part for path in REQUIREMENTS for part in ("-r", path)]
        run(
            [settings.PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-q", *files],
            hint="Is the machine online? Python's package index must be reachable once.",
        )
        stamp.write_text(wanted, encoding="utf-8")
