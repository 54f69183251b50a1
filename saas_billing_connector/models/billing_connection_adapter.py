"""Which adapter speaks with a connection's provider: the one place that names them."""

import os

from odoo import api, models

from ..providers.stripe import StripeAdapter

#: Another address of a provider's API, for tests and the demo. Never a field: whoever could write
#: it could have the read key sent anywhere.
API_BASE_VARIABLE = "SAAS_BILLING_{}_API_BASE"
STRIPE = StripeAdapter()


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    @api.model
    def _get_adapters(self):
        """`{provider: providers.Adapter}`.

        An addon that brings a provider adds its adapter here, and its name to the selection of
        `provider`.
        """
        return {"stripe": STRIPE}

    def _get_adapter(self):
        """The adapter of this connection's provider."""
        self.ensure_one()
        return self._get_adapters()[self.provider]

    def _get_api_base(self):
        """Address of the provider's API where it is not the usual one, or None."""
        return os.environ.get(API_BASE_VARIABLE.format(self.provider.upper()))
