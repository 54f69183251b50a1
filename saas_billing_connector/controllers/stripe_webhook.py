"""Where Stripe calls: verify, store, answer. Nothing else happens here."""

import logging
from functools import partial

from odoo import fields, http
from odoo.http import request

from ..models.billing_connection import WEBHOOK_PATH
from ..providers.stripe import Envelope, MalformedEvent, SignatureError, route_for, verify
from .after_answer import AfterAnswer

_logger = logging.getLogger(__name__)

#: Bytes; Stripe's largest events stay far below.
MAX_BODY = 4 * 1024 * 1024


class StripeWebhook(http.Controller):
    @http.route(
        f"{WEBHOOK_PATH}/<string:token>",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MAX_BODY,
    )
    def receive(self, token):
        """Answer 200 when the event is stored, now or earlier; see docs for the other answers."""
        connections = request.env["saas.billing.connection"]
        endpoint = connections._get_endpoint(token)
        if endpoint is None:
            return _answer(404, "unknown connection")
        if connections._is_stopped(endpoint):
            # Stripe keeps trying for days: long enough to bind a database that was moved.
            return _answer(503, "this database is a copy; the connection is stopped")
        references = endpoint.get_references(fields.Datetime.now())
        secrets = [secret for each in references if (secret := connections._resolve_secret(each))]
        header = request.httprequest.headers.get("Stripe-Signature")
        try:
            text = verify(request.httprequest.get_data(), header, secrets)
            envelope = Envelope.parse(text)
        except (SignatureError, MalformedEvent) as error:
            connection_id = endpoint.connection_id
            _logger.warning("Refused a webhook for connection %s: %s", connection_id, error)
            return _answer(400, str(error))
        if envelope.livemode != endpoint.livemode:
            return _answer(400, "wrong mode: test and live events are kept apart")
        if envelope.account not in (None, endpoint.account):
            return _answer(
                400,
                f"wrong account: this is an event of {envelope.account}, a connected account; have"
                " the endpoint listen to your own account, or connect that one by itself",
            )
        stored = request.env["saas.billing.event"]._store(endpoint.connection_id, envelope, text)
        answer = _answer(200, "stored" if stored else "duplicate")
        if stored:
            after = AfterAnswer.of(request.db)
            track = route_for(envelope.type, envelope.api_version).track
            answer.call_on_close(partial(after.note, track))
        return answer


def _answer(status, text):
    return request.make_response(text, status=status, headers=[("Content-Type", "text/plain")])
