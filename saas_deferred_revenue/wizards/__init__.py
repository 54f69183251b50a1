from . import (
    revenue_close_change,
    revenue_close_compare,
    revenue_close_compare_line,
    revenue_close_reopen,
    revenue_rule_return,
    revenue_run_undo,
    revenue_waterfall_day,
    revenue_write_off_undo,
)
