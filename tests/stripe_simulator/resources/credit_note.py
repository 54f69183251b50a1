"""Credit notes: taking back part of a finalised invoice, before or after its payment."""

from .. import invoicing, taxes
from ..lines import SHOWN
from ..money import exact, half_up, share
from ..payments import fit, payments_of
from ..world import World
from . import customer_balance
from .common import list_object, merge_metadata, metadata, need, refuse
from .refund import refund_charge

CREATE = {
    "amount", "credit_amount", "effective_at", "invoice", "lines", "memo", "metadata",
    "out_of_band_amount", "reason", "refund_amount", "refunds",
}  # fmt: skip


def create(world: World, params: dict) -> dict:
    """POST /v1/credit_notes"""
    need(params, "invoice")
    invoice = world.refer("invoice", "invoice", params["invoice"])
    if invoice["status"] not in ("open", "paid", "uncollectible"):
        refuse(f"You can't credit an invoice that is {invoice['status']}.", param="invoice")
    lines = [_line(world, invoice, each) for each in params.get("lines") or ()]
    if not lines:
        need(params, "amount")
    note = _build(world, invoice, params, lines)
    _check_amount(world, invoice, note["total"])
    _split(world, invoice, note, params)
    world.lines[note["id"]] = lines
    world.create(note)
    _take_from_invoice(world, invoice, note)
    _give_back(world, invoice, note, params)
    world.emit("credit_note.created", note)
    if invoice["status"] != "paid" and invoice["amount_remaining"] == 0:
        invoicing.settle(world, invoice)
    return note


def _line(world: World, invoice: dict, params: dict) -> dict:
    if params.get("type") == "custom_line_item":
        return _custom_line(world, invoice, params)
    for line in world.lines[invoice["id"]]:
        if line["id"] == params.get("invoice_line_item"):
            return _line_of_invoice(world, line, params)
    refuse(f"No such invoice line item: '{params.get('invoice_line_item')}'", param="lines")
    return {}


def _line_of_invoice(world: World, line: dict, params: dict) -> dict:
    """A share of an invoice line, with the same share of its discounts and taxes."""
    quantity = params.get("quantity")
    amount = params.get("amount")
    if amount is None:
        amount = share(line["amount"], quantity or line["quantity"], line["quantity"])
    discount_amounts = [
        {**entry, "amount": share(entry["amount"], amount, line["amount"])}
        for entry in line["discount_amounts"]
    ]
    shared_taxes = [
        {
            **tax,
            "amount": share(tax["amount"], amount, line["amount"]),
            "taxable_amount": share(tax["taxable_amount"], amount, line["amount"]),
        }
        for tax in line["taxes"]
    ]
    rates = [world.get("tax_rate", rate) for rate in world.line_rates[line["id"]]]
    extra = {"invoice_line_item": line["id"]}
    description = params.get("description") or line["description"]
    return _line_object(
        world, amount, description, quantity, discount_amounts, rates, shared_taxes, extra
    )


def _custom_line(world: World, invoice: dict, params: dict) -> dict:
    quantity = params.get("quantity", 1)
    each = exact(params.get("unit_amount_decimal") or params.get("unit_amount", 0))
    amount = half_up(each * quantity)
    rates = [world.refer("lines", "tax_rate", rate) for rate in params.get("tax_rates") or ()]
    customer = world.get("customer", invoice["customer"])
    line_taxes = taxes.line_taxes(amount, rates, customer["tax_exempt"])
    extra = {"type": "custom_line_item", "unit_amount": half_up(each)}
    extra["unit_amount_decimal"] = str(params.get("unit_amount", extra["unit_amount"]))
    return _line_object(
        world, amount, params.get("description"), quantity, [], rates, line_taxes, extra
    )


