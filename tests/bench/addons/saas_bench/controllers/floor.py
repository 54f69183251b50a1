"""The floors of the webhook benchmarks."""

import hashlib
import hmac
import json
import os

from odoo import http
from odoo.http import request


class BenchFloor(http.Controller):
    @http.route(
        "/saas_bench/floor",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def floor(self):
        body = request.httprequest.get_data()
        header = request.httprequest.headers["Stripe-Signature"]
        stamp, _comma, signature = header.partition(",v1=")
        signed = stamp.removeprefix("t=").encode() + b"." + body
        secret = os.environ["DEMO_WEBHOOK_SECRET"].encode()
        if not hmac.compare_digest(hmac.new(secret, signed, hashlib.sha256).hexdigest(), signature):
            return request.make_response("bad", status=400)
        request.env.cr.execute(
            "INSERT INTO saas_bench_inbox (external_id, body) VALUES (%s, %s)"
            " ON CONFLICT DO NOTHING",
            (json.loads(body)["id"], body.decode()),
        )
        return request.make_response("ok")

    @http.route(
        "/saas_bench/trigger",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def trigger(self):
        request.env["saas.bench.start"].sudo()._ask()
        return request.make_response("ok")
