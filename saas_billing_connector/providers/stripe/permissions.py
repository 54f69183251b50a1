"""What the read key must be allowed, found out by asking: one small list per resource.

Stripe has no call that tells a key's permissions. A key that may not read a resource is refused
with 403 whatever there is to read; one that may write is told that the object does not exist.
"""

from dataclasses import dataclass

#: An object that no account has.
NOWHERE = "saas_billing_permission_probe"
#: Keys that are not restricted at all.
SECRET_PREFIX = "sk_"


@dataclass(frozen=True, slots=True)
class Permission:
    """A resource as Stripe's key settings name it.

    :ivar path: a list whose first entry is asked for
    :ivar optional: the connection works without it
    """

    name: str
    path: str
    optional: bool = False

    @property
    def label(self):
        """As messages name it."""
        return f"{self.name} (read)"


PERMISSIONS = (
    Permission("Customers", "/v1/customers"),
    Permission("Products", "/v1/products"),
    Permission("Prices", "/v1/prices"),
    Permission("Coupons", "/v1/coupons"),
    Permission("Tax rates", "/v1/tax_rates"),
    Permission("Subscriptions", "/v1/subscriptions"),
    Permission("Invoices", "/v1/invoices"),
    Permission("Invoice payments", "/v1/invoice_payments"),
    Permission("Credit notes", "/v1/credit_notes"),
    Permission("Charges and refunds", "/v1/charges"),
    Permission("PaymentIntents", "/v1/payment_intents"),
    Permission("Disputes", "/v1/disputes"),
    Permission("Payouts", "/v1/payouts"),
    Permission("Balance transactions", "/v1/balance_transactions"),
    # Without it the books cannot be compared with what the account holds now.
    Permission("Balance", "/v1/balance", optional=True),
    Permission("Events", "/v1/events"),
    # Without it nobody can tell whether the key belongs to this account.
    Permission("Account", "/v1/account", optional=True),
)
#: What no read key needs: changing something that does not exist tells whether it could.
EXCESSES = (
    ("Customers (write)", f"/v1/customers/{NOWHERE}"),
    ("Subscriptions (write)", f"/v1/subscriptions/{NOWHERE}"),
    ("Invoices (write)", f"/v1/invoices/{NOWHERE}"),
    ("Charges and refunds (write)", f"/v1/refunds/{NOWHERE}"),
    ("Products (write)", f"/v1/products/{NOWHERE}"),
    ("Payouts (write)", f"/v1/payouts/{NOWHERE}"),
)


def missing_permissions(reader):
    """Labels of required permissions that the key lacks, then of optional ones."""
    lacking = [each for each in PERMISSIONS if not reader.may("get", each.path)]
    required = [each.label for each in lacking if not each.optional]
    return required, [each.label for each in lacking if each.optional]


def excess_permissions(reader, api_key):
    """What the key may do beyond reading; a secret key may do everything and is not asked."""
    if api_key.startswith(SECRET_PREFIX):
        return ["everything (a secret key)"]
    return [label for label, path in EXCESSES if reader.may("post", path)]
