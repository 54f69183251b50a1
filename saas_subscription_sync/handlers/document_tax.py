"""Taxes of documents: the biller's amounts, on the taxes that a person or the policy approved."""

from decimal import Decimal

from odoo import models
from odoo.addons.saas_billing_connector.canonical import MissingDependency, NeedsHuman
from odoo.tools import float_repr

from ..rules import taxation
from ..rules.amounts import rounded

#: Decimals that Odoo keeps of a tax's percentage.
PERCENTAGE_DECIMALS = 4


class SaasBillingDocumentTax(models.AbstractModel):
    _name = "saas.billing.document.tax"
    _description = "Billing Handler: Taxes of Documents"
    _inherit = "saas.billing.guards"

    # ── mappings ─────────────────────────────────────────────────────────────────────────────

    def _get_tax_mappings(self, batch, records):
        """Tax mappings that `records` name: by rate, and by rate and reason where not charged."""
        pairs = [(record, tax) for record in records for line in record.lines for tax in line.taxes]
        mappings = self._get_bound(
            batch, "tax_rate", {tax.rate_id for _record, tax in pairs}, "saas.tax.mapping"
        )
        keys = {
            taxation.mapping_key(tax.rate_id, reason)
            for record, tax in pairs
            if (reason := self._get_untaxed_reason(record, tax))
        }
        if keys:
            found = self.env["saas.tax.mapping"].with_context(active_test=False)
            domain = [("connection_id", "=", batch.connection.id), ("external_id", "in", [*keys])]
            mappings |= {mapping.external_id: mapping for mapping in found.search(domain)}
        return mappings

    def _get_untaxed_reason(self, record, line_tax):
        # Credit notes do not say that they are exempt; their taxes do.
        return taxation.untaxed_reason(line_tax, getattr(record, "tax_exempt", "none"))

    def _get_line_taxes(self, resolved, record, line):
        """Odoo tax → (amount, taxable amount) of a line, as billed.

        :raises Outcome: where a rate has not arrived or is not mapped
        """
        found = {}
        for each in line.taxes:
            tax = self._get_tax(resolved, record, each)
            if tax:
                amount, base = found.get(tax, (Decimal(0), Decimal(0)))
                taxable = each.taxable_amount or line.net_amount
                found[tax] = (amount + each.amount, max(base, taxable, key=abs))
        return found

    def _get_tax(self, resolved, record, line_tax):
        """The Odoo tax of one tax on a line; empty where there is none to report.

        :raises Outcome: where its rate has not arrived or is not mapped
        """
        rate_id, reason = line_tax.rate_id, self._get_untaxed_reason(record, line_tax)
        mapping = resolved.taxes.get(rate_id)
        if rate_id and not mapping:
            raise MissingDependency("tax_rate", rate_id)
        if reason:
            mapping = self._get_untaxed_mapping(resolved, record, rate_id, reason)
        approved = bool(mapping) and mapping.state == "approved"
        needless = line_tax.reason in taxation.OUTSIDE or not mapping
        if not approved and (line_tax.amount or not needless):
            self._raise_unmapped(record, mapping, rate_id)
        return mapping.tax_id if approved else self.env["account.tax"]

    def _raise_unmapped(self, record, mapping, rate_id):
        name = f"{mapping.name} ({rate_id})" if mapping else "a tax without a rate"
        raise NeedsHuman(
            "unmapped_tax",
            f"No Odoo tax is approved for {name}. Choose one under Tax Mappings.",
            key=mapping.external_id if mapping else "none",
            **self._get_stake(record),
        )

    def _get_untaxed_mapping(self, resolved, record, rate_id, reason):
        """The mapping of a rate that was not charged for a reason, made when first met with."""
        key = taxation.mapping_key(rate_id, reason)
        if key not in resolved.taxes:
            mappings = self.env["saas.tax.mapping"]
            rate = resolved.taxes.get(rate_id, mappings)
            values = mappings._prepare_untaxed(resolved.connection, rate, key, reason)
            partner = resolved.customers.get(record.customer_id, self.env["res.partner"])
            values |= mappings._find_untaxed(resolved.connection, rate, reason, partner)
            resolved.taxes[key] = mappings.create(values)
        return resolved.taxes[key]

    # ── amounts ──────────────────────────────────────────────────────────────────────────────

    def _prepare_tax_data(self, currency, net, taxes, price, quantity, sign):
        """Odoo's own way to fix tax amounts on a line: they are carried, not recomputed.

        Reverse-charge taxes are left to Odoo, because they add nothing to what was billed.
        """
        return {
            "currency_id": currency.id,
            "price_unit": float(price),
            "quantity": float(quantity),
            "discount": 0.0,
            "manual_total_excluded_currency": float(sign * net),
            "manual_tax_amounts": {
                str(tax.id): {}
                if tax.has_negative_factor
                else {
                    "base_amount_currency": float(sign * base),
                    "tax_amount_currency": float(sign * amount),
                }
                for tax, (amount, base) in taxes.items()
            },
        }

    def _check_tax_tolerance(self, resolved, record, prepared):
        """What each tax should be differs from what was billed by the tolerance at most.

        A rate says so on the taxable amount that was billed, line by line: what rounding a line
        explains is no difference, and one tax too high does not hide another too low.

        :param prepared: line values as built by `_prepare_line`
        :raises NeedsHuman: where it differs by more; nothing is booked then
        """
        decimals = resolved.currencies[record.currency].decimal_places
        billed = expected = beyond = Decimal(0)
        for values in prepared:
            for told, computed in self._compare_taxes(values, decimals):
                billed, expected = billed + told, expected + computed
                beyond += taxation.beyond_rounding(told, computed, decimals)
        if beyond > Decimal(str(resolved.connection.tax_tolerance)):
            said = rounded(expected, decimals)
            self._raise_mismatch(
                record, f"it was billed with {billed} of tax where its rates say {said}"
            )

    def _compare_taxes(self, values, decimals):
        """(billed, expected) of each tax of a prepared line whose amount is carried."""
        carried = (values.get("extra_tax_data") or {}).get("manual_tax_amounts") or {}
        quantity = Decimal(str(values["quantity"]))
        for tax_id, amounts in carried.items():
            tax = self.env["account.tax"].browse(int(tax_id))
            compute = taxation.EXPECTED.get(tax.amount_type)
            if amounts and compute:
                base = Decimal(float_repr(amounts["base_amount_currency"], decimals))
                rate = Decimal(float_repr(tax.amount, PERCENTAGE_DECIMALS))
                billed = Decimal(float_repr(amounts["tax_amount_currency"], decimals))
                yield billed, compute(base, rate, quantity)
