"""The provider-neutral vocabulary: what a billing platform says, free of its own words.

Handlers depend on this package alone. Money is `Decimal` in major units of `currency` (ISO 4217,
upper case), positive where the customer owes; instants are aware datetimes; periods are half-open.
"""

from .batch import Batch, Change
from .errors import (
    InvalidData,
    MissingDependency,
    NeedsHuman,
    Outcome,
    OutOfScope,
    Superseded,
    Transient,
)
from .period import Period
from .records import (
    Address,
    Charge,
    CreditNote,
    CreditNoteLine,
    Customer,
    Invoice,
    InvoiceLine,
    LineTax,
    Payment,
    Price,
    Product,
    Refund,
    Subscription,
    SubscriptionItem,
    TaxRate,
)

__all__ = [
    "Address",
    "Batch",
    "Change",
    "Charge",
    "CreditNote",
    "CreditNoteLine",
    "Customer",
    "InvalidData",
    "Invoice",
    "InvoiceLine",
    "LineTax",
    "MissingDependency",
    "NeedsHuman",
    "OutOfScope",
    "Outcome",
    "Payment",
    "Period",
    "Price",
    "Product",
    "Refund",
    "Subscription",
    "SubscriptionItem",
    "Superseded",
    "TaxRate",
    "Transient",
]
