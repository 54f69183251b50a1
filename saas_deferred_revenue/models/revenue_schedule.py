"""One performance obligation: one posted invoice line that is deferred."""

from odoo import api, fields, models
from odoo.tools import SQL

from . import revenue_schedule_sql
from .revenue_rule import METHODS


class RevenueSchedule(models.Model):
    """Amounts are positive where revenue is to be earned and negative where it is taken back.

    The company amount is the line's own, locked at the invoice's rate: deferred revenue is not a
    monetary item, so later rates never touch it.
    """

    _name = "saas.revenue.schedule"
    _description = "Revenue Schedule"
    _order = "date_start desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice Line",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True, index=True)
    product_id = fields.Many2one("product.product", readonly=True)
    subscription_id = fields.Many2one(
        "saas.subscription", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    subscription_item_id = fields.Many2one(
        "saas.subscription.item", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    rule_id = fields.Many2one(
        "saas.revenue.rule", readonly=True, check_company=True, ondelete="restrict", index=True
    )
    journal_id = fields.Many2one(
        "account.journal", required=True, readonly=True, check_company=True, ondelete="restrict"
    )
    deferred_account_id = fields.Many2one(
        "account.account",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="restrict",
        index=True,
    )
    revenue_account_id = fields.Many2one(
        "account.account",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="restrict",
        index=True,
    )
    analytic_distribution = fields.Json(readonly=True)
    method = fields.Selection(METHODS, required=True, readonly=True)
    date_start = fields.Date(string="Service Start", required=True, readonly=True)
    date_end = fields.Date(
        string="Service End (exclusive)",
        required=True,
        readonly=True,
        help="First day not served any more.",
    )
    date_last_day = fields.Date(
        string="Service Until", compute="_compute_date_last_day", help="Last day served."
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        "res.currency", string="Company Currency", required=True, readonly=True
    )
    amount = fields.Monetary(string="Billed", readonly=True)
    company_amount = fields.Monetary(
        string="Billed (company currency)", readonly=True, currency_field="company_currency_id"
    )
    segment_ids = fields.One2many("saas.revenue.segment", "schedule_id")
    posting_ids = fields.One2many("saas.revenue.posting", "schedule_id")
    amendment_ids = fields.One2many("saas.revenue.amendment", "schedule_id")
    month_ids = fields.One2many("saas.revenue.schedule.month", "schedule_id")
    net_amount = fields.Monetary(
        string="Net of Credits", compute="_compute_totals", help="Sum of the segments."
    )
    recognised_amount = fields.Monetary(string="Recognised", compute="_compute_totals")
    remaining_amount = fields.Monetary(string="Still Deferred", compute="_compute_totals")
    net_company_amount = fields.Monetary(
        string="Net (company currency)",
        compute="_compute_totals",
        currency_field="company_currency_id",
    )
    recognised_company_amount = fields.Monetary(
        string="Recognised (company currency)",
        compute="_compute_totals",
        currency_field="company_currency_id",
    )
    remaining_company_amount = fields.Monetary(
        string="Still Deferred (company currency)",
        compute="_compute_totals",
        currency_field="company_currency_id",
    )
    run_count = fields.Integer(compute="_compute_totals")
    event_count = fields.Integer(
        related="move_id.saas_event_count", related_sudo=False, string="Events"
    )

    is_written_off = fields.Boolean(related="move_id.saas_is_written_off", string="Written Off")

    _move_line_unique = models.Constraint(
        "UNIQUE (move_line_id)", "An invoice line has one revenue schedule."
    )
    _period_not_empty = models.Constraint(
        "CHECK (date_end > date_start)", "A revenue schedule needs at least one day of service."
    )

    @api.depends("date_end")
    def _compute_date_last_day(self):
        for schedule in self:
            end = schedule.date_end
            schedule.date_last_day = end and fields.Date.subtract(end, days=1)

    @api.depends("segment_ids", "posting_ids")
    def _compute_totals(self):
        totals = self._get_totals()
        for schedule in self:
            net, net_company, done, done_company, runs = totals.get(schedule.id, (0,) * 5)
            schedule.net_amount = net
            schedule.net_company_amount = net_company
            schedule.recognised_amount = done
            schedule.recognised_company_amount = done_company
            schedule.remaining_amount = net - done
            schedule.remaining_company_amount = net_company - done_company
            schedule.run_count = runs

    def _get_totals(self):
        """`{schedule id: (net, net company, recognised, same in company currency, runs)}`."""
        if not self.ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT segment.schedule_id, SUM(segment.amount), SUM(segment.company_amount),
                       COALESCE(SUM(posted.amount), 0), COALESCE(SUM(posted.company_amount), 0),
                       COALESCE(MAX(posted.runs), 0)
                  FROM saas_revenue_segment segment
             LEFT JOIN LATERAL (
                       SELECT SUM(amount) AS amount, SUM(company_amount) AS company_amount,
                              COUNT(*) AS runs
                         FROM saas_revenue_posting
                        WHERE segment_id = segment.id) posted ON TRUE
                 WHERE segment.schedule_id = ANY(%s)
              GROUP BY segment.schedule_id
                """,
                self.ids,
            )
        )
        return {schedule_id: totals for schedule_id, *totals in rows}

    def _get_effective_segments(self):
        """Segments that still tell what is earned when: neither taken out nor taking out."""
        effective = {}
        for segment in self.sudo().segment_ids.sorted("id"):
            origin = segment.origin_segment_id
            if origin.id in effective and segment._mirrors(origin):
                del effective[origin.id]
            else:
                effective[segment.id] = segment
        return self.sudo().segment_ids.browse(effective)

    @api.model
    def _create_for_lines(self, lines):
        """Schedules and segments of posted lines: a fixed number of statements for any batch.

        Doing it again changes nothing: unique constraints know what each line has brought.
        """
        self.env.flush_all()
        own_count = self._execute(revenue_schedule_sql.BILLED, lines)[0]
        if own_count < len(lines) and (
            taking_back := lines.with_prefetch().filtered(
                lambda line: line._takes_saas_revenue_back()
            )
        ):
            self._execute(revenue_schedule_sql.CREDITED, taking_back)
            self._lower_by_credits(taking_back)
            self._execute(revenue_schedule_sql.REMAINDERS, taking_back)
        self.invalidate_model()
        self.env["saas.revenue.segment"].invalidate_model()
        for name in ("account.move", "account.move.line"):
            self.env[name].invalidate_model(["saas_revenue_schedule_ids"], flush=False)

    def _execute(self, texts, lines):
        """How many rows each of the statements brought."""
        counts = []
        for statement in revenue_schedule_sql.statements(texts, lines.ids, self.env.uid):
            self.env.cr.execute(statement)
            counts.append(self.env.cr.rowcount)
        return counts

    # ------------------------------------------------------------------
    # Where to look next
    # ------------------------------------------------------------------

    def action_open_invoice(self):
        self.ensure_one()
        return self.move_id.get_formview_action()

    def action_open_subscription(self):
        self.ensure_one()
        return self.subscription_id.get_formview_action()

    def action_open_events(self):
        """Events of the billing platform that caused the invoice."""
        self.ensure_one()
        return self.move_id.action_open_saas_events()

    def action_open_amendment(self):
        """A new amendment of this schedule, to fill in and propose."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Amend %s", self.name),
            "res_model": "saas.revenue.amendment",
            "view_mode": "form",
            "context": {"default_schedule_id": self.id},
        }

    def action_open_runs(self):
        return self._get_list_action(
            "saas.revenue.run", self.posting_ids.run_id.ids, self.env._("Month-end Runs")
        )

    def action_open_journal_items(self):
        items = self.posting_ids.move_line_id | self.posting_ids.deferred_move_line_id
        return self._get_list_action(
            "account.move.line", (items | self.move_line_id).ids, self.env._("Journal Items")
        )

    def _get_list_action(self, model, ids, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("id", "in", ids)],
        }
