"""Odoo 19 Community without a checkout: Debian's package, unpacked (not installed) under .local/.

Debian's unstable suite carries Odoo 19 with all its addons. Its Debian dependencies belong to that
suite, so nothing is installed: a private apt state, a download into the user's cache, `dpkg -x`.
The static files that Debian links to other packages are unpacked beside it, from the machine's
own suite.
"""

import os
import re
import shutil
import sys
from pathlib import Path

from dev import settings
from dev.console import SetupError, run, say, step

UNPACKED = settings.LOCAL / "odoo"
DOWNLOADS = settings.CACHE / "debian"
#: Packages that the relative links inside Debian's Odoo point to.
LINKED_PACKAGES = (
    "fonts-dejavu-core",
    "fonts-font-awesome",
    "fonts-glyphicons-halflings",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
#: A line of an apt source, old or new style, that names a Debian mirror.
SOURCE_LINE = re.compile(r"(?m)^(?:URIs:|deb\s+(?:\[[^]]*\]\s+)?)\s*(\S+/debian/?)(?:\s|$)")
#: Left out by Debian; browser tests fail on a console error without it.
EMPTY_FILES = ("mail/static/lib/selfie_segmentation/selfie_segmentation.js",)


def odoo_home():
    """Folder to put on PYTHONPATH: the one that contains the `odoo` package."""
    if settings.ODOO_HOME:
        return _existing_home(Path(settings.ODOO_HOME).expanduser().resolve())
    return UNPACKED / "usr" / "lib" / "python3" / "dist-packages"


def _existing_home(home):
    release = home / "odoo" / "release.py"
    if not release.is_file():
        raise SetupError(f"ODOO_HOME={home} holds no `odoo` package (looked for {release}).")
    if not re.search(r"version_info\s*=\s*\(19,\s*0", release.read_text(encoding="utf-8")):
        raise SetupError(f"ODOO_HOME={home} is not Odoo {settings.ODOO_SERIES}.")
    return home


def addons_path():
    """Comma-separated --addons-path: Odoo's own folders, this project, what a benchmark adds."""
    home = odoo_home()
    folders = [home / "odoo" / "addons", home / "addons", settings.ROOT]
    folders += [Path(settings.EXTRA_ADDONS)] if settings.EXTRA_ADDONS else []
    return ",".join(str(folder) for folder in folders if folder.is_dir())


def ensure():
    """Fetch and unpack Odoo unless it is there or ODOO_HOME names one."""
    home = odoo_home()
    if settings.ODOO_HOME or (UNPACKED / "complete").exists():
        return home
    if not shutil.which("dpkg") or not shutil.which("apt-get"):
        raise SetupError(
            "this machine has no apt and dpkg to fetch Odoo with.\n"
            "Set ODOO_HOME to an Odoo 19.0 Community checkout and try again."
        )
    with step("Fetching Odoo 19 Community"):
        archive = _download_odoo()
        linked = _download_linked()
    with step("Unpacking Odoo"):
        shutil.rmtree(UNPACKED, ignore_errors=True)
        UNPACKED.mkdir(parents=True)
        for package in [archive, *linked]:
            run(["dpkg", "-x", package, UNPACKED])
        for name in EMPTY_FILES:
            path = home / "odoo" / "addons" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        (UNPACKED / "complete").touch()
    return home


def _machine_mirror():
    """Address of the Debian mirror that the machine itself uses."""
    sources = [Path("/etc/apt/sources.list")]
    sources += sorted(Path("/etc/apt/sources.list.d").glob("*"))
    for source in sources:
        text = source.read_text(encoding="utf-8") if source.is_file() else ""
        if found := SOURCE_LINE.search(text):
            return found.group(1)
    raise SetupError(
        "no Debian mirror found in /etc/apt. Set ODOO_HOME to an Odoo 19.0 checkout and try again."
    )


def _private_apt():
    """Options of an apt that knows only Debian's unstable suite and keeps its state to itself."""
    state = settings.LOCAL / "apt"
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (state / "sources.list").write_text(
        f"deb [signed-by={keyring}] {_machine_mirror()} sid main\n", encoding="utf-8"
    )
    options = {
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::Lists": state / "lists",
        "Dir::Cache": state / "cache",
        "APT::Sandbox::User": "root",
    }
    return [part for key, value in options.items() for part in ("-o", f"{key}={value}")]


def _cached(package):
    return sorted(DOWNLOADS.glob(f"{package}_*.deb"), key=os.path.getmtime)


def _download_odoo():
    """Path of the cached Odoo package, downloaded when missing."""
    cached = _cached(settings.ODOO_PACKAGE)
    if cached:
        return cached[-1]
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    apt = _private_apt()
    offline = (
        "Is the machine online? Debian's package mirror must be reachable for the first set-up;\n"
        "or set ODOO_HOME to an Odoo 19.0 Community checkout."
    )
    run(["apt-get", *apt, "update", "-q"], hint=offline)
    vanished = (
        f"Debian's unstable suite no longer offers `{settings.ODOO_PACKAGE}` (it may have moved on "
        "to a newer Odoo).\nSet ODOO_HOME to an Odoo 19.0 Community checkout and try again."
    )
    run(["apt-get", *apt, "download", "-q", settings.ODOO_PACKAGE], cwd=DOWNLOADS, hint=vanished)
    return _cached(settings.ODOO_PACKAGE)[-1]


def _download_linked():
    """Paths of the packages that Odoo's static files link to; a missing one costs only a font."""
    paths = []
    for package in LINKED_PACKAGES:
        if not _cached(package):
            try:
                run(["apt-get", "download", "-q", package], cwd=DOWNLOADS)
            except SetupError as error:
                if not package.startswith("fonts-"):
                    raise SetupError(f"{error}\nRun `apt-get update` first?") from error
                say(f"   {package} is not available here: some icons or fonts may be missing")
                continue
        paths.append(_cached(package)[-1])
    return paths


if __name__ == "__main__":
    sys.stdout.write(f"{ensure()}\n")
