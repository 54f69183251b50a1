"""Facts against books, for as many documents as there are: SQL finds the keys that differ.

Both sides are given as SELECT statements of the same columns: kind, external_id and item, which
make the key; day, currency, amount; state, a text or NULL; label, model and res_id. One statement
adds them up and keeps the keys that do not agree; only for those are entries loaded and classed by
`rules.comparison`. So a month of a hundred thousand documents that agree needs no row in Python.
Amounts leave the database as text, because Odoo would read them as floats.
"""

from collections import defaultdict
from datetime import datetime, time
from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ..rules.comparison import Entry, differences

#: Differences that a check keeps one by one; the rest is one line with its sum.
MOST_DIFFERENCES = 10_000
#: Of PostgreSQL, for the statement that compares; its own default is for much smaller ones.
WORK_MEMORY = "64MB"


class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    # ── the months ───────────────────────────────────────────────────────────────────────────

    def _get_instants(self, connection, slack):
        """The run's months as aware instants of the connection's zone, widened by `slack`."""
        zone = connection._get_zone()
        start, end = (
            datetime.combine(day, time.min, zone) for day in (self.date_from, self.date_to)
        )
        return start - slack, end + slack

    # ── the provider's side ──────────────────────────────────────────────────────────────────

    def _get_fact_parts(self, connection):
        """Readings of this month and connection; called on a narrowed run."""
        return self._origin.part_ids.filtered(
            lambda part: part.kind == "reading"
            and part.month == self.date_from
            and part.connection_id == connection
        )

    def _get_facts(self, connection, *kinds):
        """SELECT of the facts of these kinds; what is booked, since the cut-over."""
        return SQL(
            """SELECT * FROM saas_reconciliation_fact fact
                WHERE fact.part_id = ANY(%s) AND fact.kind = ANY(%s)
                  AND (fact.day >= %s OR fact.kind = 'subscription')""",
            self._get_fact_parts(connection).ids,
            list(kinds),
            connection.cutover_date or "-infinity",
        )

    def _get_told(self, connection, *kinds):
        """The provider's side of whole documents or movements of money."""
        return SQL(
            """SELECT kind, external_id, item, day, currency, amount, NULL AS state, label,
                      NULL AS model, NULL::int AS res_id
                 FROM (%s) told WHERE item = ''""",
            self._get_facts(connection, *kinds),
        )

    # ── comparing ────────────────────────────────────────────────────────────────────────────

    def _compare_rows(self, connection, told, booked, titles=None, tolerance=Decimal(0)):
        """Control totals, and one line per key that differs, of the month of this narrowed run.

        :param told: SELECT of the provider's side
        :param booked: SELECT of the books' side; entries of other months only explain
        :param titles: what the items are called in the control totals
        :param tolerance: what two amounts may differ by and still be tax rounding
        :returns: values of reconciliation lines; the differences add up to those of the totals
        """
        self.env.flush_all()
        # A month of a hundred thousand documents is then compared without temporary files.
        self.env.cr.execute(SQL("SET LOCAL work_mem = %s", WORK_MEMORY))
        rows = self.env.execute_query_dict(self._get_comparison(told, booked))
        sums = [row for row in rows if row["kind"] is None]
        keys = [(row["kind"], row["external_id"]) for row in rows if row["kind"] is not None]
        month = (self.date_from.year, self.date_from.month)
        currencies = self._get_currencies_by_name(row["currency"] for row in rows)
        lines = [self._prepare_total(connection, row, currencies, titles or {}) for row in sums]
        if keys:
            left, right = self._load_entries(told, keys), self._load_entries(booked, keys)
            found = differences(left, right, month, tolerance)
            prepared = [self._prepare_difference(connection, each, currencies) for each in found]
            lines += self._explain(connection, prepared)
            lines += self._prepare_rests(sums, found, currencies)
        return lines

    def _get_comparison(self, told, booked):
        """Sums by currency and item, then the keys that differ, as one statement."""
        side = """SELECT kind, external_id, item, currency, SUM(amount) AS amount,
                         MAX(state) AS state
                    FROM (%(rows)s) side WHERE day >= %(first)s AND day < %(last)s
                GROUP BY kind, external_id, item, currency"""
        span = {"first": self.date_from, "last": self.date_to}
        return SQL(
            """WITH mine AS (%(mine)s), theirs AS (%(theirs)s), compared AS MATERIALIZED (
                    SELECT kind, external_id, item, currency,
                           mine.amount AS told, theirs.amount AS booked,
                           (mine.amount, mine.state)
                               IS DISTINCT FROM (theirs.amount, theirs.state) AS differs
                      FROM mine FULL JOIN theirs USING (kind, external_id, item, currency)
               )
               SELECT NULL AS kind, NULL AS external_id, item, currency,
                      COALESCE(SUM(told), 0)::text AS told,
                      COALESCE(SUM(booked), 0)::text AS booked,
                      COUNT(*) FILTER (WHERE differs) AS differing,
                      COALESCE(SUM(told) FILTER (WHERE differs), 0)::text AS told_differing,
                      COALESCE(SUM(booked) FILTER (WHERE differs), 0)::text AS booked_differing
                 FROM compared GROUP BY item, currency
            UNION ALL
              (SELECT kind, external_id, item, currency, NULL, NULL, 1, NULL, NULL
                 FROM compared WHERE differs
             ORDER BY kind, external_id, item, currency LIMIT %(limit)s)
             ORDER BY kind NULLS FIRST, item, currency, external_id""",
            mine=SQL(side, rows=told, **span),
            theirs=SQL(side, rows=booked, **span),
            limit=MOST_DIFFERENCES,
        )

    def _load_entries(self, rows, keys):
        """Entries of one side with the given (kind, external id), in any month."""
        kinds, external_ids = (list(each) for each in zip(*keys, strict=True))
        found = self.env.execute_query(
            SQL(
                """SELECT kind, side.external_id, item, day, currency, amount::text, state, label,
                          model, res_id
                     FROM (%(rows)s) side
                    WHERE side.external_id = ANY(%(ids)s)
                      AND (kind, side.external_id) IN (
                          SELECT * FROM unnest(%(kinds)s::text[], %(ids)s::text[]))
                 ORDER BY day, res_id""",
                rows=rows,
                kinds=kinds,
                ids=external_ids,
            )
        )
        return [
            Entry(
                key=":".join(filter(None, [kind, external_id, item])),
                month=(day.year, day.month),
                currency=currency,
                amount=Decimal(amount),
                label=label or external_id,
                owner=model and self.env[model].browse(res_id),
                state=state,
                day=day,
            )
            for kind, external_id, item, day, currency, amount, state, label, model, res_id in found
        ]

    # ── lines ────────────────────────────────────────────────────────────────────────────────

    def _get_currencies_by_name(self, names):
        wanted = list({name for name in names if name})
        currencies = self.env["res.currency"].with_context(active_test=False)
        return {each.name: each for each in currencies.search([("name", "in", wanted)])}

    def _get_currency_id(self, currencies, name):
        return currencies[name].id if name in currencies else False

    def _prepare_total(self, connection, row, currencies, titles):
        labels = [connection.name, f"{self.date_from:%Y-%m}", titles.get(row["item"], row["item"])]
        return {
            "currency_id": self._get_currency_id(currencies, row["currency"]),
            "label": " · ".join(filter(None, labels)),
            "left_amount": float(row["told"]),
            "right_amount": float(row["booked"]),
        }

    def _prepare_difference(self, connection, difference, currencies):
        shown = difference.left or difference.right
        owner = difference.right and difference.right.owner
        return {
            "connection_id": connection.id,
            "key": f"{difference.key}/{difference.currency}",
            "currency_id": self._get_currency_id(currencies, difference.currency),
            "label": shown.label or shown.external_id,
            "day": difference.day,
            "left_amount": float(difference.left_amount),
            "right_amount": float(difference.right_amount),
            "difference_class": difference.kind,
            "reason": self._get_reason(difference),
            "right_model": owner._name if owner else False,
            "right_res_id": owner.id if owner else False,
            "external_id": shown.external_id,
        }

    def _get_reason(self, difference):
        left, right = difference.left, difference.right
        if difference.kind == "state":
            return self.env._(
                "%(told)s at the provider, %(booked)s in the books",
                told=left.state,
                booked=right.state,
            )
        if difference.kind == "timing":
            return self.env._(
                "%(told)s at the provider, %(booked)s in the books",
                told="{}-{:02d}".format(*left.month),
                booked="{}-{:02d}".format(*right.month),
            )
        return False

    def _prepare_rests(self, sums, found, currencies):
        """What is beyond the limit, as one line per currency and item: no amount gets lost."""
        listed = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
        for each in found:
            item = each.key.split(":", 2)[2:]
            rest = listed[item[0] if item else "", each.currency]
            rest[0] += 1
            rest[1] += each.left_amount
            rest[2] += each.right_amount
        lines = []
        for row in sums:
            count, told, booked = listed[row["item"], row["currency"]]
            if row["differing"] > count:
                lines.append(
                    {
                        "currency_id": self._get_currency_id(currencies, row["currency"]),
                        "label": self.env._("%s more differences", row["differing"] - count),
                        "left_amount": float(Decimal(row["told_differing"]) - told),
                        "right_amount": float(Decimal(row["booked_differing"]) - booked),
                        "difference_class": "unknown",
                        "reason": self.env._("Mend the cause of those listed, then run again."),
                    }
                )
        return lines

    # ── causes ───────────────────────────────────────────────────────────────────────────────

    def _explain(self, connection, prepared):
        """Add to differences what the inbox knows about them: the event that is not booked yet."""
        wanted = {each["external_id"] for each in prepared if not each["reason"]}
        stuck = self._get_stuck_events(connection, wanted)
        for values in prepared:
            event = stuck.get(values["external_id"])
            if event and event.issue_id:
                values["reason"] = self.env._("Parked: %s", event.issue_id.cause)
                values["user_id"] = event.issue_id.user_id.id or connection.user_id.id
            elif event:
                values["reason"] = self.env._("Its event is in the inbox, not processed yet")
            elif values["difference_class"] == "missing":
                values["reason"] = self.env._("No event of it waits: import it from the history")
        return prepared

    def _get_stuck_events(self, connection, external_ids):
        """The newest event that is not done, by object."""
        events = self.env["saas.billing.event"].sudo()
        found = events.search_fetch(
            [
                ("connection_id", "=", connection.id),
                ("object_id", "in", list(external_ids)),
                ("state", "in", ("pending", "retry", "waiting", "parked")),
            ],
            ["object_id", "issue_id"],
            order="id",
        )
        return {event.object_id: event for event in found}
