"""The whole population of an audit pack, streamed."""

import tempfile

from odoo import http
from odoo.http import request
from werkzeug.wsgi import wrap_file


class RevenueAuditPack(http.Controller):
    @http.route(
        "/saas/audit_pack/<int:pack_id>/population.csv", type="http", auth="user", methods=["GET"]
    )
    def population(self, pack_id):
        """Every row as CSV. It goes by a file on disk, so that memory does not grow with it."""
        pack = request.env["saas.revenue.audit.pack"].browse(pack_id).exists()
        if not pack:
            raise request.not_found()
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response
        pack._write_population(file)
        file.seek(0)
        return http.Response(
            wrap_file(request.httprequest.environ, file),
            direct_passthrough=True,
            headers=[
                ("Content-Type", "text/csv; charset=utf-8"),
                (
                    "Content-Disposition",
                    http.content_disposition(f"population-{pack_id}.csv"),
                ),
                ("Cache-Control", "no-store"),
            ],
        )
