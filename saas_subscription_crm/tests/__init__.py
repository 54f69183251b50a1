from . import test_access, test_activation, test_churn
