"""The once-only memory: which Odoo record an external object is, and how new our copy is."""

from odoo import fields, models


class SaasBillingLink(models.Model):
    _name = "saas.billing.link"
    _description = "Billing Link"
    _order = "id desc"
    _rec_name = "external_id"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    object_type = fields.Char(required=True, readonly=True, help="Canonical type.")
    external_id = fields.Char(required=True, readonly=True, string="External ID")
    res_model = fields.Char(required=True, readonly=True, string="Record Model")
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True, string="Record", index=True
    )
    version = fields.Char(
        required=True,
        readonly=True,
        help="Version of the newest snapshot applied; versions sort from old to new.",
    )
    event_id = fields.Many2one(
        "saas.billing.event",
        readonly=True,
        index=True,
        help="Event of the newest applied snapshot.",
    )

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, object_type, external_id)",
        "An external object is bound to one record only.",
    )
    _record_index = models.Index("(res_model, res_id)")

    def _find(self, connection, object_type, external_ids):
        """Links of `connection` by external id, in one query."""
        wanted = [external_id for external_id in set(external_ids) if external_id]
        links = self.search_fetch(
            [
                ("connection_id", "=", connection.id),
                ("object_type", "=", object_type),
                ("external_id", "in", wanted),
            ],
            ["external_id", "res_model", "res_id", "version"],
        )
        return {link.external_id: link for link in links}

    def _bind(self, connection, object_type, bound):
        """Create links for new objects; the drain then wakes what waited for them.

        The UNIQUE constraint makes a second binding impossible; a live race surfaces as a
        UniqueViolation, which the drain treats like a serialization failure.

        :param bound: list of (change, external id, record)
        """
        return self.create(
            [
                {
                    "connection_id": connection.id,
                    "object_type": object_type,
                    "external_id": external_id,
                    "res_model": record._name,
                    "res_id": record.id,
                    "version": change.version,
                    "event_id": change.event.id,
                }
                for change, external_id, record in bound
            ]
        )

    def _move(self, connection, object_type, external_id, record):
        """Bind an object that is bound to another record from now on, if it is bound at all."""
        self._find(connection, object_type, [external_id]).get(external_id, self).write(
            {"res_model": record._name, "res_id": record.id}
        )

    def _follow(self, merged, kept):
        """Bind to `kept` what was bound to records that are merged into it."""
        self.sudo().search(
            [("res_model", "=", merged._name), ("res_id", "in", merged.ids)]
        ).res_id = kept.id

    def _touch(self, newest):
        """Remember the newest applied snapshot.

        :param newest: list of (link, change)
        """
        for link, change in newest:
            link.write({"version": change.version, "event_id": change.event.id})
