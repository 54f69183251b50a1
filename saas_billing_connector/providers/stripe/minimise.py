"""What a verified event tells and the inbox does not keep: means of payment and personal data.

Books need amounts, dates, ids and the customer's invoicing data. They never need the card or bank
account behind a payment, who holds it, or where a receipt went, so none of that is stored. The
tables go by name wherever it occurs, not by path: Stripe expands and nests objects freely, and what
is removed today must not come back with the next API version.
"""

#: Objects that are a means of payment or a person. Within another object only their id stays.
INSTRUMENTS = frozenset(
    {
        "account",
        "bank_account",
        "card",
        "confirmation_token",
        "mandate",
        "payment_method",
        "person",
        "setup_attempt",
        "source",
        "token",
    }
)
#: Families of objects that are that through and through.
INSTRUMENT_FAMILIES = ("financial_connections.", "identity.", "issuing.", "terminal.", "treasury.")
#: What stays of such an object when the event is about itself.
IDENTITY = frozenset({"id", "object", "type", "created", "customer", "livemode", "status"})

#: Fields removed wherever they occur.
REMOVED = frozenset(
    {
        # the card or account, and who holds it
        "account_holder_name",
        "account_number",
        "account_number_last4",
        "bank_transfer",
        "billing_details",
        "dynamic_last4",
        "exp_month",
        "exp_year",
        "fingerprint",
        "iban",
        "iban_last4",
        "iin",
        "last4",
        "payment_method_details",
        "routing_number",
        "sender_name",
        # where receipts and instructions go
        "instructions_email",
        "receipt_email",
        "receipt_url",
        # what lets a browser act on a payment
        "client_secret",
        "confirmation_secret",
        "next_action",
        # traces of a person
        "evidence",
        "ip_address",
        "ip_address_location",
        "user_agent",
    }
)
#: Fields removed from certain objects only; elsewhere the same names mean something else.
REMOVED_FROM = {
    "charge": frozenset({"fraud_details", "level3", "outcome", "radar_options", "shipping"}),
    "checkout.session": frozenset(
        {"collected_information", "custom_fields", "customer_details", "shipping_details", "url"}
    ),
    "customer": frozenset({"shipping"}),
    "payment_intent": frozenset({"shipping"}),
    "payment_record": frozenset({"customer_details", "shipping_details"}),
}
NOTHING = frozenset()


def minimise(body):
    """Take out of an event, in place, what is not kept.

    :param dict body: a parsed event
    :returns: whether anything was taken out
    """
    data = body["data"]
    obj, before = data["object"], data.get("previous_attributes")
    if _is_instrument(obj):
        removed = _only(obj, IDENTITY)
        return _only(before, IDENTITY) or removed
    removed = _strip(obj)
    # The old values of an object carry its type nowhere.
    return _strip(before, REMOVED_FROM.get(obj.get("object"), NOTHING)) or removed


def _only(obj, names):
    """Remove all fields but `names` from a dict (or from nothing)."""
    extra = [name for name in obj or () if name not in names]
    for name in extra:
        del obj[name]
    return bool(extra)


def _strip(value, also=NOTHING):
    """Remove from a JSON value, however deep, what the tables name; whether something was.

    Every webhook passes here: sets are compared in C, and nothing is copied.
    """
    removed = False
    kind = type(value)
    if kind is dict:
        own = REMOVED_FROM.get(value.get("object"), also)
        for names in (REMOVED, own) if own else (REMOVED,):
            if not names.isdisjoint(value):
                for name in [name for name in value if name in names and value[name]]:
                    del value[name]
                    removed = True
        parts = value.items()
    elif kind is list:
        parts = enumerate(value)
    else:
        return False
    for place, part in parts:
        kind = type(part)
        if kind is dict and "object" in part and _is_instrument(part):
            value[place] = part.get("id")
            removed = True
        elif kind is dict or kind is list:
            removed |= _strip(part)
    return removed


def _is_instrument(obj):
    kind = obj.get("object")
    return kind in INSTRUMENTS or (isinstance(kind, str) and kind.startswith(INSTRUMENT_FAMILIES))
