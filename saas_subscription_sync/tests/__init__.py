from . import (
    test_batch,
    test_credit_note,
    test_digest,
    test_invoice,
    test_master_data,
    test_movements,
    test_payment,
    test_permutation,
    test_reconciliation,
    test_recordings,
    test_security,
    test_subscription,
)
