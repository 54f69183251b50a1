from . import test_revenue_dashboard
