"""Other people's addons that benchmarks measure against: wheels, fetched as data, never installed.

They are unpacked into a folder of their own under .local/, which only a benchmark has on its
addons path; the downloads stay in the user's cache.
"""

import shutil
import zipfile

from dev import settings
from dev.console import SetupError, run, step

#: addon -> (distribution, version) of it, and of each addon that it needs besides Odoo's own
WHEELS = {
    "contract": [("odoo-addon-contract", "19.0.1.2.1.2")],
    "subscription_oca": [("odoo-addon-subscription-oca", "19.0.1.1.4.2")],
    "account_asset_management": [
        ("odoo-addon-account-asset-management", "19.0.1.0.3.1"),
        ("odoo-addon-report-xlsx-helper", "19.0.1.0.0.2"),
        ("odoo-addon-report-xlsx", "19.0.1.0.2.2"),
    ],
}
DOWNLOADS = settings.CACHE / "wheels"
UNPACKED = settings.LOCAL / "bench-addons"
#: Where addons are inside a wheel.
INSIDE = "odoo/addons/"


def ensure(addon):
    """The folder that holds an addon and what it needs, to put on an addons path."""
    wheels = WHEELS[addon]
    folder = UNPACKED / "-".join(wheels[0])
    if not (folder / addon / "__manifest__.py").exists():
        with step(f"Fetching {addon}"):
            _unpack([_download(*wheel) for wheel in wheels], folder)
    return folder


def _download(name, version):
    """Path of the cached wheel, downloaded when missing."""
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    if not list(DOWNLOADS.glob(pattern)):
        DOWNLOADS.mkdir(parents=True, exist_ok=True)
        pip = [settings.PYTHON, "-m", "pip", "--disable-pip-version-check", "download", "-q"]
        run(
            [*pip, "--no-deps", "--only-binary=:all:", "-d", DOWNLOADS, f"{name}=={version}"],
            hint=f"The wheel of {name} {version} cannot be had, and without it there is nothing to "
            "measure against. Is Python's package index reachable, and does it still offer it?",
        )
    return next(DOWNLOADS.glob(pattern))


def _unpack(wheels, folder):
    draft = folder.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.startswith(INSIDE)]
            if not names:
                raise SetupError(f"{wheel} holds no addon.")
            archive.extractall(draft, names)
    shutil.rmtree(folder, ignore_errors=True)
    (draft / INSIDE).rename(folder)
    shutil.rmtree(draft)
