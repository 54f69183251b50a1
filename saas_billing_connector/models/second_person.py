"""Configuration in force that affects money: one person proposes, another one applies.

A model inherits `saas.second.person`, names the fields in `_get_two_person_fields` and says in
`_is_in_force` whether a record has an effect yet. Then a write by a person, from whatever screen or
call, turns into a `saas.billing.proposal`, shown above the form to everyone and decided by somebody
else. What code does as superuser (policies, scheduled actions) is written at once.
"""

from lxml import etree
from odoo import api, fields, models
from odoo.exceptions import UserError

BANNER = "saas_billing_connector.second_person_banner"


class SaasSecondPerson(models.AbstractModel):
    _name = "saas.second.person"
    _description = "Configuration Changed by Two People"
    _inherit = ["saas.no.secret"]

    has_proposal = fields.Boolean(compute="_compute_proposal", compute_sudo=True)
    proposal_table = fields.Html(
        compute="_compute_proposal", compute_sudo=True, sanitize=False, string="Proposed Change"
    )
    may_decide_proposal = fields.Boolean(compute="_compute_proposal", compute_sudo=True)
    may_withdraw_proposal = fields.Boolean(compute="_compute_proposal", compute_sudo=True)

    @api.depends_context("uid")
    def _compute_proposal(self):
        proposals = {each.res_id: each for each in self._get_pending_proposals()}
        for record in self:
            proposal = proposals.get(record.id) or self.env["saas.billing.proposal"]
            record.has_proposal = bool(proposal)
            record.proposal_table = proposal.changes_table
            record.may_decide_proposal = proposal._may_decide(self.env.user)
            record.may_withdraw_proposal = proposal.author_id == self.env.user

    # ── what a model says of itself ──────────────────────────────────────────────────────────

    @api.model
    def _get_two_person_fields(self):
        """Names of the fields that affect money."""
        return set()

    def _is_in_force(self, names):
        """Whether a change of these fields of the record would have an effect on the books."""
        raise NotImplementedError

    @api.model
    def _get_approver_groups(self):
        """XML ids of the groups whose members may decide, each for the companies they work in."""
        return ["saas_billing_connector.group_saas_admin"]

    def _get_proposal_company(self):
        return self.company_id

    # ── write ────────────────────────────────────────────────────────────────────────────────

    def write(self, vals):
        guarded = {name: vals[name] for name in self._get_two_person_fields() & vals.keys()}
        if self.env.su or not guarded:
            return super().write(vals)
        in_force = self.filtered(lambda record: record._is_in_force(guarded.keys()))
        if not in_force:
            return super().write(vals)
        in_force.check_access("write")
        for record in in_force:
            record._propose(guarded)
        super(SaasSecondPerson, self - in_force).write(vals)
        rest = {name: value for name, value in vals.items() if name not in guarded}
        return super(SaasSecondPerson, in_force).write(rest)

    def _propose(self, values):
        """Put changed values before a second person; what is as it was already is left out."""
        self.ensure_one()
        self._refuse_secrets(values)
        pending = self._get_pending_proposals()
        if pending:
            pending._check_author()
            values = {**pending._get_values(), **values}
            pending._decide("withdrawn")
        changes = [
            change
            for name, value in values.items()
            if (change := self._prepare_change(name, value))
        ]
        if not changes:
            return
        proposal = self.env["saas.billing.proposal"].sudo().create(self._prepare_proposal(changes))
        approvers = proposal._notify_approvers()
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "title": self.env._("Proposed, not changed yet"),
                "message": self.env._("A second person has been asked to approve it.")
                if approvers
                else self.env._("Nobody else has a role that may approve it: give it to someone."),
            },
        )

    def _prepare_change(self, name, value):
        """A change as it is kept: the field, and both values to be compared and to be read."""
        field = self._fields[name]
        after = field.convert_to_cache(value, self)
        before = field.convert_to_cache(self[name], self)
        if after == before:
            return None
        return {
            "field": name,
            "label": field._description_string(self.env),
            "before": _plain(before),
            "after": _plain(after),
            "before_text": self._describe(field, before),
            "after_text": self._describe(field, after),
        }

    def _describe(self, field, value):
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if not value and field.type not in ("integer", "float", "monetary"):
            return ""
        if field.type == "many2one":
            return self.env[field.comodel_name].sudo().browse(value).display_name
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        return str(value)

    def _prepare_proposal(self, changes):
        return {
            "res_model": self._name,
            "res_id": self.id,
            "res_name": self.display_name,
            "company_id": self._get_proposal_company().id,
            "author_id": self.env.uid,
            "changes": changes,
        }

    def _get_pending_proposals(self):
        return (
            self.env["saas.billing.proposal"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("state", "=", "pending"),
                ]
            )
            .sudo(self.env.su)
        )

    # ── the banner above the form ────────────────────────────────────────────────────────────

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form":
            banner = etree.fromstring(self.env["ir.qweb"]._render(BANNER))
            anchor = arch.find("sheet")
            arch.insert(arch.index(anchor) if anchor is not None else 0, banner)
        return arch, view

    def _get_one_proposal(self):
        self.ensure_one()
        proposal = self._get_pending_proposals()
        if not proposal:
            raise UserError(self.env._("The proposal has been decided already."))
        return proposal

    def action_approve_proposal(self):
        """Apply what somebody else has proposed."""
        self._get_one_proposal().action_approve()

    def action_reject_proposal(self):
        """Turn down what somebody else has proposed."""
        self._get_one_proposal().action_reject()

    def action_withdraw_proposal(self):
        """Take one's own proposal back."""
        self._get_one_proposal().action_withdraw()

    def action_open_proposal(self):
        """The proposal with its reason and discussion."""
        return self._get_one_proposal().get_formview_action()


def _plain(value):
    """A cache value as JSON holds it."""
    return value if isinstance(value, (bool, int, float, str, type(None))) else str(value)
