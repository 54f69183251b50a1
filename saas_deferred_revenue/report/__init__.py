from . import revenue_schedule_month, revenue_waterfall
