from . import (
    test_billing_connection,
    test_billing_connection_credentials,
    test_billing_connection_guard,
    test_billing_connection_health,
    test_billing_drain,
    test_billing_event,
    test_billing_issue,
    test_billing_metric,
    test_billing_security,
    test_stripe_money,
    test_stripe_normalise,
    test_stripe_webhook,
)
