"""Credit that customers hold for usage, and what it was used for."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class CreditGrant:
    """Credit given to a customer.

    :ivar category: paid (a prepayment) or promotional (a discount in advance)
    :ivar amount: granted, positive
    """

    external_id: str
    customer_id: str
    category: str
    amount: Decimal
    currency: str
    name: str | None = None
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    voided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CreditBalanceTransaction:
    """One movement of a customer's credit.

    :ivar kind: credits_granted, credits_applied, credits_expired, credits_voided,
        credits_application_invoice_voided
    :ivar amount: here *positive* is credit gained by the customer, negative is credit used or lost
    :ivar invoice_id: and line: where it was applied
    """

    external_id: str
    grant_id: str
    kind: str
    amount: Decimal
    currency: str
    effective_at: datetime
    invoice_id: str | None = None
    invoice_line_id: str | None = None
