"""Where machines look: health for load balancers, metrics for Prometheus."""

import hmac
import json

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..models.billing_monitor import FAILING

ROUTE = {"type": "http", "auth": "none", "methods": ["GET"], "save_session": False}
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class BillingMonitor(http.Controller):
    @http.route("/saas_billing/health", **ROUTE)
    def health(self):
        """200, or 503 where this node should get no webhooks; details only with the token."""
        health = _monitor()._get_health(detailed=_is_known())
        return request.make_response(
            json.dumps(health, indent=2),
            status=503 if health["status"] == FAILING else 200,
            headers=[("Content-Type", "application/json"), ("Cache-Control", "no-store")],
        )

    @http.route("/saas_billing/metrics", **ROUTE)
    def metrics(self):
        """Metrics of this database, for whoever shows the token."""
        if not _is_known():
            return request.make_response(
                "the token of saas_billing.monitor_token_ref is needed, as a bearer token\n",
                status=401,
                headers=[("Content-Type", "text/plain"), ("WWW-Authenticate", "Bearer")],
            )
        return request.make_response(
            _monitor()._render_metrics(),
            headers=[("Content-Type", PROMETHEUS), ("Cache-Control", "no-store")],
        )


def _monitor():
    request.update_env(user=SUPERUSER_ID)
    return request.env["saas.billing.monitor"]


def _is_known():
    """Whether the request carries the token; without one on the server nobody is known."""
    token = request.env["saas.billing.monitor"]._get_token()
    scheme, _space, given = request.httprequest.headers.get("Authorization", "").partition(" ")
    return (
        bool(token)
        and scheme.lower() == "bearer"
        and hmac.compare_digest(given.strip().encode(), token.encode())
    )
