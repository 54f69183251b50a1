"""Who owns which value of a contact, and what differs.

Each group of values has an owner on the connection. What the owner says goes; what the other
side says stays visible as a difference. An empty value at the provider claims nothing: it takes
back only what the provider had put there itself, so that nothing that a person keeps in Odoo is
wiped.
"""

from typing import NamedTuple

from markupsafe import Markup
from odoo import api, fields, models

#: Group of values -> the contact's fields that it fills.
GROUPS = {
    "name": ("name",),
    "email": ("email",),
    "phone": ("phone",),
    "address": ("street", "street2", "city", "zip", "state_id", "country_id"),
    "language": ("lang",),
    "tax_id": ("vat",),
    "fiscal_position": ("property_account_position_id",),
}


class Told(NamedTuple):
    """What the provider says of one group.

    :ivar values: by field of the contact
    :ivar claimed: it really says so; otherwise `values` is what there would be without it
    """

    values: dict
    claimed: bool


class SaasCustomer(models.Model):
    _inherit = "saas.customer"

    before = fields.Json(
        readonly=True, help="What the contact held when the customer was linked to it."
    )
    differences = fields.Char(
        compute="_compute_differences",
        store=True,
        help="The groups of values in which the contact differs from the provider.",
    )
    difference_labels = fields.Char(
        compute="_compute_difference_labels", string="What Differs", compute_sudo=True
    )
    values_table = fields.Html(
        compute="_compute_values_table", sanitize=False, string="Values on Both Sides"
    )

    # ── what is told ─────────────────────────────────────────────────────────────────────────

    def _get_told(self):
        """{customer: {group: Told}}, with one look-up of each kind."""
        countries, states = self._get_places()
        languages = self._get_languages()
        told = {}
        for customer in self:
            country = countries.get(customer.country_code)
            state = states.get((country, customer.state_code))
            language = languages.get((customer.language or "").partition("-")[0])
            values = {
                **{name: customer[name] for name in ("name", "email", "phone")},
                **{name: customer[name] for name in GROUPS["address"][:4]},
                "state_id": state,
                "country_id": country,
                "lang": language,
                "vat": customer.tax_id_ids._get_usable()[:1].vat,
                "property_account_position_id": customer._get_position().id,
            }
            told[customer] = customer._group(values)
        return told

    def _group(self, values):
        """What is told by group, with what stands in for what is not."""
        groups = {}
        for group, names in GROUPS.items():
            own = {name: values[name] or False for name in names}
            claimed = any(own.values())
            if not claimed:
                own = {name: (self.before or {}).get(name, False) for name in names}
            groups[group] = Told(own, claimed)
        if not groups["name"].values["name"]:
            groups["name"] = Told({"name": self._get_label()}, False)
        return groups

    def _get_places(self):
        """Ids of countries by code, and of their states by (country, code or name)."""
        codes = {code for code in self.mapped("country_code") if code}
        countries = self.env["res.country"].search([("code", "in", list(codes))])
        names = [code for code in set(self.mapped("state_code")) if code]
        states = self.env["res.country.state"].search(
            [
                ("country_id", "in", countries.ids),
                *("|", ("code", "in", names), ("name", "in", names)),
            ]
        )
        places = {(each.country_id.id, each.name): each.id for each in states}
        places |= {(each.country_id.id, each.code): each.id for each in states}
        return {country.code: country.id for country in countries}, places

    @api.model
    def _get_languages(self):
        """Installed languages by their short code: fr → fr_FR."""
        languages = {}
        for code, _name in self.env["res.lang"].get_installed():
            languages.setdefault(code.partition("_")[0], code)
        return languages

    def _get_position(self):
        """The fiscal position of the customer's tax status, or none."""
        return self.connection_id._get_fiscal_position(self.tax_exempt)

    # ── to the contact ───────────────────────────────────────────────────────────────────────

    def _prepare_partner(self, told):
        """Values of a new contact: whoever owns them, this is where they begin."""
        values = {}
        for each in told.values():
            values |= each.values
        return {
            **values,
            "company_id": self.company_id.id,
            "is_company": bool(values["vat"]),
            "customer_rank": 1,
        }

    def _get_held(self, group, partner=None):
        """The contact's own values of a group, as they are written."""
        partner = (partner or self.partner_id).with_company(self.company_id)
        return {
            name: partner._fields[name].convert_to_write(partner[name], partner)
            for name in GROUPS[group]
        }

    def _keep_before(self):
        """Remember what the contact held, before anything is written to it."""
        self.before = {
            name: value for group in GROUPS for name, value in self._get_held(group).items()
        }

    def _push(self, previous):
        """Write to the contacts what the provider owns; note what gave way, and what did not.

        :param previous: {customer: {group: Told}} as it was told before
        :returns: the customers whose contact was changed
        """
        told, newer = self._get_told(), self._get_outdated()
        changed, notes = self.browse(), {}
        for customer in self - newer:
            before = previous.get(customer, {})
            values, lines = customer._get_changes(before, told[customer])
            if values:
                customer.partner_id.with_company(customer.company_id).write(values)
                changed |= customer
            if lines:
                notes.setdefault(customer.partner_id, []).extend(lines)
        self._note(notes)
        return changed

    def _get_outdated(self):
        """Customers whose contact is told by a newer snapshot of another customer."""
        siblings = self.search([("partner_id", "in", self.partner_id.ids)])
        newest = {}
        for customer in siblings.sorted("version"):
            newest[customer.partner_id] = customer.version
        return self.filtered(lambda each: newest.get(each.partner_id, "") > each.version)

    def _get_changes(self, before, told):
        """(values to write, lines for the contact's chatter)."""
        values, lines = {}, []
        for group, (wanted, claimed) in told.items():
            held = self._get_held(group)
            old = before.get(group)
            own = bool(old) and held == old.values
            if held == wanted or not (claimed or own):
                continue
            if self.connection_id[f"{group}_owner"] == "provider":
                values |= wanted
                if claimed and not own and any(held.values()):
                    lines.append(self._describe_change(group, held, wanted))
            elif claimed and (not old or wanted != old.values):
                lines.append(self._describe_refusal(group, held, wanted))
        if "vat" in values and self.origin == "created":
            values["is_company"] = bool(values["vat"])
        return values, lines

    def _describe_change(self, group, held, wanted):
        return self.env._(
            "%(label)s is the billing provider's: “%(held)s” gave way to “%(wanted)s”.",
            label=self._get_group_label(group),
            held=self._describe(held),
            wanted=self._describe(wanted),
        )

    def _describe_refusal(self, group, held, wanted):
        return self.env._(
            "%(label)s is Odoo's: “%(held)s” stays, the billing provider has “%(wanted)s”.",
            label=self._get_group_label(group),
            held=self._describe(held),
            wanted=self._describe(wanted),
        )

    def _note(self, notes):
        """One message per contact, all in one go."""
        partners = self.env["res.partner"].union(*notes)
        if partners:
            partners._message_log_batch(
                {partner.id: Markup("<br/>").join(lines) for partner, lines in notes.items()}
            )

    # ── what differs ─────────────────────────────────────────────────────────────────────────

    @api.depends(
        "partner_id",
        *(f"partner_id.{name}" for names in GROUPS.values() for name in names),
        "name",
        "email",
        "phone",
        *GROUPS["address"][:4],
        "state_code",
        "country_code",
        "language",
        "tax_exempt",
        "tax_id_ids.vat",
        "tax_id_ids.validity",
        "tax_id_ids.active",
        "connection_id.exempt_position_id",
        "connection_id.reverse_position_id",
    )
    def _compute_differences(self):
        linked = self.filtered("partner_id")
        told = linked._get_told()
        for customer in self:
            customer.differences = (
                ",".join(
                    group
                    for group, (wanted, claimed) in told.get(customer, {}).items()
                    if claimed and customer._get_held(group) != wanted
                )
                or False
            )

    @api.depends("differences")
    @api.depends_context("lang")
    def _compute_difference_labels(self):
        for customer in self:
            groups = (customer.differences or "").split(",")
            customer.difference_labels = ", ".join(
                customer._get_group_label(group) for group in groups if group
            )

    @api.depends("differences", "partner_id", "candidate_id", "state")
    def _compute_values_table(self):
        told = self._get_told()
        for customer in self:
            beside = customer._get_beside()
            customer.values_table = self.env["ir.qweb"]._render(
                "saas_subscription_sync.customer_values_table",
                {"rows": customer._get_rows(told[customer], beside), "beside": beside},
            )

    def _get_beside(self):
        """The contact to compare with: the proposed one while that is open, else the own."""
        return (self.state == "open" and self.candidate_id) or self.partner_id

    def _get_rows(self, told, beside):
        """One row per group: label, the provider's, the contact's, owner, whether they differ."""
        rows = []
        for group, (wanted, claimed) in told.items():
            held = self._get_held(group, beside)
            rows.append(
                {
                    "label": self._get_group_label(group),
                    "told": self._describe(wanted) if claimed else "",
                    "held": self._describe(held) if beside else "",
                    "owner": self.connection_id._get_owner_label(group),
                    "differs": bool(beside) and claimed and held != wanted,
                }
            )
        return rows

    def _get_group_label(self, group):
        return self.connection_id._fields[f"{group}_owner"]._description_string(self.env)

    def _describe(self, values):
        """Values of a contact as one text."""
        partner = self.env["res.partner"].new(values)
        return ", ".join(
            self._describe_one(partner._fields[name], partner[name])
            for name, value in values.items()
            if value
        )

    def _describe_one(self, field, value):
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        return value.display_name if field.relational else str(value)

    def action_take(self):
        """Write to the contact what the provider says, whoever owns it; what it held is noted."""
        self.check_access("write")
        for customer in self.sudo().filtered("differences"):
            values, lines = {}, []
            told = customer._get_told()[customer]
            for group in customer.differences.split(","):
                held, wanted = customer._get_held(group), told[group].values
                values |= wanted
                lines.append(customer._describe_taken(group, held, wanted))
            customer.partner_id.with_company(customer.company_id).write(values)
            customer._note({customer.partner_id: lines})

    def _describe_taken(self, group, held, wanted):
        return self.env._(
            "%(label)s was taken from the billing provider by %(user)s: “%(wanted)s” instead of"
            " “%(held)s”.",
            label=self._get_group_label(group),
            user=self.env.user.name,
            held=self._describe(held),
            wanted=self._describe(wanted),
        )
