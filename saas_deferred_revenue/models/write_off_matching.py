"""What the provider tells of an invoice after it was written off: it is owed again first."""

from odoo import models


class SaasBillingMatching(models.AbstractModel):
    _inherit = "saas.billing.matching"

    def _settle(self, invoices):
        self._take_back_write_offs(invoices)
        return super()._settle(invoices)

    def _take_back_write_offs(self, invoices):
        """Take back the write-offs of what payments or credit notes want to settle by now."""
        for write_off in self.env["saas.revenue.write.off"]._get_in_force(invoices):
            invoice = write_off.move_id
            notes = self._get_credit_notes(invoice)
            settling = notes.filtered(lambda note: not note.saas_after_payment)
            waiting = self._get_open_lines(self._get_payments(invoice).move_id | settling)
            if first := waiting.sorted(lambda line: (line.date, line.id))[:1]:
                write_off._take_back_because_of(first.move_id, first.date)


class SaasBillingHandlerReversal(models.AbstractModel):
    _inherit = "saas.billing.handler.reversal"

    def _reverse(self, batch, object_type, prepared):
        """A void takes back what was billed; nothing of it was given up then."""
        days = {move.id: values["date"] for _change, values, move in prepared}
        moves = self.env["account.move"].browse(days)
        for write_off in self.env["saas.revenue.write.off"]._get_in_force(moves):
            invoice = write_off.move_id
            write_off._take_back_because_of(invoice, days[invoice.id])
        return super()._reverse(batch, object_type, prepared)
