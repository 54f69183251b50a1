from . import test_movements
from . import test_master_data
from . import test_subscription
from . import test_invoice
from . import test_payment
from . import test_credit_note
from . import test_reconciliation
from . import test_permutation
