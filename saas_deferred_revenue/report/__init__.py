from . import (
    revenue_movement,
    revenue_recognised,
    revenue_refundable,
    revenue_report,
    revenue_rollforward,
    revenue_schedule_month,
    revenue_waterfall,
    revenue_waterfall_month,
)
