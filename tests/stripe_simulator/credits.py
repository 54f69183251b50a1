"""Credit grants: money that pays for usage only, before tax and before the customer's balance."""

from .discounts import discounted
from .resources.price import is_metered
from .world import World

GRANT, TRANSACTION = "billing.credit_grant", "billing.credit_balance_transaction"


def monetary(amount: int, currency: str) -> dict:
    """An amount as credit grants show it."""
    return {"monetary": {"currency": currency, "value": amount}, "type": "monetary"}


def record(world: World, grant: dict, side: str, amount: int, kind: str, **details: dict) -> dict:
    """A movement of a grant: a `credit` or a `debit`."""
    entry = {
        "amount": monetary(amount, grant["amount"]["monetary"]["currency"]),
        DETAILS[side]: None,
        "type": kind,
        **details,
    }
    transaction = {
        "id": world.ids.new("cbtxn"),
        "object": TRANSACTION,
        "created": world.now,
        "credit": entry if side == "credit" else None,
        "credit_grant": grant["id"],
        "debit": entry if side == "debit" else None,
        "effective_at": world.now,
        "livemode": False,
        "test_clock": None,
        "type": side,
    }
    world.create(transaction, f"{TRANSACTION}.created")
    world.store.link(TRANSACTION, "customer", grant["customer"], transaction["id"])
    return transaction


DETAILS = {"credit": "credits_application_invoice_voided", "debit": "credits_applied"}


def left(world: World, grant: dict) -> int:
    """What a grant still holds."""
    return sum(
        sign * entry[side]["amount"]["monetary"]["value"]
        for entry in world.store.where(TRANSACTION, "credit_grant", grant["id"])
        for side, sign in (("credit", 1), ("debit", -1))
        if entry[side]
    )


def usable(world: World, customer: str, currency: str, moment: int) -> list[dict]:
    """The grants of a customer that an invoice for a period until `moment` may use, in order."""
    grants = [
        grant
        for grant in world.store.where(GRANT, "customer", customer)
        if grant["amount"]["monetary"]["currency"] == currency
        and grant["effective_at"] <= moment
        and (grant["expires_at"] is None or moment <= grant["expires_at"])
        and not grant["voided_at"]
    ]
    return sorted(grants, key=_order)


def _order(grant: dict) -> tuple:
    """Priority, then what expires first, then promotional before paid, then the oldest."""
    expires = grant["expires_at"] or float("inf")
    return grant["priority"], expires, grant["category"] == "paid", grant["effective_at"]


def apply(world: World, invoice: dict, lines: list[dict]) -> None:
    """Let grants pay for the usage on an invoice that is being finalised."""
    metered = [line for line in lines if bills_usage(world, line)]
    grants = usable(world, invoice["customer"], invoice["currency"], invoice["period_end"])
    for grant in grants if metered else ():
        _spend(world, invoice, grant, metered)


def bills_usage(world: World, line: dict) -> bool:
    """Whether a line is for metered usage."""
    details = line["pricing"] and line["pricing"]["price_details"]
    return bool(details) and is_metered(world.get("price", details["price"]))


def _spend(world: World, invoice: dict, grant: dict, lines: list[dict]) -> None:
    available, shares = left(world, grant), []
    scope = {each["id"] for each in grant["applicability_config"]["scope"].get("prices", ())}
    for line in lines:
        if scope and line["pricing"]["price_details"]["price"] not in scope:
            continue
        amount = min(available, line["amount"] - discounted(line) - credited(line))
        if amount > 0:
            shares.append((line, amount))
            available -= amount
    if not shares:
        return
    spent = sum(amount for _line, amount in shares)
    applied = {"invoice": invoice["id"], "invoice_line_item": shares[0][0]["id"]}
    entry = record(world, grant, "debit", spent, "credits_applied", credits_applied=applied)
    for line, amount in shares:
        line["pretax_credit_amounts"].append(
            {
                "amount": amount,
                "credit_balance_transaction": entry["id"],
                "type": "credit_balance_transaction",
            }
        )


def credited(line: dict) -> int:
    """What grants pay of a line."""
    return sum(
        entry["amount"]
        for entry in line["pretax_credit_amounts"]
        if entry["type"] == "credit_balance_transaction"
    )


def totals(lines: list[dict]) -> list[dict]:
    """What grants pay of all lines, by their transactions."""
    amounts: dict[str, int] = {}
    for entry in (entry for line in lines for entry in line["pretax_credit_amounts"]):
        key = entry.get("credit_balance_transaction")
        if key:
            amounts[key] = amounts.get(key, 0) + entry["amount"]
    return [
        {"amount": amount, "credit_balance_transaction": key, "type": "credit_balance_transaction"}
        for key, amount in amounts.items()
    ]


def restore(world: World, invoice: dict) -> None:
    """Voiding an invoice gives the grants back what they paid."""
    for entry in totals(world.lines[invoice["id"]]):
        debit = world.get(TRANSACTION, entry["credit_balance_transaction"])
        line = debit["debit"]["credits_applied"]["invoice_line_item"]
        record(
            world,
            world.get(GRANT, debit["credit_grant"]),
            "credit",
            entry["amount"],
            "credits_application_invoice_voided",
            credits_application_invoice_voided={
                "invoice": invoice["id"],
                "invoice_line_item": line,
            },
        )
