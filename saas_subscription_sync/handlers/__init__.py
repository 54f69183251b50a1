# isort: skip_file
# A model comes after those it inherits from.
from . import guards
from . import latest
from . import customer
from . import tax_id
from . import product
from . import price
from . import tax_rate
from . import subscription
from . import subscription_items
from . import subscription_movements
from . import matching
from . import document
from . import reversal
from . import invoice
from . import credit_note
from . import money
from . import payment
from . import refund
from . import opening
from . import opening_matching
from . import opening_customer
from . import opening_invoice
from . import opening_credit_note
from . import opening_money
