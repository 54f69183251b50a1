"""Where providers call: verify, store, answer. Nothing else happens here."""

import logging
import time
from functools import partial

from odoo import fields, http
from odoo.http import request

from ..models.billing_connection import WEBHOOK_PATH
from ..models.billing_metric import webhook_counts
from ..providers import MalformedEvent, SignatureError
from .after_answer import AfterAnswer

_logger = logging.getLogger(__name__)

#: Bytes; Stripe's largest events, for one, stay far below.
MAX_BODY = 4 * 1024 * 1024


class BillingWebhook(http.Controller):
    @http.route(
        f"{WEBHOOK_PATH}/<string:provider>/<string:token>",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MAX_BODY,
    )
    def receive(self, provider, token):
        """Answer 200 when the event is stored, now or earlier; see docs for the other answers."""
        started = time.perf_counter()
        endpoint = request.env["saas.billing.connection"]._get_endpoint(token)
        status, text, track = self._receive(provider, endpoint)
        headers = [("Content-Type", "text/plain")]
        answer = request.make_response(text, status=status, headers=headers)
        counts = webhook_counts(
            endpoint and endpoint.connection_id,
            text if status == 200 else str(status),
            time.perf_counter() - started,
        )
        answer.call_on_close(partial(AfterAnswer.of(request.db).note, track, counts))
        return answer

    def _receive(self, provider, endpoint):
        """(status, text, track of the drain to wake or None)."""
        connections = request.env["saas.billing.connection"]
        if endpoint is None or endpoint.provider != provider:
            return 404, "unknown connection", None
        if connections._is_stopped(endpoint):
            # Providers keep trying for days: long enough to bind a database that was moved.
            return 503, "this database is a copy; the connection is stopped", None
        references = endpoint.get_references(fields.Datetime.now())
        secrets = [secret for each in references if (secret := connections._resolve_secret(each))]
        adapter, received = connections._get_adapters()[provider], request.httprequest
        try:
            text = adapter.verify(received.get_data(), received.headers, secrets)
            envelope = adapter.parse(text)
        except (SignatureError, MalformedEvent) as error:
            connection_id = endpoint.connection_id
            _logger.warning("Refused a webhook for connection %s: %s", connection_id, error)
            return 400, str(error), None
        if envelope.livemode != endpoint.livemode:
            return 400, "wrong mode: test and live events are kept apart", None
        if envelope.account not in (None, endpoint.account):
            refusal = (
                f"wrong account: this is an event of {envelope.account}, a connected account; have"
                " the endpoint listen to your own account, or connect that one by itself"
            )
            return 400, refusal, None
        if request.env["saas.billing.event"]._store(endpoint.connection_id, envelope, text):
            return 200, "stored", envelope.track
        return 200, "duplicate", None
