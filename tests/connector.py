"""The pure parts of addons as packages, without Odoo: what loads their models is passed over."""

import sys
from pathlib import Path
from types import ModuleType

NAMES = ("saas_billing_connector", "saas_subscription_sync")

for name in NAMES:
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(Path(__file__).parents[1] / name)]
        sys.modules[name] = package
