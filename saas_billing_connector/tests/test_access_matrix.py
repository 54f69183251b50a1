"""Role by role, model by model, company by company."""

from odoo.tests import tagged

from ..canonical import NeedsHuman
from .access_matrix import AccessMatrixMixin
from .access_table import BUTTONS, GROUPS, MODELS, ROLES
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
        return {
            record._name: record
            for record in (
                self.connection,
                event,
                event.attempt_ids,
                event.issue_id,
                trace,
                proposal,
                self.env["saas.billing.import"].create({"connection_id": self.connection.id}),
                self.env["saas.billing.replay"].create({"connection_id": self.connection.id}),
            )
        }

    def test_every_role_has_exactly_its_rights(self):
        self.assertMatrix(MODELS, ROLES)

    def test_no_model_is_forgotten(self):
        self.assertModelsListed(MODELS, ADDON)

    def test_another_company_sees_nothing(self):
        self.assertCompaniesApart(self.get_records())

    def test_buttons_ask_for_the_role(self):
        # The log is one for all companies, so its checks are nobody's in particular.
        checks = {"saas.billing.seal.check": self.env["saas.billing.seal.check"].create({})}
        self.assertButtons(BUTTONS, self.get_records() | checks)

    def test_no_button_is_forgotten(self):
        self.assertButtonsListed(BUTTONS, ADDON)
