"""What processing a change can end in, apart from success: one class per row of the outcome table.

`models/billing_drain_outcome.py` turns each class into an event state, in one place.
"""


class Outcome(Exception):
    """Processing of one change ended without effect.

    :param code: stable machine name, the first half of the issue key
    :param message: what happened and what to do, for a person
    """

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


class Transient(Outcome):
    """The other side could not answer now (network, 429, 5xx): back off and try again."""


class MissingDependency(Outcome):
    """The change refers to an object that has not arrived yet: wait, and wake when it is bound."""

    def __init__(self, object_type, external_id):
        super().__init__("dependency", f"Waiting for {object_type} {external_id}.")
        self.object_type = object_type
        self.external_id = external_id

    @property
    def key(self):
        """What the event waits on, as stored on it."""
        return f"{self.object_type}:{self.external_id}"


class NeedsHuman(Outcome):
    """A person must decide or configure something; changes with one cause share code and key.

    :param key: what tells one cause from another under the same code, such as a tax rate's id
    :param amount: money at stake (`Decimal`, major units), or None
    :param currency: ISO code of `amount`
    """

    def __init__(self, code, message, *, key="", amount=None, currency=None):
        super().__init__(code, message)
        self.key = key
        self.amount = amount
        self.currency = currency


class InvalidData(NeedsHuman):
    """The provider's object lacks or contradicts something that booking it needs."""

    def __init__(self, message, *, key=""):
        super().__init__("invalid_data", message, key=key)


class Superseded(Outcome):
    """A newer snapshot of the same object has been applied already."""

    def __init__(self, message="A newer snapshot of this object was applied already."):
        super().__init__("superseded", message)


class OutOfScope(Outcome):
    """Understood, and nothing is to be done (a draft invoice, a type without a handler)."""

    def __init__(self, message):
        super().__init__("ignored", message)
