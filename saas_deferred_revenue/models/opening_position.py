"""What was still deferred at the cut-over, line by line, joins the opening documents."""

from odoo import models

from ..recognition.closed_form import Segment, recognised_before
from .minor_units import from_minor, to_minor
from .revenue_rule import METHODS_AT_INVOICE


class SaasOpeningPosition(models.Model):
    """The old books are taken to have recognised each line by its rule up to the cut-over."""

    _inherit = "saas.opening.position"

    def _prepare_opening_lines(self):
        lines = super()._prepare_opening_lines()
        for fact, (rule, remainder, company_remainder) in self._get_remainders().items():
            if not fact.move_line_ids.filtered(lambda line: line.parent_state != "cancel"):
                lines[fact.position_id].append(
                    self._prepare_deferred_line(fact, rule, remainder, company_remainder)
                )
        return lines

    def _prepare_deferred_line(self, fact, rule, remainder, company_remainder):
        cutover = fact.position_id.connection_id.cutover_date
        return {
            "name": fact.description,
            "account_id": rule.deferred_account_id.id,
            "partner_id": fact.position_id.partner_id.commercial_partner_id.id,
            "currency_id": fact.currency_id.id,
            "amount_currency": -remainder,
            "balance": -company_remainder,
            "product_id": fact.product_id.id,
            "tax_ids": [],
            "saas_opening_fact_id": fact.id,
            "saas_line_id": fact.external_id,
            "saas_catalog_mapping_id": fact.catalog_mapping_id.id,
            "saas_subscription_id": fact.subscription_id.id,
            "saas_subscription_item_id": fact.subscription_item_id.id,
            "saas_proration": fact.proration,
            "saas_service_start": max(fact.service_start, cutover),
            "saas_service_end": fact.service_end,
        }

    def _get_remainders(self):
        """`{fact: (rule, amount, company amount)}` that was still to be earned at the cut-over.

        A line that was taken back whole before is left out with what took it back, unless one of
        them is booked already.
        """
        found = {}
        for position in self:
            lines = position.fact_ids.filtered(lambda fact: fact.kind != "paid")
            groups = lines.grouped(lambda fact: fact.origin_id or fact)
            for billed, own in groups.items():
                whole = position.currency_id.round(sum(own.mapped("amount")))
                if whole or own.move_line_ids:
                    found |= self._get_line_remainders(position, billed, own)
        return found

    def _get_line_remainders(self, position, billed, facts):
        """The same for one billed line and what took parts of it back."""
        cutover = position.connection_id.cutover_date
        start, end = billed.service_start, billed.service_end
        goes_on = start and end and start < end and end > cutover
        if not goes_on or (end - position.date).days <= 1:
            return {}
        rule = billed._get_revenue_rule().sudo()
        if not rule or rule.method in METHODS_AT_INVOICE:
            return {}
        remainders = {}
        for fact in facts:
            amounts = [
                self._get_remainder(amount, currency, rule.method, start, end, cutover)
                for amount, currency in (
                    (fact.amount, position.currency_id),
                    (fact.company_amount, position.company_currency_id),
                )
            ]
            if any(amounts):
                remainders[fact] = (rule, *amounts)
        return remainders

    def _get_remainder(self, amount, currency, method, start, end, cutover):
        """What of `amount` is earned from the cut-over on, by the closed form."""
        units = to_minor(amount, currency)
        earned = recognised_before(Segment(units, start, end, method), cutover)
        return from_minor(units - earned, currency)

    def _get_deferred_amounts(self):
        sums = {position.id: (0.0, 0.0) for position in self}
        for fact, (_rule, amount, company_amount) in self._get_remainders().items():
            total, company_total = sums[fact.position_id.id]
            sums[fact.position_id.id] = (total + amount, company_total + company_amount)
        return {
            position.id: {
                "deferred_amount": position.currency_id.round(sums[position.id][0]),
                "company_deferred_amount": position.company_currency_id.round(sums[position.id][1]),
            }
            for position in self
        }


class SaasOpeningFact(models.Model):
    _inherit = "saas.opening.fact"

    def _get_revenue_rule(self):
        """The rule of a billed line and of all that takes it back: decided when first booked."""
        billed = self.origin_id or self
        position = billed.position_id
        related = position.fact_ids.filtered(lambda fact: (fact.origin_id or fact) == billed)
        booked = related.move_line_ids.filtered(lambda line: line.parent_state == "posted")[:1]
        return booked.saas_revenue_rule_id or self.env["saas.revenue.rule"]._find_for_line(
            billed, billed.catalog_mapping_id, position.date, position.connection_id
        )
