"""Half a year in which money takes every way: the journals hold what the provider holds."""

from collections import defaultdict
from datetime import date

from freezegun import freeze_time

from ..rules.settlement import CLEARING
from .settled import START, SettlementStory, SimulatedSyncCase, StripeSimulator

RATES = {"EUR": 1.09, "GBP": 1.27}


class TestSettlementStory(SimulatedSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.played = StripeSimulator(START, retry_delays=())
        cls.played.start()
        cls.addClassCleanup(cls.played.stop)
        cls.story = SettlementStory(cls.played, START)
        cls.story.set_up()
        for month in cls.story.months():
            cls.story.play(month)
        for code, rate in RATES.items():
            currency = cls.env.ref(f"base.{code}")
            currency.active = True
            cls.env["res.currency.rate"].create(
                {
                    "currency_id": currency.id,
                    "company_id": cls.company.id,
                    "name": "2025-11-01",
                    "inverse_company_rate": rate,
                }
            )
        cls._create_vat("USt 19%", 19)

    def get_simulator(self):
        return self.played

    def figures(self):
        """Gross by category, fees and net in minor units, by month and currency, of the books."""
        figures = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
        for each in self.env["saas.settlement.transaction"].search([("line_id", "!=", False)]):
            figure = figures[f"{each.line_id.date:%Y-%m}"][each.currency_id.name.lower()]
            figure[each.category] += round(each.amount * 100)
            figure["fees"] += round(each.fee_amount * 100)
            figure["net"] += round(each.line_id.amount * 100)
        return {
            month: {currency: dict(figure) for currency, figure in figures[month].items()}
            for month in sorted(figures)
        }

    def test_the_story(self):
        self.receive()
        self.read_balance()
        self.assertEqual(self.figures(), self.story.settled())
        self._check_balances()
        self._check_payouts()
        self._check_matched()
        self._check_cash()

    def _check_balances(self):
        """The journals' accounts hold what Stripe holds, by currency."""
        held, _now = self.connection._get_provider_balance()
        checks = self.env["saas.reconciliation.run"].new({"date_to": date(2027, 1, 1)})
        booked = checks._get_journal_balances(self.connection)
        self.assertEqual(
            {code: float(amount) for code, amount in held.items()},
            {currency.name: amount for currency, amount in booked.items()},
        )

    def _check_payouts(self):
        payouts = self.env["saas.settlement"].search([])
        self.assertEqual(len(payouts), len(list(self.story._all("payouts"))))
        self.assertEqual(set(payouts.mapped("difference")), {0.0})
        self.assertEqual(
            {each.state for each in payouts if each.bank_state == "returned"}, {"failed"}
        )
        self.assertTrue(payouts.filtered(lambda each: not each.automatic))
        self.assertTrue(payouts.filtered(lambda each: each.amount < 0))

    def _check_matched(self):
        """Nothing is open that has its other side in the books."""
        left = self.env["saas.settlement.transaction"].search(
            [("state", "=", "open"), ("category", "in", sorted(CLEARING))]
        )
        keys = {*left.mapped("payment_intent_id"), *left.mapped("source_id")} - {False}
        found = self.env["account.payment"].search([("saas_external_id", "in", list(keys))])
        self.assertEqual(
            [(each.saas_external_id, each.amount) for each in found if not each.is_matched], []
        )
        matched = self.env["saas.settlement.transaction"].search(
            [("state", "=", "matched"), ("category", "=", "charge")]
        )
        self.assertGreater(len(matched), 30)

    def _check_cash(self):
        """R3 of every month and after."""
        company, start = self.company, date(2026, 1, 1)
        with freeze_time("2026-08-01"):
            run = self.env["saas.reconciliation.run"]._run_checks(company, start, date(2026, 8, 1))
        lines = run.line_ids.filtered(lambda line: line.check == "R3")
        balances = lines.filtered(lambda line: "balance on" in line.label)
        self.assertEqual(len(balances), 7 * 2)
        self.assertEqual(set(lines.mapped("difference")), {0.0})
        self.assertFalse(lines.filtered("difference_class"))
