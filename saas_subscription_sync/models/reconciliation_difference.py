"""One difference over time: first seen when, whose it is, and what a person says about it.

Runs only find; what they find of one thing in one month is followed here from run to run until it
is gone. An explanation holds for the amounts it was given for.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

STATES = [("open", "Open"), ("explained", "Explained"), ("gone", "Gone")]
#: What a person may write; all else is what runs found.
FOR_PEOPLE = frozenset({"note", "user_id"})
#: What runs refresh, as columns of both tables.
FOUND = (
    "label",
    "day",
    "currency_id",
    "left_amount",
    "right_amount",
    "difference",
    "difference_class",
    "reason",
    "right_model",
    "right_res_id",
    "external_id",
    "run_id",
)
#: A change of one of these ends an explanation.
EXPLAINED = ("left_amount", "right_amount", "difference_class")


class SaasReconciliationDifference(models.Model):
    _name = "saas.reconciliation.difference"
    _description = "Difference between Provider and Books"
    _inherit = ["saas.reconciliation.sides"]
    _order = "first_seen_at desc, id desc"
    _rec_name = "label"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    run_id = fields.Many2one(
        "saas.reconciliation.run",
        "Last Seen In",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    title = fields.Char(compute="_compute_title", string="What")
    user_id = fields.Many2one(readonly=False)
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    first_seen_at = fields.Datetime("First Seen", readonly=True)
    last_seen_at = fields.Datetime("Last Seen", readonly=True)
    gone_at = fields.Datetime("Gone", readonly=True)
    seen_count = fields.Integer("Times Seen", readonly=True)
    age = fields.Integer("Age (Days)", compute="_compute_age")
    note = fields.Text(
        "Explanation", help="Why the difference is in order, or what is being done about it."
    )
    explained_by_id = fields.Many2one("res.users", "Explained By", readonly=True)
    explained_at = fields.Datetime(readonly=True)

    _day_index = models.Index("(connection_id, day) WHERE state != 'gone'")
    _followed_unique = models.UniqueIndex(
        '(company_id, COALESCE(connection_id, 0), "check", month, key)',
        "A difference is followed once.",
    )

    @api.depends("check")
    def _compute_title(self):
        titles = self.env["saas.reconciliation.run"]._get_titles()
        for each in self:
            each.title = titles.get(each.check)

    @api.depends("first_seen_at", "gone_at")
    def _compute_age(self):
        for each in self:
            end = each.gone_at or fields.Datetime.now()
            each.age = (end - each.first_seen_at).days if each.first_seen_at else 0

    def _get_identity(self):
        return self.company_id.id, self.connection_id.id, self.check, self.month, self.key

    def write(self, vals):
        if not self.env.su and vals.keys() - FOR_PEOPLE:
            raise AccessError(self.env._("What differs is found by the reconciliation itself."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Differences are kept: explain those that are in order."))

    def action_explain(self):
        """It is in order, as the note says: it stays visible and alarms nobody."""
        self.check_access("write")
        if any(each.difference_class == "unknown" for each in self):
            raise UserError(
                self.env._(
                    "What is unknown cannot be explained: mend the cause of the differences that"
                    " are listed, or reconcile the months before, then run again."
                )
            )
        if any(not each.note for each in self):
            raise UserError(self.env._("Write the explanation first: why is it in order?"))
        self.filtered(lambda each: each.state == "open").sudo().write(
            {
                "state": "explained",
                "explained_by_id": self.env.uid,
                "explained_at": fields.Datetime.now(),
            }
        )
        self.sudo()._tell()

    def action_reopen(self):
        """The explanation does not hold."""
        self.check_access("write")
        self.filtered(lambda each: each.state == "explained").sudo().state = "open"
        self.sudo()._tell()

    def action_check_again(self):
        """Reconcile the month again, to see whether the difference is gone."""
        self.ensure_one()
        runs = self.env["saas.reconciliation.run"]
        scope = {"company_id": self.company_id.id, "connection_id": self.connection_id.id}
        last = {"date_from": self.month, "date_to": fields.Date.add(self.month, months=1)}
        again = runs.create({**scope, **last})
        again.action_run()
        return again._get_records_action()

    def _tell(self):
        for company in self.company_id:
            connections = self.env["saas.billing.connection"]
            connections.search([("company_id", "=", company.id)])._tell_differences()

    # ── from run to run ──────────────────────────────────────────────────────────────────────

    @api.model
    def _follow(self, part):
        """Bring what is followed up to date with the lines of a part that has just been checked."""
        self.env.flush_all()
        columns = [SQL.identifier(name) for name in FOUND]
        self.env.cr.execute(
            SQL(
                """INSERT INTO saas_reconciliation_difference AS known
                          (company_id, connection_id, "check", month, key, user_id, state,
                           first_seen_at, last_seen_at, seen_count, create_uid, create_date,
                           write_uid, write_date, %(columns)s)
                   SELECT company_id, connection_id, "check", month, key, user_id, 'open',
                          now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', 1, %(uid)s,
                          now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC', %(columns)s
                     FROM saas_reconciliation_line
                    WHERE part_id = %(part)s AND difference_class IS NOT NULL
              ON CONFLICT (company_id, COALESCE(connection_id, 0), "check", month, key)
                DO UPDATE SET state = CASE WHEN known.state = 'explained' AND (%(known)s)
                                                IS NOT DISTINCT FROM (%(found)s)
                                           THEN 'explained' ELSE 'open' END,
                              last_seen_at = EXCLUDED.last_seen_at,
                              seen_count = known.seen_count + 1, gone_at = NULL,
                              write_date = EXCLUDED.write_date, %(refresh)s""",
                columns=SQL(", ").join(columns),
                uid=self.env.uid,
                part=part.id,
                known=SQL(", ").join(SQL.identifier("known", name) for name in EXPLAINED),
                found=SQL(", ").join(SQL.identifier("excluded", name) for name in EXPLAINED),
                refresh=SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), SQL.identifier("excluded", name))
                    for name in FOUND
                ),
            )
        )
        self._note_gone(part)
        self.invalidate_model()

    @api.model
    def _note_gone(self, part):
        """What this check of this month, in its scope, did not find any more."""
        connection = part.connection_id or part.run_id.connection_id
        self.env.cr.execute(
            SQL(
                """UPDATE saas_reconciliation_difference known
                      SET state = 'gone', gone_at = now() AT TIME ZONE 'UTC'
                    WHERE company_id = %(company)s AND "check" = %(check)s AND month = %(month)s
                      AND (%(connection)s IN (connection_id, 0)
                           OR connection_id IS NULL AND %(is_whole)s)
                      AND state != 'gone' AND NOT EXISTS (
                          SELECT FROM saas_reconciliation_line line
                           WHERE line.part_id = %(part)s AND line.key = known.key
                             AND line.connection_id IS NOT DISTINCT FROM known.connection_id
                             AND line.difference_class IS NOT NULL)""",
                company=part.company_id.id,
                connection=connection.id or 0,
                is_whole=not part.connection_id,
                check=part.code,
                month=part.month,
                part=part.id,
            )
        )

    @api.model
    def _count_open(self, run):
        """Differences that the run saw and nobody has explained."""
        return self.search_count([("run_id", "=", run.id), ("state", "=", "open")])
