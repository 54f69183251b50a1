"""Documents posted together get the numbers that Odoo gives them one by one."""

from contextlib import nullcontext, suppress
from unittest.mock import patch

from ..models.account_move_numbering import MEMO
from . import factory
from .common import SyncCase


class Undo(Exception):
    """Takes back what was done in a savepoint."""


class TestAccountMoveNumbering(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()

    def book(self):
        """Numbers after two batches with several days, years and kinds of documents."""
        for batch in range(2):
            instants = [factory.at(1), factory.at(2, 3), factory.at(1), factory.at(2, year=2027)]
            documents = [
                factory.invoice(
                    f"in_{batch}_{number}",
                    factory.line("10" if number % 3 else "-10", external_id=f"il_{batch}_{number}"),
                    accounting_at=instant,
                )
                for number, instant in enumerate(instants * 2)
            ]
            self.assertDone(*self.deliver(*documents))
            payments = [
                factory.payment(f"pi_{each.external_id}", "10", invoice_id=each.external_id)
                for each in documents
                if each.total > 0
            ]
            self.assertDone(*self.deliver(*payments))
        moves = self.env["account.move"].search([("company_id", "=", self.company.id)])
        return {
            move.saas_external_id or move.origin_payment_id.saas_external_id: move.name
            for move in moves
        }

    def test_numbers_are_those_that_odoo_gives(self):
        move = type(self.env["account.move"])
        expected = {}
        try:
            with (
                self.env.cr.savepoint(),
                patch.object(move, "_numbered_together", lambda _moves: nullcontext()),
            ):
                expected = self.book()
                raise Undo
        except Undo:
            self.env.invalidate_all()
        self.assertEqual(self.book(), expected)
        self.assertEqual(len(set(expected.values())), len(expected))
        self.assertEqual(len(expected), 2 * (8 + 5))

    def test_one_look_is_enough(self):
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": self.partner_a.id,
                    "invoice_date": "2026-01-01",
                    "invoice_line_ids": [(0, 0, {"name": "Plan", "price_unit": 10})],
                }
                for _number in range(10)
            ]
        )
        look = type(moves)._get_last_sequence
        with (
            patch.object(
                type(moves), "_get_last_sequence", autospec=True, side_effect=look
            ) as looked,
            moves._numbered_together(),
        ):
            moves._post()
        self.assertEqual(looked.call_count, 2, "this year's last number, and then an older format")
        self.assertEqual(sorted(moves.mapped("sequence_number")), list(range(1, 11)))

    def test_nothing_is_remembered_beyond_the_batch(self):
        moves = self.env["account.move"]
        for failure in (None, ZeroDivisionError):
            with suppress(ZeroDivisionError), moves._numbered_together():
                self.assertEqual(self.env.cr.precommit.data[MEMO], {})
                if failure:
                    raise failure
            self.assertNotIn(MEMO, self.env.cr.precommit.data)
