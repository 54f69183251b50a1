"""A small Stripe for tests and the demo: REST API, settable clock, signed webhooks, faults.

simulator = StripeSimulator(seed=1)
simulator.start(port=8420)
simulator.add_endpoint("http://127.0.0.1:8069/stripe/webhook", secret="whsec_demo")
story = Story(simulator)
story.set_up()
for month in story.months():
    story.play(month)
simulator.stop()
"""

from .client import SimulatorClient
from .settlement_story import SettlementStory
from .simulator import StripeSimulator
from .story import Story

__all__ = ["SettlementStory", "SimulatorClient", "Story", "StripeSimulator"]
