# What others inherit from comes first.
from . import append_only, no_secret, second_person

# isort: split
from . import (
    billing_attempt,
    billing_connection,
    billing_connection_credentials,
    billing_connection_guard,
    billing_connection_health,
    billing_drain,
    billing_drain_claim,
    billing_drain_outcome,
    billing_drain_process,
    billing_drain_workers,
    billing_event,
    billing_fetch,
    billing_handler,
    billing_import,
    billing_import_line,
    billing_issue,
    billing_link,
    billing_metric,
    billing_permissions,
    billing_poll,
    billing_proposal,
    billing_reading,
    billing_retention,
    billing_seal,
    billing_seal_check,
    billing_trace,
    ir_cron,
    res_config_settings,
)
