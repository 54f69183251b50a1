from . import revenue_run_undo
