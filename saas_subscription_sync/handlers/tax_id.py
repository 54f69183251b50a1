"""Tax ids of customers: checked, kept with the customer, and a reason to look again who it is."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import OutOfScope


class SaasBillingHandlerTaxId(models.AbstractModel):
    _name = "saas.billing.handler.tax_id"
    _description = "Billing Handler: Tax ID"
    _inherit = "saas.billing.handler.latest"

    _canonical_type = "tax_id"
    _record_model = "saas.customer.tax.id"

    def _process(self, batch):
        for change in batch:
            if not change.record.customer_id:
                change.reject(OutOfScope("Not the tax id of a customer."))
        customers = self._resolve(batch)["customers"]
        linked = self.env["saas.customer"].union(*customers.values()).filtered("partner_id")
        previous = linked._get_told()
        changes = list(batch)
        result = super()._process(batch)
        linked._match_again()
        self._follow_up(batch, changes, customers, previous)
        return result

    def _resolve(self, batch):
        """A tax id does not wait for its customer, so that the customer is matched by it."""
        ids = [change.record.customer_id for change in batch]
        return {"customers": self.env["saas.customer"]._find_or_create(batch.connection, ids)}

    def _prepare_values(self, batch, record, resolved):
        checked = self.env["saas.customer.tax.id"]._prepare_checked(record.kind, record.value)
        return {
            **checked,
            "verification": record.verification or False,
            "active": not record.deleted,
        }

    def _prepare_new(self, batch, record, resolved):
        return {
            "connection_id": batch.connection.id,
            "external_id": record.external_id,
            "customer_id": resolved["customers"][record.customer_id].id,
        }

    def _create_fresh(self, batch, changes, resolved):
        """What a snapshot of the customer has listed before is not kept twice."""
        customers = resolved["customers"]
        untold = self.env[self._record_model]._find_untold(
            self.env["saas.customer"].union(*customers.values())
        )
        adopted = []
        for change in changes:
            record = change.record
            key = customers[record.customer_id], record.kind, record.value
            if tax_id := untold.pop(key, None):
                values = self._prepare_values(batch, record, resolved)
                tax_id.write({**values, "external_id": record.external_id})
                adopted.append((change, record.external_id, tax_id))
        self._bind(batch, "tax_id", adopted)
        self._trace([(change, tax_id, "updated") for change, _key, tax_id in adopted])
        known = {change for change, _key, _tax_id in adopted}
        fresh = [each for each in changes if each not in known]
        return super()._create_fresh(batch, fresh, resolved)

    def _follow_up(self, batch, changes, customers, previous):
        """Ask about customers that became doubtful; bring the contacts of the others up to date."""
        newest = {customers[change.record.customer_id]: change for change in changes}
        told = self.env["saas.customer"].union(*newest)
        unlinked = told.filtered(lambda each: not each.partner_id and each.state == "open")
        for customer in unlinked:
            # Its tax id may tell for certain who it is.
            customer._judge_again()
        sure = told.filtered(lambda each: each.partner_id and each.state == "linked")
        changed = sure._push(previous)
        self._trace([(newest[each], each.partner_id, "updated") for each in changed])
        for change in batch:
            customer = customers[change.record.customer_id]
            if customer.partner_id and customer.state == "open":
                change.reject(customer._get_question())
