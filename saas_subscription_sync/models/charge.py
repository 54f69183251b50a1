"""What the provider told of each attempt to take money: the facts that payments are noted with."""

from odoo import fields, models


class SaasCharge(models.Model):
    """One charge. A debit is pending for days, and may fail even after it had succeeded.

    Payments know their payment intent; the charge that carried it, and the movement of the
    provider's balance, arrive apart and in any order. So the charge is kept, and whichever comes
    second notes it on the payment.
    """

    _name = "saas.charge"
    _description = "Charge"
    _order = "charged_at desc, id desc"
    _rec_name = "external_id"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    external_id = fields.Char("Charge", required=True, readonly=True)
    payment_intent_id = fields.Char("Payment Intent", readonly=True, index="btree_not_null")
    status = fields.Selection(
        [("pending", "Pending"), ("succeeded", "Succeeded"), ("failed", "Failed")],
        required=True,
        readonly=True,
    )
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    charged_at = fields.Datetime("Charged", required=True, readonly=True)
    balance_transaction_id = fields.Char("Balance Transaction", readonly=True)
    succeeded = fields.Boolean(
        "Has Succeeded", readonly=True, help="At some time, whatever became of it."
    )
    failed_at = fields.Datetime("Failed", readonly=True, help="When it was first told as failed.")
    failure_code = fields.Char("Failure", readonly=True)
    failure_balance_transaction_id = fields.Char(
        "Balance Transaction of the Failure",
        readonly=True,
        help="The movement with which the provider took the money back.",
    )
    version = fields.Char(required=True, readonly=True)
    payment_id = fields.Many2one(
        "account.payment",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        help="The payment that the charge carried; none where it paid no invoice.",
    )

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "A charge is kept once."
    )

    def _find_by_source(self, connection, sources):
        """Charges by what payments name: the payment intent, else the charge itself."""
        sources = [source for source in set(sources) if source]
        if not sources:
            return {}
        charges = self.search(
            [
                ("connection_id", "=", connection.id),
                "|",
                ("payment_intent_id", "in", sources),
                ("external_id", "in", sources),
            ]
        )
        return charges.grouped(lambda charge: charge.payment_intent_id or charge.external_id)

    def _get_carrier(self, payment_day):
        """Of the charges of one payment intent the one that carried its payment, or none.

        The newest that ever succeeded; failing that, one that came back after the payment was
        there, since its success may not have been told.
        """
        taken = self.filtered("succeeded") or self.filtered(
            lambda charge: charge._has_come_back() and charge.failed_at.date() > payment_day
        )
        return taken.sorted("charged_at")[-1:]

    def _has_come_back(self):
        """Whether the provider took back money that it had counted."""
        return self.status == "failed" and bool(self.failure_balance_transaction_id)

    def action_open_payment(self):
        """The payment that the charge carried."""
        self.ensure_one()
        return self.payment_id._get_records_action(name=self.env._("Payment"))
