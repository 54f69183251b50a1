"""What a person is told about a cause, and the one place where it is mended.

What a handler said of the first event is kept with the issue as evidence, in English; what is told
here is looked up when it is shown, in the reader's language.
"""

from dataclasses import dataclass

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


@dataclass(frozen=True, slots=True)
class Cause:
    """One kind of cause.

    :ivar title: what is wrong, in a few words
    :ivar advice: what to do about it
    :ivar button: what opens the place to do it, or nothing where only the events help
    :ivar opens: method of the issue that gives the action behind the button
    """

    title: str
    advice: str
    button: str = ""
    opens: str = "action_open_events"


class SaasBillingIssue(models.Model):
    _inherit = "saas.billing.issue"
    _rec_names_search = ("title", "key")

    cause = fields.Char(
        compute="_compute_cause", search="_search_cause", help="What is wrong, in a few words."
    )
    advice = fields.Text(compute="_compute_cause", string="What to Do")
    fix_label = fields.Char(compute="_compute_cause")

    @api.model
    def _get_causes(self):
        """Cause by code; addons add theirs."""
        return {
            "invalid_data": Cause(
                self.env._("An object lacks what booking it needs"),
                self.env._(
                    "Open the event and compare it with the provider. Correct it there, then"
                    " preview and replay; or correct what the reason names in Odoo."
                ),
            ),
            "dependency": Cause(
                self.env._("An object that events refer to has not arrived"),
                self.env._(
                    "With a read key the object is fetched by itself. Set the key, or have the"
                    " provider send the object's event again."
                ),
                self.env._("Set the Read Key"),
                "_open_connection",
            ),
            "not_at_provider": Cause(
                self.env._("An object that events refer to is not at the provider"),
                self.env._(
                    "It was deleted there, or the read key belongs to another account. Check the"
                    " key, then preview and replay. The price of a product that is gone then asks"
                    " for a product of Odoo."
                ),
                self.env._("Check the Read Key"),
                "_open_connection",
            ),
            **dict.fromkeys(
                ("stripe_key", "stripe_permission", "wrong_account", "wrong_mode"),
                Cause(
                    self.env._("The read key does not fit"),
                    self.env._(
                        "Put the right key where the connection's read key points to, with the"
                        " permissions that “Check Key” lists."
                    ),
                    self.env._("Set the Read Key"),
                    "_open_connection",
                ),
            ),
            **dict.fromkeys(
                ("stripe_busy", "stripe_error", "stripe_unreachable", "stripe_request"),
                Cause(
                    self.env._("The provider could not be read"),
                    self.env._(
                        "It was tried many times. Preview and replay once the provider answers"
                        " again; the reason tells what it said."
                    ),
                ),
            ),
            "time_limit": Cause(
                self.env._("Processing takes longer than the server allows"),
                self.env._(
                    "It was tried many times. Raise limit_time_cpu and limit_time_real_cron of the"
                    " server, then preview and replay."
                ),
            ),
            "events_gap": Cause(
                self.env._("Events may be missing"),
                self.env._("The provider lists them no more. Import the objects of that time."),
                self.env._("Open Imports"),
                "_open_imports",
            ),
            "body_removed": Cause(
                self.env._("The events' contents were removed before they were read"),
                self.env._("Import the objects of that time from the provider."),
                self.env._("Open Imports"),
                "_open_imports",
            ),
            "id_conflict": Cause(
                self.env._("One event arrived with two contents"),
                self.env._(
                    "Both are kept, the first was processed. Compare them and ask the provider"
                    " which one is right."
                ),
            ),
            "unexpected": Cause(
                self.env._("An unexpected error"),
                self.env._(
                    "Nobody foresaw this. An administrator finds the traceback on the event's last"
                    " attempt; replay once the error is corrected."
                ),
            ),
        }

    @api.model
    def _get_other_cause(self):
        """The cause of a code that nobody describes."""
        return Cause(
            self.env._("Something needs a decision"),
            self.env._("The reason says what to do. Preview and replay once it is done."),
        )

    @api.model
    def _get_cause_codes(self):
        """Selection of the codes that are described."""
        return [(code, cause.title) for code, cause in self._get_causes().items()]

    @api.depends("code", "key", "connection_id")
    @api.depends_context("lang")
    def _compute_cause(self):
        causes, other = self._get_causes(), self._get_other_cause()
        for issue in self:
            cause = causes.get(issue.code, other)
            issue.cause = cause.title
            issue.advice = cause.advice
            issue.fix_label = cause.button

    @api.model
    def _search_cause(self, operator, value):
        if operator != "in":
            return NotImplemented
        titles = tuple(value)
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IN %s", model._field_to_sql(alias, "cause", query), titles
            )
        )

    def _field_to_sql(self, alias, field_expr, query=None):
        """The words, so that lists are grouped by them and not by codes."""
        if field_expr != "cause":
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            "CASE %s %s ELSE %s END",
            self._field_to_sql(alias, "code", query),
            SQL(" ").join(
                SQL("WHEN %s THEN %s", code, cause.title)
                for code, cause in self._get_causes().items()
            ),
            self._get_other_cause().title,
        )

    @api.depends("code", "key")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for issue in self:
            issue.display_name = " · ".join(filter(None, (issue.cause, issue.key)))

    def action_fix(self):
        """Open the one place where the cause is mended."""
        self.ensure_one()
        cause = self._get_causes().get(self.code, self._get_other_cause())
        return getattr(self, cause.opens)()

    def _open_connection(self):
        return self.connection_id._get_records_action()

    def _open_imports(self):
        return self.env["ir.actions.act_window"]._for_xml_id(
            "saas_billing_connector.action_billing_import"
        )
