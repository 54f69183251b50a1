from . import test_invoice
from . import test_payment
from . import test_credit_note
