"""Before any test adds folders to the import path: `tests` is the project's."""

import tests.connector  # noqa: F401  # the connector's pure part without Odoo
