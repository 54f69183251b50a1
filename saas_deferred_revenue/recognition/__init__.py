"""The recognition core: service calendar and closed form, in plain Python.

Nothing here imports Odoo, so the whole policy can be read and tested on its own.
`models/recognition_sql.py` is its twin for sets of rows; a test holds both equal.
"""

from . import additions, amendments, calendar, closed_form, credits, write_offs
