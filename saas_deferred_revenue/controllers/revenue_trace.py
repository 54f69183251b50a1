"""The story of a record as a file for auditors and programs."""

import json

from odoo import http
from odoo.http import request


class RevenueTrace(http.Controller):
    @http.route(
        "/saas/trace/<string:model>/<int:res_id>.json", type="http", auth="user", methods=["GET"]
    )
    def trace(self, model, res_id):
        """`saas.revenue.trace.get_story` with the contents of events, read as the user."""
        traces = request.env["saas.revenue.trace"]
        story = traces.get_story(model, res_id, with_content=True)
        return request.make_response(
            json.dumps(story, indent=2, ensure_ascii=False),
            headers=[
                ("Content-Type", "application/json; charset=utf-8"),
                ("Content-Disposition", http.content_disposition(f"trace-{model}-{res_id}.json")),
                ("Cache-Control", "no-store"),
            ],
        )
