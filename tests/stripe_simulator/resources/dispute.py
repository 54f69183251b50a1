"""Disputes: shape and requests. What happens to them is in `disputes`."""

from .. import disputes
from ..world import World
from .common import merge_metadata, refuse

EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy",
    "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_communication",
    "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
    "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id",
    "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address",
    "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
    "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def build(world: World, charge: dict, amount: int, reason: str, *, inquiry: bool) -> dict:
    """A dispute that waits for an answer; an inquiry has moved no money yet."""
    details = charge["payment_method_details"].get("card", {})
    return {
        "id": world.ids.new("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": world.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": world.now + world.settings.dispute_response,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": details.get("brand", "visa"),
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": details.get("network", "visa"),
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def update(world: World, params: dict, dispute_id: str) -> dict:
    """POST /v1/disputes/:id: evidence, which goes to the bank unless `submit` is false."""
    dispute = world.get("dispute", dispute_id)
    evidence = params.get("evidence") or {}
    unknown = set(evidence) - set(EVIDENCE)
    if unknown:
        refuse(f"Received unknown parameter: evidence[{min(unknown)}]", code="parameter_unknown")
    with world.updating(dispute, "charge.dispute.updated"):
        merge_metadata(dispute, params)
        dispute["evidence"].update(evidence)
        if evidence:
            dispute["evidence_details"]["has_evidence"] = True
            if params.get("submit", True):
                disputes.submit(world, dispute)
    return dispute


def close(world: World, params: dict, dispute_id: str) -> dict:
    """POST /v1/disputes/:id/close: accept it."""
    dispute = world.get("dispute", dispute_id)
    disputes.accept(world, dispute)
    return dispute


ROUTES = [
    ("POST", "/v1/disputes/:id", update, {"evidence", "metadata", "submit"}),
    ("POST", "/v1/disputes/:id/close", close, set()),
]
