"""The connector's pure part as a package, without Odoo: what loads its models is passed over."""

import sys
from pathlib import Path
from types import ModuleType

NAME = "saas_billing_connector"

if NAME not in sys.modules:
    package = ModuleType(NAME)
    package.__path__ = [str(Path(__file__).parents[1] / NAME)]
    sys.modules[NAME] = package
