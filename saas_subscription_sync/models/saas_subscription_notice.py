"""Mails to customers: off until a template is chosen, once per cause, and news only."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman

from .saas_subscription_dunning import LATE

_logger = logging.getLogger(__name__)

KINDS = [
    ("failed", "Payment Failed"),
    ("card", "Card Expiring"),
    ("suspended", "Access Suspended"),
    ("restored", "Access Restored"),
]
#: What is older than that is history and is not mailed.
NEWS = timedelta(days=1)
#: What the provider sends about what happens; imports and replays are about what was.
LIVE_SOURCES = ("webhook", "poll")


class SaasSubscriptionNotice(models.Model):
    _name = "saas.subscription.notice"
    _description = "Mail to a Customer"
    _inherit = "saas.append.only"
    _order = "id desc"
    _rec_name = "kind"
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "saas.subscription", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    cause = fields.Char(
        required=True, readonly=True, help="What it was sent for: an attempt, a card, a change."
    )
    partner_id = fields.Many2one("res.partner", required=True, readonly=True, string="Sent To")
    event_id = fields.Many2one(
        "saas.billing.event", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    _cause_unique = models.Constraint(
        "UNIQUE(subscription_id, kind, cause)", "A cause is mailed once."
    )


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"  # pylint: disable=consider-merging-classes-inherited

    failed_template_id = fields.Many2one(
        "mail.template",
        domain="[('model', '=', 'saas.subscription')]",
        string="Payment Failed",
        tracking=True,
        help="Mailed for each attempt that failed. Empty: not at all.",
    )
    card_template_id = fields.Many2one(
        "mail.template",
        domain="[('model', '=', 'saas.subscription')]",
        string="Card Expiring",
        tracking=True,
        help="Mailed once per card, where the provider tells of it. Empty: not at all.",
    )
    suspended_template_id = fields.Many2one(
        "mail.template",
        domain="[('model', '=', 'saas.subscription')]",
        string="Access Suspended",
        tracking=True,
        help="Mailed when access is suspended because a payment is late. Empty: not at all.",
    )
    restored_template_id = fields.Many2one(
        "mail.template",
        domain="[('model', '=', 'saas.subscription')]",
        string="Access Restored",
        tracking=True,
        help="Mailed when access that was suspended for a late payment is granted again. Empty: not"
        " at all.",
    )


class SaasSubscription(models.Model):
    _inherit = "saas.subscription"  # pylint: disable=consider-merging-classes-inherited

    notice_ids = fields.One2many(
        "saas.subscription.notice", "subscription_id", readonly=True, string="Mails"
    )
    notice_partner_id = fields.Many2one(
        "res.partner", compute="_compute_notice_partner_id", string="Billing Contact"
    )

    @api.depends("partner_id")
    def _compute_notice_partner_id(self):
        for subscription in self:
            contact = subscription.partner_id.address_get(["invoice"])["invoice"]
            subscription.notice_partner_id = contact

    @api.model
    def _on_access_changed(self, changes):
        result = super()._on_access_changed(changes)
        for kind, rows in (
            ("suspended", changes.filtered(lambda row: row._is_suspension())),
            ("restored", changes.filtered(lambda row: row._is_restoration())),
        ):
            self._mail(kind, [(row.subscription_id, str(row.number), row.event_id) for row in rows])
        return result

    @api.model
    def _mail(self, kind, causes):
        """Mail customers by the connection's template, once for each cause.

        Mails are queued with the transaction, so that nothing is sent for what is rolled back.

        :param causes: list of (subscription, cause, event); without an event it is news by nature
        """
        wanted = {
            (subscription, cause): event
            for subscription, cause, event in causes
            if self._is_news(event) and subscription._get_template(kind)
        }
        subscriptions = self.browse().union(*(subscription for subscription, _cause in wanted))
        known = self.env["saas.subscription.notice"].search(
            [("subscription_id", "in", subscriptions.ids), ("kind", "=", kind)]
        )
        for row in known:
            wanted.pop((row.subscription_id, row.cause), None)
        self.env["saas.subscription.notice"].create(
            [
                {
                    "subscription_id": subscription.id,
                    "kind": kind,
                    "cause": cause,
                    "partner_id": subscription.notice_partner_id.id,
                    "event_id": event.id,
                }
                for (subscription, cause), event in wanted.items()
            ]
        )
        mailed = self.browse().union(*(subscription for subscription, _cause in wanted))
        for template, group in mailed.grouped(lambda each: each._get_template(kind)).items():
            group._send(template)

    def _send(self, template):
        """Queue the mails; a template that cannot be rendered stops nothing but itself."""
        try:
            with self.env.cr.savepoint():
                template.sudo().send_mail_batch(self.ids)
        except Exception as error:
            _logger.warning("A mail to customers could not be made", exc_info=True)
            cause = NeedsHuman(
                "mail_template",
                f"The mail “{template.name}” could not be made: {error}",
                key=str(template.id),
            )
            for connection in self.connection_id:
                self.env["saas.billing.issue"].sudo()._raise(connection, [cause])

    def _get_template(self, kind):
        return self.connection_id[f"{kind}_template_id"]

    @api.model
    def _is_news(self, event):
        if not event:
            return True
        recent = event.occurred_at >= fields.Datetime.now() - NEWS
        return recent and event.source in LIVE_SOURCES


class SaasSubscriptionAccess(models.Model):
    _inherit = "saas.subscription.access"

    def _is_suspension(self):
        """Access was taken because a payment is late."""
        return self.access == "suspended" and self.state in LATE

    def _is_restoration(self):
        """Access came back that had been taken so."""
        if self.access != "granted" or self.access_before != "suspended":
            return False
        before = self.subscription_id.access_ids.filtered(lambda row: row.number == self.number - 1)
        return before._is_suspension()
