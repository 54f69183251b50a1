"""Role by role, model by model, company by company."""

from odoo.tests import tagged

from ..canonical import NeedsHuman
from .access_matrix import AccessMatrixMixin
from .access_table import BUTTONS, GROUPS, MODELS, ROLES, SHARED
from .common import ConnectorCase

ADDON = "saas_billing_connector"


@tagged("post_install", "-at_install")
class TestAccessMatrix(AccessMatrixMixin, ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_matrix(GROUPS, cls.connection.company_id)

    def get_records(self):
        """One record of each kind, all of one company."""
        self.handle_with(
            lambda _handler, batch: batch.reject(list(batch), NeedsHuman("cause", "Mend it"))
        )
        event = self.receive(self.event())
        self.process(event)
        self.connection.with_user(self.env.ref("base.user_admin")).timezone = "Europe/Paris"
        proposal = self.env["saas.billing.proposal"].search([], limit=1)
        trace = self.env["saas.billing.trace"].create(
            {
                "event_id": event.id,
                "res_model": self.connection._name,
                "res_id": self.connection.id,
                "effect": "updated",
            }
        )
        imported = self.env["saas.billing.import"].create({"connection_id": self.connection.id})
        records = (
            self.connection,
            event,
            event.attempt_ids,
            event.issue_id,
            trace,
            proposal,
            imported,
            imported.line_ids[0],
            self.create_link(event),
            self.create_owner(),
            *self.get_counters(),
            *self.create_replay(event),
        )
        return {record._name: record for record in records}

    def create_link(self, event):
        return self.env["saas.billing.link"].create(
            {
                "connection_id": self.connection.id,
                "object_type": "customer",
                "external_id": "cus_1",
                "res_model": self.connection._name,
                "res_id": self.connection.id,
                "version": "1",
                "event_id": event.id,
            }
        )

    def create_owner(self):
        return self.env["saas.billing.issue.owner"].create(
            {
                "connection_id": self.connection.id,
                "code": "unexpected",
                "user_id": self.users["operator"].id,
            }
        )

    def get_counters(self):
        """What processing the event has counted."""
        mine = [("connection_id", "=", self.connection.id)]
        return [
            self.env[model].search(mine, limit=1)
            for model in ("saas.billing.metric", "saas.billing.throughput")
        ]

    def create_replay(self, event):
        """A replay with everything that hangs on it."""
        replay = self.env["saas.billing.replay"].create({"connection_id": self.connection.id})
        of_replay = {"replay_id": replay.id}
        line = self.env["saas.billing.replay.line"].create({**of_replay, "event_id": event.id})
        effect = self.env["saas.billing.replay.effect"].create(
            {**of_replay, "line_id": line.id, "kind": "created", "label": "Contact", "name": "Ada"}
        )
        currency = self.connection.company_id.currency_id
        posting = self.env["saas.billing.replay.posting"].create(
            {**of_replay, "line_id": line.id, "account": "400000", "currency_id": currency.id}
        )
        self.env.flush_all()
        balance = self.env["saas.billing.replay.balance"].search([("replay_id", "=", replay.id)])
        return replay, line, effect, posting, balance

    def test_every_role_has_exactly_its_rights(self):
        self.assertMatrix(MODELS, ROLES)

    def test_no_model_is_forgotten(self):
        self.assertModelsListed(MODELS, ADDON)

    def test_another_company_sees_nothing(self):
        self.assertCompaniesApart(self.get_records(), ADDON, SHARED)

    def test_buttons_ask_for_the_role(self):
        # The log is one for all companies, so its checks are nobody's in particular.
        checks = {"saas.billing.seal.check": self.env["saas.billing.seal.check"].create({})}
        self.assertButtons(BUTTONS, self.get_records() | checks)

    def test_no_button_is_forgotten(self):
        self.assertButtonsListed(BUTTONS, ADDON)
