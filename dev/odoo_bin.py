"""Odoo's command line as a file: its master starts the websocket worker by this path again."""

import odoo.cli

odoo.cli.main()
