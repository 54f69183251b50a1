from . import revenue_close_reopen, revenue_run_undo