def _line_object(
    world: World,
    amount: int,
    description: str | None,
    quantity: int | None,
    discount_amounts: list[dict],
    rates: list[dict],
    line_taxes: list[dict],
    extra: dict,
) -> dict:
    """A credit note line; `amount` is before discounts and exclusive tax."""
    return {
        "id": world.ids.new("cnli"),
        "object": "credit_note_line_item",
        "amount": amount,
        "description": description,
        "discount_amount": sum(entry["amount"] for entry in discount_amounts),
        "discount_amounts": discount_amounts,
        "livemode": False,
        "metadata": {},
        "pretax_credit_amounts": [{**entry, "type": "discount"} for entry in discount_amounts],
        "quantity": quantity,
        "tax_rates": rates,
        "taxes": line_taxes,
        "type": "invoice_line_item",
        "unit_amount": None,
        "unit_amount_decimal": None,
        **extra,
    }


def _number(world: World, invoice: dict) -> str:
    earlier = len(world.store.where("credit_note", "invoice", invoice["id"]))
    return f"{invoice['number']}-CN-{earlier + 1:02d}"


def _build(world: World, invoice: dict, params: dict, lines: list[dict]) -> dict:
    identifier = world.ids.new("cn")
    discount_amounts = _discounts(lines)
    return {
        "id": identifier,
        "object": "credit_note",
        "amount": 0,
        "amount_shipping": 0,
        "created": world.now,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "customer_balance_transaction": None,
        "discount_amount": sum(entry["amount"] for entry in discount_amounts),
        "discount_amounts": discount_amounts,
        "effective_at": params.get("effective_at") or world.now,
        "invoice": invoice["id"],
        "lines": list_object(lines, f"/v1/credit_notes/{identifier}/lines", shown=SHOWN),
        "livemode": False,
        "memo": params.get("memo"),
        "metadata": metadata(params),
        "number": _number(world, invoice),
        "out_of_band_amount": params.get("out_of_band_amount"),
        "pdf": f"https://pay.stripe.com/credit_notes/{identifier}/pdf",
        "post_payment_amount": 0,
        "pre_payment_amount": 0,
        "pretax_credit_amounts": [{**entry, "type": "discount"} for entry in discount_amounts],
        "reason": params.get("reason"),
        "refunds": [],
        "shipping_cost": None,
        "status": "issued",
        "type": "post_payment",
        "voided_at": None,
        **_sums(lines, discount_amounts, params),
    }


def _discounts(lines: list[dict]) -> list[dict]:
    amounts: dict[str, int] = {}
    for entry in (entry for line in lines for entry in line["discount_amounts"]):
        amounts[entry["discount"]] = amounts.get(entry["discount"], 0) + entry["amount"]
    return [{"amount": amounts[discount], "discount": discount} for discount in amounts]


def _sums(lines: list[dict], discount_amounts: list[dict], params: dict) -> dict:
    """Subtotal, total and taxes; a note without lines is for one amount that includes all tax."""
    total_taxes = taxes.total_taxes(lines)
    subtotal = sum(line["amount"] for line in lines) if lines else params["amount"]
    net = subtotal - sum(entry["amount"] for entry in discount_amounts)
    inclusive = taxes.amount_by_behavior(total_taxes, "inclusive")
    total = net + taxes.amount_by_behavior(total_taxes, "exclusive")
    return {
        "amount": total,
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - inclusive,
        "total": total,
        "total_excluding_tax": net - inclusive,
        "total_taxes": total_taxes,
    }


def _check_amount(world: World, invoice: dict, total: int) -> None:
    credited = sum(
        note["amount"]
        for note in world.store.where("credit_note", "invoice", invoice["id"])
        if note["status"] == "issued"
    )
    if not 0 < total <= invoice["total"] - credited:
        refuse("The credit note amount is more than what is left to credit.", param="amount")


