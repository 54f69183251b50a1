"""The routing table: complete, explained, and as the documentation shows it."""

import re
from pathlib import Path
from typing import get_args

import stripe
from odoo.tests import BaseCase, tagged

from ..canonical.serialise import record_class
from ..models.billing_drain_process import TYPE_ORDER
from ..providers.stripe import Ignored, Route, route_for
from ..providers.stripe.normalise import NORMALISERS
from ..providers.stripe.routing import CANONICAL, OBJECTS, ROUTES, UNKNOWN, ByFamily

COVERAGE = Path(__file__).parents[2] / "docs/06_stripe_coverage.md"
ROW = re.compile(r"^\| `([a-z_.]+)` \| (.+) \|$", re.MULTILINE)
#: What Stripe sends about the objects that billing is made of.
BILLING = (
    "billing.credit",
    "charge.",
    "coupon.",
    "credit_note.",
    "customer.",
    "invoice",
    "payout.",
    "plan.",
    "price.",
    "product.",
    "promotion_code.",
    "refund.",
    "subscription_schedule.",
    "tax_rate.",
)


def shown(route):
    """A route as the documentation shows it."""
    if isinstance(route, ByFamily):
        return f"{shown(route.before)} before basil; later: {shown(route.after)}"
    if isinstance(route, Ignored):
        return route.reason
    return f"**{route.canonical_type}**"


@tagged("post_install", "-at_install")
class TestStripeRouting(BaseCase):
    def test_every_billing_type_that_stripe_knows_has_a_line(self):
        known = get_args(stripe.Event.__annotations__["type"])
        billing = {name for name in known if name.startswith(BILLING)}
        self.assertGreater(len(billing), 60)
        self.assertFalse(billing - ROUTES.keys())

    def test_every_canonical_type_is_normalised_kept_and_drained(self):
        self.assertEqual(set(CANONICAL), set(NORMALISERS))
        self.assertEqual(set(CANONICAL), set(TYPE_ORDER))
        for canonical_type in CANONICAL:
            self.assertTrue(record_class(canonical_type))

    def test_imported_objects_go_the_way_of_their_events(self):
        for canonical_type, route in CANONICAL.items():
            names = [name for name, each in OBJECTS.items() if each == canonical_type]
            self.assertEqual(route_for(f"{(names or [canonical_type])[0]}.imported"), route)
        self.assertEqual(route_for("teleporter.imported"), UNKNOWN)

    def test_a_charge_pays_before_basil_and_only_tells_of_its_payment_since(self):
        for version, canonical_type in (
            (None, "payment"),
            ("2020-08-27", "payment"),
            ("2025-02-24.acacia", "payment"),
            ("2025-03-31.basil", "charge"),
            ("2026-08-26.dahlia", "charge"),
        ):
            route = route_for("charge.succeeded", version)
            self.assertEqual(
                isinstance(route, Route) and route.canonical_type or None, canonical_type
            )

    def test_unknown_types_are_kept(self):
        self.assertIn("kept", route_for("invoice.teleported").reason)

    def test_documentation_shows_the_table(self):
        self.assertTrue(COVERAGE.exists(), f"{COVERAGE} is part of the project")
        documented = dict(ROW.findall(COVERAGE.read_text(encoding="utf-8")))
        self.assertEqual(documented, {name: shown(route) for name, route in ROUTES.items()})
