"""Records that a person types into, and that a secret must not reach."""

from odoo import api, models
from odoo.exceptions import ValidationError


class SaasNoSecret(models.AbstractModel):
    """Inherit from it to refuse a pasted API key or webhook secret in any field or message.

    The refusal comes before anything is stored, and never repeats the value.
    """

    _name = "saas.no.secret"
    _description = "Record without Secrets"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_secrets(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_secrets(vals)
        return super().write(vals)

    @api.model
    def _holds_secret(self, text):
        """Whether a text contains a secret of any provider."""
        adapters = self.env["saas.billing.connection"]._get_adapters()
        return any(adapter.holds_secret(text) for adapter in adapters.values())

    @api.model
    def _refuse_secrets(self, vals):
        for name, value in vals.items():
            if isinstance(value, str) and self._holds_secret(value):
                field = self._fields.get(name)
                self._raise_secret(field._description_string(self.env) if field else name)

    @api.model
    def _raise_secret(self, where):
        raise ValidationError(
            self.env._(
                "“%s” holds an API key or a webhook secret. Secrets never go into the database: put"
                " it into an environment variable of the server or into the section [saas_billing]"
                " of odoo.conf, and name the place, such as env:STRIPE_WEBHOOK_SECRET. As it has"
                " been pasted here, consider rolling it in Stripe.",
                where,
            )
        )

    # Chatter: the same for messages of records that have one.

    def _message_create(self, values_list):
        for values in values_list:
            self._refuse_message(values.get("subject"), values.get("body"))
        return super()._message_create(values_list)

    def _message_update_content(self, message, /, **values):
        self._refuse_message(values.get("body"))
        return super()._message_update_content(message, **values)

    @api.model
    def _refuse_message(self, *texts):
        if any(self._holds_secret(str(text)) for text in texts if text):
            self._raise_secret(self.env._("Message"))
