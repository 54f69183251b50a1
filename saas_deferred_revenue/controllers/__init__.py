from . import revenue_trace
