from . import (
    account_chart_template,
    account_move,
    account_move_line,
    append_only,
    billing_event,
    billing_replay,
    opening_position,
    reconciliation_run,
    res_company,
    res_config_settings,
    revenue_amendment,
    revenue_amendment_month,
    revenue_amendment_policy,
    revenue_posting,
    revenue_proof,
    revenue_rule,
    revenue_run,
    revenue_run_blockers,
    revenue_run_cron,
    revenue_run_line,
    revenue_schedule,
    revenue_segment,
    saas_subscription,
    second_person,
)

# isort: split
from . import revenue_feed
