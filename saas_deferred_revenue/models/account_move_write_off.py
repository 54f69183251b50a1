"""An invoice that was given up, and what comes after all."""

from odoo import api, fields, models
from odoo.exceptions import UserError

#: Payment states of what is owed.
OPEN_STATES = ("not_paid", "partial")


# What is given up is a concern of its own; posting and drafts have their file.
# pylint: disable=consider-merging-classes-inherited
class AccountMove(models.Model):
    _inherit = "account.move"

    saas_write_off_ids = fields.One2many(
        "saas.revenue.write.off", "move_id", string="Write-offs", readonly=True
    )
    saas_write_off_id = fields.Many2one(
        "saas.revenue.write.off",
        string="Books Write-off",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The write-off that this entry books or takes back.",
    )
    saas_write_off_count = fields.Integer(compute="_compute_saas_write_off", compute_sudo=True)
    saas_is_written_off = fields.Boolean(
        string="Written Off", compute="_compute_saas_write_off", compute_sudo=True
    )
    saas_may_be_written_off = fields.Boolean(compute="_compute_saas_write_off", compute_sudo=True)

    @api.depends(
        "saas_write_off_ids.state",
        "payment_state",
        "state",
        "move_type",
        "saas_status",
        "invoice_date_due",
    )
    def _compute_saas_write_off(self):
        today = fields.Date.context_today(self)
        for move in self:
            states = set(move.saas_write_off_ids.mapped("state"))
            move.saas_write_off_count = len(move.saas_write_off_ids)
            move.saas_is_written_off = "approved" in states
            move.saas_may_be_written_off = (
                move.move_type == "out_invoice"
                and move.state == "posted"
                and move.payment_state in OPEN_STATES
                and (move._is_saas_given_up() or (move.invoice_date_due or today) < today)
                and not states & {"proposed", "approved"}
            )

    def _is_saas_given_up(self):
        """Whether the provider gave the invoice up."""
        return self.saas_status == "uncollectible"

    # ------------------------------------------------------------------
    # What comes after all
    # ------------------------------------------------------------------

    def _post(self, soft=True):
        """What is credited is owed again first: the credit takes back what was billed."""
        today = fields.Date.context_today(self)
        credits = self.filtered(
            lambda move: (
                move.move_type == "out_refund"
                and move.reversed_entry_id
                and not (soft and move.date > today)
            )
        )
        by_invoice = credits.grouped("reversed_entry_id")
        for write_off in self.env["saas.revenue.write.off"]._get_in_force(
            credits.reversed_entry_id
        ):
            note = by_invoice[write_off.move_id][:1]
            write_off._take_back_because_of(note, note.date)
        return super()._post(soft=soft)

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Only a write-off takes its entry back, and says so."""
        values = default_values_list or [{} for _move in self]
        for move, vals in zip(self, values, strict=True):
            if move.saas_write_off_id and not vals.get("saas_write_off_id"):
                move._refuse_for_write_off()
        return super()._reverse_moves(default_values_list, cancel=cancel)

    def _refuse_for_write_off(self):
        raise UserError(
            self.env._(
                "%(entry)s books “%(write_off)s”: take the write-off back instead.",
                entry=self.display_name,
                write_off=self.saas_write_off_id.sudo().name,
            )
        )

    def button_draft(self):
        for move in self:
            if move.saas_write_off_id:
                move._refuse_for_write_off()
            if move.saas_is_written_off:
                raise UserError(
                    self.env._(
                        "%s is written off: take the write-off back first.", move.display_name
                    )
                )
        return super().button_draft()

    # ------------------------------------------------------------------
    # Whoever was asked to decide
    # ------------------------------------------------------------------

    def _schedule_write_off(self, kind):
        """Nobody is asked about what is written off already."""
        return None if self.saas_is_written_off else super()._schedule_write_off(kind)

    def _finish_saas_uncollectible(self, feedback):
        kind = self.env.ref("saas_subscription_sync.mail_activity_type_uncollectible")
        self.activity_ids.filtered(lambda each: each.activity_type_id == kind).action_feedback(
            feedback=feedback
        )

    # ------------------------------------------------------------------
    # Where to look next
    # ------------------------------------------------------------------

    def action_open_saas_new_write_off(self):
        """A write-off of this invoice, to say why and propose."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write off %s", self.display_name),
            "res_model": "saas.revenue.write.off",
            "view_mode": "form",
            "context": {"default_move_id": self.id},
        }

    def action_open_saas_write_offs(self):
        return (self.saas_write_off_ids | self.saas_write_off_id)._get_records_action(
            name=self.env._("Write-offs")
        )
