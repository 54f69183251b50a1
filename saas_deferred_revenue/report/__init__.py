from . import revenue_schedule_month
