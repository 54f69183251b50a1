"""Where everything lives and which ports are used; every value can be set by a variable."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "saas-billing-suite"

VENV = LOCAL / "venv"
PYTHON = VENV / "bin" / "python"

ODOO_PACKAGE = "odoo-19"
ODOO_SERIES = "19.0"
#: An existing Odoo 19: a checkout (with odoo-bin) or a folder that holds the `odoo` package.
ODOO_HOME = os.environ.get("ODOO_HOME")

HTTP_PORT = int(os.environ.get("ODOO_PORT", "8069"))
SIMULATOR_PORT = int(os.environ.get("SIMULATOR_PORT", "8420"))
DEMO_DB = os.environ.get("DEMO_DB", "saas_demo")
DEMO_START = os.environ.get("DEMO_START", "2025-09-01")

#: A folder with addons that only one benchmark uses.
EXTRA_ADDONS = os.environ.get("EXTRA_ADDONS")

#: Addons that install themselves where those that they join are there.
BRIDGES = ("saas_subscription_crm", "saas_deferred_revenue_dashboard")
ADDONS = ("saas_billing_connector", "saas_subscription_sync", "saas_deferred_revenue", *BRIDGES)

#: Distinguishes several clones on one machine: sockets and clusters outside the clone carry it.
CLONE = hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]
