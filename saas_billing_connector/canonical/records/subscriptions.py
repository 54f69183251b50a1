"""Subscriptions, their items and their schedules."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from ..period import Period

#: Months in one interval of a price.
MONTHS = {
    "day": Decimal(12) / 365,
    "week": Decimal(84) / 365,
    "month": Decimal(1),
    "year": Decimal(12),
}


@dataclass(frozen=True, slots=True)
class SubscriptionItem:
    """One price of a subscription with its own current period.

    `unit_amount` is per unit (or per package of `package_size` units) and interval; None for
    metered and tiered prices, which count nothing towards MRR.
    """

    external_id: str
    price_id: str
    product_id: str
    currency: str
    quantity: Decimal
    unit_amount: Decimal | None
    interval: str
    interval_count: int
    metered: bool
    period: Period | None
    package_size: int = 1
    package_round_up: bool = True

    @property
    def mrr(self) -> Decimal:
        """Monthly recurring revenue in `currency`, unrounded; discounts are not taken off."""
        if self.unit_amount is None or self.metered:
            return Decimal(0)
        units = self.quantity
        if self.package_size != 1:
            rounding = ROUND_CEILING if self.package_round_up else ROUND_FLOOR
            units = (units / self.package_size).to_integral_value(rounding)
        return self.unit_amount * units / (MONTHS[self.interval] * self.interval_count)


@dataclass(frozen=True, slots=True)
class Subscription:
    """`status` is one of the canonical states of docs/01_architecture.md.

    There are two kinds of pause. `paused` is a state: no service, no invoices, for `pause_reason`.
    A pause of *collection* leaves the state alone: invoices are made and then treated as
    `pause_collection` says.

    :ivar cancel_at: when it will end if nothing changes
    :ivar cancelled_at: when that was asked for
    :ivar ended_at: when it really ended
    :ivar cancellation_reason: cancellation_requested, payment_failed, payment_disputed…
    :ivar created_at: later than `started_at` where it was backdated
    :ivar anchor_at: instant that fixes the day on which periods begin
    :ivar pause_reason: pause_requested, trial_end_without_payment_method…; None unless paused
    :ivar pause_collection: void, keep_as_draft or mark_uncollectible; None while collecting
    :ivar pause_resumes_at: when collection goes on by itself; None for until told
    :ivar collection_method: charge_automatically or send_invoice (then due `days_until_due` later)
    :ivar discount_ids: discounts running on it, each given from a coupon
    :ivar schedule_id: the schedule that will change it
    """

    external_id: str
    customer_id: str
    status: str
    currency: str
    started_at: datetime
    items: tuple[SubscriptionItem, ...]
    trial: Period | None = None
    cancel_at: datetime | None = None
    cancelled_at: datetime | None = None
    ended_at: datetime | None = None
    collection_method: str = "charge_automatically"
    latest_invoice_id: str | None = None
    created_at: datetime | None = None
    anchor_at: datetime | None = None
    days_until_due: int | None = None
    cancellation_reason: str | None = None
    pause_reason: str | None = None
    pause_collection: str | None = None
    pause_resumes_at: datetime | None = None
    discount_ids: tuple[str, ...] = ()
    schedule_id: str | None = None


@dataclass(frozen=True, slots=True)
class PhaseItem:
    """One price within a phase; `quantity` is None for metered prices."""

    price_id: str
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class SchedulePhase:
    """What a subscription will be made of over `period`, its trial ending at `trial_end`."""

    period: Period
    items: tuple[PhaseItem, ...]
    trial_end: datetime | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionSchedule:
    """Changes of a subscription that are agreed in advance.

    :ivar status: not_started, active, completed, released or canceled
    :ivar subscription_id: the one it drives, or drove before it was released
    :ivar end_behavior: release (the subscription goes on as it is) or cancel
    """

    external_id: str
    customer_id: str
    subscription_id: str | None
    status: str
    end_behavior: str | None
    phases: tuple[SchedulePhase, ...]
    ended_at: datetime | None = None
