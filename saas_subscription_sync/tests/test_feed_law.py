"""The last message of each record is what the books know, whatever came in what order."""

import json

from ..feed import views
from . import test_permutation
from .feed_common import FeedCase

#: What a message is for, by topic.
KEPT = {
    "subscription": views.SUBSCRIPTION,
    "access": views.ACCESS,
    "mrr_movement": views.MRR_MOVEMENT,
    "invoice": views.INVOICE,
    "payment": views.PAYMENT,
}


class TestFeedLaw(FeedCase):
    _facts = test_permutation.TestPermutation._facts
    _money = test_permutation.TestPermutation._money
    _deliver_shuffled = test_permutation.TestPermutation._deliver_shuffled
    _settlement_facts = test_permutation.TestPermutation._settlement_facts
    _balances = test_permutation.TestPermutation._balances
    _credits = test_permutation.TestPermutation._credits
    _revisions = test_permutation.TestPermutation._revisions

    def _get_told(self):
        """The last message of each record, by topic and id."""
        told = {}
        for message in self.get_messages():
            content = json.loads(message.payload)
            told[content["topic"], content["data"]["id"]] = content["data"]
        return told

    def _get_books(self):
        """The rows of the views, with those that belong to them, by topic and id."""
        sources = self.env["saas.feed.message"]._get_sources()
        books = {}
        for source in sources.values():
            ids = self.env["saas.feed.view"]._read(source.view, "company_id", self.company.ids)
            content = self.env["saas.feed.message"]._read_content(
                source, [row["id"] for row in ids]
            )
            books |= {(source.topic, res_id): data for res_id, data in content.items()}
        return books

    def test_the_last_messages_are_the_books(self):
        self.subscribe("http://127.0.0.1/", topics=list(KEPT))
        facts = self._facts()
        for seed, size in ((1, 1), (2, 3), (3, len(facts) * 2)):
            with self.subTest(seed=seed, size=size), self.env.cr.savepoint() as savepoint:
                self._deliver_shuffled(facts, seed, size)
                self.env.cr.flush()
                told, books = self._get_told(), self._get_books()
                savepoint.rollback()
                self.assertEqual({topic for topic, _id in books}, set(KEPT))
                self.assertEqual(set(told), set(books))
                for key, data in books.items():
                    self.assertEqual(self._get_lasting(told[key]), self._get_lasting(data), key)

    def _get_lasting(self, data):
        """Without what is of the moment: a payment is told when it is booked, not when matched."""
        moment = {"written_at"} | ({"state", "credit_note_id"} if "invoice_id" in data else set())
        return {name: value for name, value in data.items() if name not in moment}
