from . import (
    test_append_only,
    test_credit_notes,
    test_cron,
    test_currency,
    test_month_end,
    test_month_end_rules,
    test_proof,
    test_query_counts,
    test_recognition_sql,
    test_rules,
    test_schedules,
    test_security,
)
