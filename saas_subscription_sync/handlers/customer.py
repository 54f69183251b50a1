"""Customers: mirrored, found among the contacts or made one, kept in step by who owns what."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import InvalidData, Superseded

from ..models.saas_customer import TAX_EXEMPTIONS

EXEMPTIONS = frozenset(name for name, _label in TAX_EXEMPTIONS)


class SaasBillingHandlerCustomer(models.AbstractModel):
    _name = "saas.billing.handler.customer"
    _description = "Billing Handler: Customer"
    _inherit = "saas.billing.handler"

    _newest_tells_all = True

    def _process(self, batch):
        links = self._get_links(batch, "customer", batch.by_object())
        newest = self._pick_newest(batch)
        customers = self.env["saas.customer"].union(*newest)
        previous = customers.filtered("partner_id")._get_told()
        self._mirror(newest)
        self._adopt(newest, links)
        self._match_again(newest, self._keep_tax_ids(newest))
        self._match(batch, newest, links)
        self._push(newest, previous)
        known = [each for each in newest.items() if each[0].external_id in links]
        self.env["saas.billing.link"]._touch(
            [(links[customer.external_id], change) for customer, change in known]
        )

    # ── mirror ───────────────────────────────────────────────────────────────────────────────

    def _pick_newest(self, batch):
        """{customer: newest change}, where it is not older than what the mirror holds."""
        for change in batch:
            if change.record.tax_exempt not in EXEMPTIONS:
                change.reject(
                    InvalidData(
                        f"Unknown tax status “{change.record.tax_exempt}” of customer "
                        f"{change.record.external_id}.",
                        key="customer.tax_exempt",
                    )
                )
        objects = batch.by_object()
        customers = self.env["saas.customer"]._find_or_create(batch.connection, objects)
        newest = {}
        for external_id, changes in objects.items():
            telling = [change for change in changes if not self._is_stub(change.record)]
            change = (telling or changes)[-1]
            batch.reject([each for each in changes if each is not change], Superseded())
            customer = customers[external_id]
            if any(each.record.deleted for each in changes):
                # Nothing comes back from there, whichever snapshot arrives last.
                customer.deleted = True
            if change.version < customer.version:
                change.reject(Superseded())
            else:
                newest[customer] = change
        return newest

    def _is_stub(self, record):
        """Whether nothing is told but that the customer is deleted, as when it is read too late."""
        return record.deleted and not (record.name or record.email)

    def _mirror(self, newest):
        codes = {change.record.currency for change in newest.values() if change.record.currency}
        currencies = self.env["res.currency"].with_context(active_test=False)
        currencies = currencies.search([("name", "in", list(codes))])
        currencies = {currency.name: currency.id for currency in currencies}
        for customer, change in newest.items():
            if self._is_stub(change.record):
                continue
            values = self._prepare_mirror(change.record, currencies)
            changed = self._get_changed(customer, values)
            customer.write({**changed, "version": change.version, "event_id": change.event.id})

    def _prepare_mirror(self, record, currencies):
        address = record.address
        return {
            "name": record.name or False,
            "email": record.email or False,
            "phone": record.phone or False,
            "street": address.street or False,
            "street2": address.street2 or False,
            "city": address.city or False,
            "zip": address.zip or False,
            "state_code": address.state or False,
            "country_code": address.country or False,
            "language": record.language or False,
            "currency_id": currencies.get(record.currency, False),
            "tax_exempt": record.tax_exempt,
            "delinquent": bool(record.delinquent),
        }

    def _keep_tax_ids(self, newest):
        """Keep the tax ids that snapshots list (events do not); customers with a new one."""
        listed = {
            customer: change.record.tax_ids
            for customer, change in newest.items()
            if change.record.tax_ids
        }
        return self.env["saas.customer.tax.id"]._keep_listed(listed)

    # ── contact ──────────────────────────────────────────────────────────────────────────────

    def _adopt(self, newest, links):
        """Customers that were bound before there was a mirror keep their contacts."""
        for customer in newest:
            link = links.get(customer.external_id)
            if link and not customer.partner_id:
                customer.write({"partner_id": link.res_id, "origin": "created", "state": "linked"})

    def _match(self, batch, newest, links):
        """Bind those that are not bound yet, or leave them to a person."""
        unbound = [each for each in newest if each.external_id not in links]
        customers = self.env["saas.customer"].union(*unbound)
        customers._match()
        bound, effects = [], []
        for customer in customers:
            change = newest[customer]
            if not customer.partner_id:
                change.reject(customer._get_question())
                continue
            bound.append((change, customer.external_id, customer.partner_id))
            effect = "created" if customer.origin == "created" else "updated"
            effects.append((change, customer.partner_id, effect))
        self._bind(batch, "customer", bound)
        self._trace(effects)

    def _match_again(self, newest, told):
        """Look again at linked customers of which a tax id was told, or about which was decided."""
        again = self.env["saas.customer"].union(*newest).filtered("partner_id")
        again = again.filtered(lambda each: each in told or each.state == "decided")
        again._match_again()
        for customer in again.filtered(lambda each: each.state == "open"):
            newest[customer].reject(customer._get_question())

    def _push(self, newest, previous):
        """Bring the contacts of linked customers up to date, unless the link is in question."""
        linked = self.env["saas.customer"].union(*newest)
        linked = linked.filtered(lambda each: each.partner_id and not newest[each].outcome)
        changed = linked._push(previous)
        self._trace([(newest[each], each.partner_id, "updated") for each in changed])
