"""Before any test adds folders to the import path: `tests` is the project's."""

import sys
from pathlib import Path

import tests.connector  # noqa: F401  # the connector's pure part without Odoo

# The recognition core is imported by itself: the addon's own `__init__` needs Odoo.
sys.path.insert(0, str(Path(__file__).parents[2] / "saas_deferred_revenue"))
