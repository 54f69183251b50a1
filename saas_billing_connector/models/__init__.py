from . import (
    append_only,
    billing_attempt,
    billing_connection,
    billing_drain,
    billing_event,
    billing_handler,
    billing_issue,
    billing_link,
    billing_metric,
    billing_trace,
)
