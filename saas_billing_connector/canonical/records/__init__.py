"""One frozen dataclass per canonical type, in one module per family of types.

Ids are the provider's. A field that the provider left empty is `None` (or an empty tuple); amounts
are `Decimal` in major units of the record's `currency` and carry one sign everywhere: positive
where the customer owes or money comes in, negative where the customer is credited or money goes
out. A record that means it otherwise says so at the field.

Texts that the provider enumerates (a reason, a category) are carried as they come, so that a value
added tomorrow is read today. Where a value decides what is booked, the adapter refuses what it does
not know.

Handlers look records up by these names; `canonical/serialise.py` finds the class of a canonical
type such as `credit_note` here by its name.
"""

from .catalogue import Coupon, Price, PriceTier, Product, TaxRate
from .credits import CreditBalanceTransaction, CreditGrant
from .documents import (
    CreditNote,
    CreditNoteLine,
    CreditNoteRefund,
    Invoice,
    InvoiceItem,
    InvoiceLine,
    LineCredit,
    LineTax,
)
from .money import Charge, Dispute, Payment, Refund
from .parties import Address, CardExpiry, Customer, TaxId
from .settlement import BalanceTransaction, Fee, Payout, PayoutContents
from .subscriptions import (
    PhaseItem,
    SchedulePhase,
    Subscription,
    SubscriptionItem,
    SubscriptionSchedule,
)

__all__ = [
    "Address",
    "BalanceTransaction",
    "CardExpiry",
    "Charge",
    "Coupon",
    "CreditBalanceTransaction",
    "CreditGrant",
    "CreditNote",
    "CreditNoteLine",
    "CreditNoteRefund",
    "Customer",
    "Dispute",
    "Fee",
    "Invoice",
    "InvoiceItem",
    "InvoiceLine",
    "LineCredit",
    "LineTax",
    "Payment",
    "Payout",
    "PayoutContents",
    "PhaseItem",
    "Price",
    "PriceTier",
    "Product",
    "Refund",
    "SchedulePhase",
    "Subscription",
    "SubscriptionItem",
    "SubscriptionSchedule",
    "TaxId",
    "TaxRate",
]
