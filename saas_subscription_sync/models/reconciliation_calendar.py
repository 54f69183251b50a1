"""The days of a year as squares: what the calendar's screen asks for."""

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models

from .reconciliation_day import STATES
from .reconciliation_day_reading import CASH, KINDS

MONTHS = 12
#: Differing records that a day shows; the list of differences has them all.
MOST_SHOWN = 40
#: Models of what a connection books, and the field that says what it is.
ORIGINS = (("account.move", "saas_document_type"), ("account.payment", "saas_kind"))
FIGURES = ("told", "inbox", "booked")


class SaasReconciliationDay(models.Model):
    _inherit = "saas.reconciliation.day"

    @api.model
    def get_calendar(self, connection_id=False, last_month=False):
        """Twelve months of squares of one connection.

        :param connection_id: the first of the companies at hand where there is none
        :param last_month: a day of the last month, ISO; the running month where there is none
        :returns: dict of the connections to choose from, the one chosen (or False), and its months:
            `days` with `day`, `state` and `rows` of totals, `unplaced` differences without a day
        """
        connections = self.env["saas.billing.connection"].search(
            [("company_id", "in", self.env.companies.ids)]
        )
        connection = connections.filtered(lambda each: each.id == connection_id) or connections[:1]
        found = {
            "connections": [{"id": each.id, "name": each.display_name} for each in connections],
            "states": dict(self._fields["state"]._description_selection(self.env)),
            "connection": connection.id,
            "months": [],
        }
        if connection:
            today = fields.Date.context_today(self.with_context(tz=connection.timezone))
            last = fields.Date.to_date(last_month) or today
            first = last.replace(day=1) - relativedelta(months=MONTHS - 1)
            found |= {
                "today": today.isoformat(),
                "last_month": last.replace(day=1).isoformat(),
                "is_reconciled": bool(self._get_read_days(connection)),
                "months": self._get_months(connection, first, today),
            }
        return found

    @api.model
    def _get_months(self, connection, first, today):
        end = first + relativedelta(months=MONTHS)
        rows = self._get_rows(connection, first, end)
        read, unplaced = self._get_read_days(connection, first, end), {}
        for month, count in self.env["saas.reconciliation.difference"]._read_group(
            self._get_unplaced_domain(connection, first, end), ["month:month"], ["__count"]
        ):
            unplaced[month] = count
        months = []
        for number in range(MONTHS):
            month = first + relativedelta(months=number)
            days = []
            for offset in range((month + relativedelta(months=1) - month).days):
                day = month + relativedelta(days=offset)
                if day <= today:
                    days.append(self._prepare_day(day, rows.get(day, []), day in read))
            months.append(
                {"month": month.isoformat(), "days": days, "unplaced": unplaced.get(month, 0)}
            )
        return months

    @api.model
    def _get_unplaced_domain(self, connection, first, end):
        """Differences of whole months that nobody has explained."""
        return [
            ("connection_id", "=", connection.id),
            ("day", "=", False),
            ("state", "=", "open"),
            ("month", ">=", first),
            ("month", "<", end),
        ]

    @api.model
    def _get_rows(self, connection, first, end):
        """Rows of totals by day."""
        rows = {}
        for each in self.search_fetch(
            [("connection_id", "=", connection.id), ("day", ">=", first), ("day", "<", end)]
        ):
            rows.setdefault(each.day, []).append(each._prepare_row())
        return rows

    def _prepare_row(self):
        row = {"kind": self.kind, "currency": self.currency_id.id, "state": self.state}
        for name in FIGURES:
            row[name] = [self[f"{name}_count"], self[f"{name}_amount"]]
        return row

    @api.model
    def _get_read_days(self, connection, first=False, end=False):
        """Days whose documents and money were read; fees and payouts may follow later."""
        readings = self.env["saas.reconciliation.day.reading"]
        domain = [
            ("connection_id", "=", connection.id),
            ("kind", "not in", CASH),
            ("currency_id", "=", False),
        ]
        if not first:
            return readings.search_count(domain, limit=1)
        domain += [("day", ">=", first), ("day", "<", end)]
        kinds = len([kind for kind, _label in KINDS if kind not in CASH])
        return {
            day
            for day, count in readings._read_group(domain, ["day:day"], ["__count"])
            if count == kinds
        }

    @api.model
    def _prepare_day(self, day, rows, is_read):
        """One square: the worst state of its rows."""
        states = {row["state"] for row in rows} | {"green" if is_read else "none"}
        state = next(each for each, _label in STATES if each in states)
        return {"day": day.isoformat(), "state": state, "rows": rows}

    @api.model
    def get_day(self, connection_id, day):
        """What is behind one square.

        :returns: dict of `differences` (the first of them, and `count` of all), and `changed`:
            records of the books that were written since the day was read
        """
        connection = self.env["saas.billing.connection"].browse(connection_id)
        differences = self.env["saas.reconciliation.difference"]
        domain = self._get_difference_domain(connection, fields.Date.to_date(day))
        found = differences.search(domain, limit=MOST_SHOWN, order="check, id")
        return {
            "count": differences.search_count(domain),
            "differences": [self._prepare_shown(each) for each in found],
            "changed": self._get_changed_records(connection, day),
        }

    @api.model
    def _prepare_shown(self, difference):
        classes = dict(difference._fields["difference_class"]._description_selection(self.env))
        states = dict(difference._fields["state"]._description_selection(self.env))
        return {
            "id": difference.id,
            "check": difference.check,
            "title": difference.title,
            "label": difference.label,
            "class": classes[difference.difference_class],
            "reason": difference.reason or "",
            "currency": difference.currency_id.id,
            "told": difference.left_amount,
            "booked": difference.right_amount,
            "owner": difference.user_id.name or "",
            "state": states[difference.state],
        }

    @api.model
    def _get_changed_records(self, connection, day):
        """Documents and payments of the day that were written since it was read."""
        readings = self.env["saas.reconciliation.day.reading"]
        since = readings._read_group(
            [("connection_id", "=", connection.id), ("day", "=", day)], [], ["read_at:min"]
        )[0][0]
        if not since:
            return []
        domain = [
            ("saas_connection_id", "=", connection.id),
            ("date", "=", day),
            ("write_date", ">", since),
        ]
        changed = []
        for model, kind in ORIGINS:
            records = self.env[model].search([*domain, (kind, "!=", False)], limit=MOST_SHOWN)
            states = dict(records._fields["state"]._description_selection(self.env))
            changed += [
                {
                    "model": model,
                    "id": each.id,
                    "label": each.display_name,
                    "state": states[each.state],
                    "by": each.write_uid.name,
                }
                for each in records
            ]
        return changed


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    def action_open_calendar(self):
        """The days of this connection, green where provider, inbox and books agree."""
        self.ensure_one()
        action = self.env["ir.actions.client"]._for_xml_id(
            "saas_subscription_sync.action_reconciliation_calendar"
        )
        return {**action, "params": {"connection_id": self.id}}
