from . import settlement_report, subscription_cohort
