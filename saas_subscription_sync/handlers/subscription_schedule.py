"""Schedules: what is agreed to come, as the newest snapshot says."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import MissingDependency

from .subscription import naive


class SaasBillingHandlerSubscriptionSchedule(models.AbstractModel):
    _name = "saas.billing.handler.subscription_schedule"
    _description = "Billing Handler: Subscription Schedule"
    _inherit = "saas.billing.handler.latest"

    _canonical_type = "subscription_schedule"
    _record_model = "saas.subscription.schedule"

    def _resolve(self, batch):
        records = [change.record for change in batch]
        prices = {
            item.price_id for each in records for phase in each.phases for item in phase.items
        }
        return {
            "customers": self._get_bound(
                batch, "customer", [each.customer_id for each in records], "res.partner"
            ),
            "subscriptions": self._get_bound(
                batch,
                "subscription",
                [each.subscription_id for each in records],
                "saas.subscription",
            ),
            "prices": self._get_bound(batch, "price", prices, "saas.catalog.mapping"),
        }

    def _check(self, batch, change, resolved):
        record = change.record
        if record.customer_id not in resolved["customers"]:
            raise MissingDependency("customer", record.customer_id)
        if record.subscription_id and record.subscription_id not in resolved["subscriptions"]:
            raise MissingDependency("subscription", record.subscription_id)
        for phase in record.phases:
            for item in phase.items:
                if item.price_id not in resolved["prices"]:
                    raise MissingDependency("price", item.price_id)

    def _prepare_values(self, batch, record, resolved):
        subscription = resolved["subscriptions"].get(record.subscription_id)
        return {
            "partner_id": resolved["customers"][record.customer_id].id,
            "subscription_id": subscription.id if subscription else False,
            "state": record.status,
            "end_behavior": record.end_behavior or False,
            "ended_at": naive(record.ended_at),
        }

    def _prepare_new(self, batch, record, resolved):
        return {"connection_id": batch.connection.id, "external_id": record.external_id}

    def _apply(self, batch, resolved):
        result = super()._apply(batch, resolved)
        newest = {change.record.external_id: change.record for change in batch}
        schedules = self._get_bound(
            batch, "subscription_schedule", newest, "saas.subscription.schedule"
        )
        self._keep_phases({schedules[key]: record for key, record in newest.items()}, resolved)
        return result

    def _keep_phases(self, records, resolved):
        """Make the phases those of the newest snapshots; what is as it was stays."""
        known = {}
        schedules = self.env["saas.subscription.schedule"].union(*records)
        for phase in schedules.phase_ids:
            known[phase.schedule_id.id, phase.phase, phase.position] = phase
        wanted = {
            (values["schedule_id"], values["phase"], values["position"]): values
            for schedule, record in records.items()
            for values in self._prepare_phases(schedule, record, resolved)
        }
        model = self.env["saas.subscription.phase"]
        model.union(*(phase for key, phase in known.items() if key not in wanted)).unlink()
        for key, phase in known.items():
            if changed := self._get_changed(phase, wanted.get(key, {})):
                phase.write(changed)
        model.create([values for key, values in wanted.items() if key not in known])

    def _prepare_phases(self, schedule, record, resolved):
        return [
            {
                "schedule_id": schedule.id,
                "phase": number,
                "position": position,
                "period_start": naive(phase.period.start),
                "period_end": naive(phase.period.end),
                "trial_end": naive(phase.trial_end),
                "catalog_mapping_id": resolved["prices"][item.price_id].id,
                "quantity": float(item.quantity or 0),
            }
            for number, phase in enumerate(record.phases, 1)
            for position, item in enumerate(phase.items, 1)
        ]