def _split(world: World, invoice: dict, note: dict, params: dict) -> None:
    """What lowers the amount still due, and what has to be given back."""
    before = min(note["total"], invoice["amount_remaining"])
    after = note["total"] - before
    note.update(pre_payment_amount=before, post_payment_amount=after)
    note["type"] = "mixed" if before and after else "pre_payment" if before else "post_payment"
    refunds = sum(entry.get("amount_refunded", 0) for entry in params.get("refunds") or ())
    parts = ("refund_amount", "credit_amount", "out_of_band_amount")
    if refunds + sum(params.get(part) or 0 for part in parts) != after:
        refuse(
            "The sum of credit_amount, refund_amount and out_of_band_amount must equal the"
            f" post payment credit note amount ({after})."
        )


def _take_from_invoice(world: World, invoice: dict, note: dict) -> None:
    with world.updating(invoice, "invoice.updated"):
        invoice["pre_payment_credit_notes_amount"] += note["pre_payment_amount"]
        invoice["post_payment_credit_notes_amount"] += note["post_payment_amount"]
        invoice["amount_due"] -= note["pre_payment_amount"]
        invoice["amount_remaining"] -= note["pre_payment_amount"]
    fit(world, invoice)


def _give_back(world: World, invoice: dict, note: dict, params: dict) -> None:
    """Refund the card and credit the balance, as the request divides it."""
    for entry in params.get("refunds") or ():
        refund = world.refer("refunds", "refund", entry.get("refund"))
        note["refunds"].append(_refund_entry(refund, entry["amount_refunded"]))
    if params.get("refund_amount"):
        refund = _refund(world, invoice, params["refund_amount"])
        note["refunds"].append(_refund_entry(refund, refund["amount"]))
    transaction = customer_balance.change(
        world,
        world.get("customer", invoice["customer"]),
        -(params.get("credit_amount") or 0),
        kind="credit_note",
        currency=invoice["currency"],
        credit_note=note["id"],
    )
    if transaction:
        note["customer_balance_transaction"] = transaction["id"]


def _refund(world: World, invoice: dict, amount: int) -> dict:
    """Refund the first payment of the invoice that has so much left."""
    for payment in payments_of(world, invoice, "paid"):
        intent = world.store.find("payment_intent", payment["payment"].get("payment_intent"))
        charge = intent and world.get("charge", intent["latest_charge"])
        if charge and amount <= charge["amount_captured"] - charge["amount_refunded"]:
            return refund_charge(world, charge, amount, "requested_by_customer")
    refuse("The invoice has no payment that has so much left to refund.", param="refund_amount")
    return {}


def _refund_entry(refund: dict, amount: int) -> dict:
    return {
        "amount_refunded": amount,
        "payment_record_refund": None,
        "refund": refund["id"],
        "type": "refund",
    }


def update(world: World, params: dict, note_id: str) -> dict:
    """POST /v1/credit_notes/:id"""
    note = world.get("credit_note", note_id)
    with world.updating(note, "credit_note.updated"):
        merge_metadata(note, params)
        if "memo" in params:
            note["memo"] = params["memo"]
    return note


def void(world: World, params: dict, note_id: str) -> dict:
    """POST /v1/credit_notes/:id/void: only while its invoice is open."""
    note = world.get("credit_note", note_id)
    invoice = world.get("invoice", note["invoice"])
    if note["status"] == "void" or invoice["status"] != "open":
        refuse("You can only void a credit note of an open invoice.")
    note.update(status="void", voided_at=world.now)
    with world.updating(invoice, "invoice.updated"):
        invoice["pre_payment_credit_notes_amount"] -= note["pre_payment_amount"]
        invoice["amount_due"] += note["pre_payment_amount"]
        invoice["amount_remaining"] += note["pre_payment_amount"]
    world.emit("credit_note.voided", note)
    return note


ROUTES = [
    ("POST", "/v1/credit_notes", create, CREATE),
    ("POST", "/v1/credit_notes/:id", update, {"memo", "metadata"}),
    ("POST", "/v1/credit_notes/:id/void", void, set()),
]
