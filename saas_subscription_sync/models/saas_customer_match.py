"""Which contact a customer is: found by policy, or decided by a person with both sides in view."""

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, email_normalize

from ..rules.customer_match import ASK, CREATE, LINK, Candidate, Match, Verdict, judge
from ..rules.tax_ids import compact

#: Code of the issue that waits for the decision; its key is the customer's external id.
ISSUE = "customer_match"
REASONS = [
    ("policy", "A contact matches; the connection's policy has a person decide."),
    ("several", "Several contacts match."),
    ("contradiction", "The tax id belongs to one contact, the e-mail to another."),
    ("other_tax_id", "The contact with this e-mail has another tax id."),
    ("taken", "The matching contact is another customer of the same account already."),
    ("archived", "The matching contact is archived."),
    ("booked", "The tax id belongs to a contact; documents are on another one already."),
]


class SaasCustomer(models.Model):
    _inherit = "saas.customer"  # pylint: disable=consider-merging-classes-inherited

    state = fields.Selection(
        [
            ("waiting", "Not Arrived"),
            ("open", "To Decide"),
            ("decided", "Decided"),
            ("linked", "Linked"),
        ],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
        tracking=True,
        help="Not arrived: only tax ids are known. Decided: is processed in a moment.",
    )
    origin = fields.Selection(
        [
            ("created", "Made from It"),
            ("tax_id", "Matched by Tax ID"),
            ("email", "Matched by E-mail"),
            ("person", "Linked by a Person"),
        ],
        readonly=True,
        string="Link",
        help="How the contact was found.",
    )
    reason = fields.Selection(REASONS, readonly=True, string="Why a Person Decides")
    candidate_id = fields.Many2one(
        "res.partner",
        string="Beside",
        check_company=True,
        domain="[('parent_id', '=', False), ('company_id', 'in', (False, company_id))]",
        context={"active_test": False},
        help="The contact to compare with, and to link to.",
    )
    decision = fields.Selection(
        [("link", "Link"), ("new", "Make New"), ("keep", "Keep")], readonly=True
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(readonly=True)
    match_ids = fields.Many2many(
        "res.partner",
        compute="_compute_match_ids",
        string="Matching Contacts",
        help="Other contacts with the same tax id or e-mail.",
    )

    issue_id = fields.Many2one(
        "saas.billing.issue", compute="_compute_issue_id", help="The open issue of the decision."
    )

    @api.depends("state")
    def _compute_issue_id(self):
        issues = self.env["saas.billing.issue"]
        for customer in self:
            customer.issue_id = customer.state == "open" and issues._find_open(
                customer.connection_id, ISSUE, customer.external_id
            )

    def action_open_issue(self):
        """What waits for the decision."""
        return self.issue_id._get_records_action()

    # ── find ─────────────────────────────────────────────────────────────────────────────────

    @api.depends("email", "tax_id_ids", "partner_id")
    def _compute_match_ids(self):
        for customer, match in self._get_matches().items():
            found = {each.partner_id for each in match.by_tax_id | match.by_email}
            others = self.env["res.partner"].browse(sorted(found)) - customer.partner_id
            customer.match_ids = others

    def _get_matches(self):
        """{customer: Match}: contacts with the same tax id or e-mail, for all in one look-up each.

        Contacts that were made from other customers of the same account are none: what the provider
        keeps apart stays apart, whichever of them arrives first. Nor is what was made from itself.
        """
        matches = {}
        for company, customers in self.grouped("company_id").items():
            by_vat = self._search_numbers(company, customers._get_numbers())
            by_email = self._search_emails(company, customers._get_emails())
            found = self.env["res.partner"].union(*by_vat.values(), *by_email.values())
            links = self.search([("partner_id", "in", found.ids)]).grouped("partner_id")
            for customer in customers:
                matches[customer] = Match(
                    customer._get_candidates(by_vat, customer._get_numbers(), links),
                    customer._get_candidates(by_email, customer._get_emails(), links),
                )
        return matches

    def _get_numbers(self):
        """Tax ids as they are compared."""
        return {
            compact(text)
            for each in self.tax_id_ids._get_usable()
            for text in (each.vat, each.value)
        }

    def _get_emails(self):
        return {email for each in self if (email := email_normalize(each.email or ""))}

    @api.model
    def _search_partners(self, company, domain, key):
        """{key: contacts}; who is found through a person is its company."""
        partners = self.env["res.partner"].with_context(active_test=False)
        found = partners.search(
            [*partners._check_company_domain(company), ("partner_share", "=", True), *domain]
        )
        return {value: each.commercial_partner_id for value, each in found.grouped(key).items()}

    @api.model
    def _search_emails(self, company, emails):
        domain = [("email_normalized", "in", list(emails))]
        return self._search_partners(company, domain, "email_normalized") if emails else {}

    @api.model
    def _search_numbers(self, company, numbers):
        """Contacts by tax id, however a person has written it."""
        if not numbers:
            return {}
        self.env["res.partner"].flush_model(["vat"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM res_partner
                    WHERE vat IS NOT NULL
                      AND regexp_replace(upper(vat), '[^0-9A-Z]', '', 'g') IN %s""",
                tuple(numbers),
            )
        )
        domain = [("id", "in", [row[0] for row in rows])]
        return self._search_partners(company, domain, lambda each: compact(each.vat))

    def _get_candidates(self, found, values, links):
        partners = self.env["res.partner"].union(*(found[each] for each in values if each in found))
        if self.origin == "created":
            partners -= self.partner_id
        candidates = set()
        for partner in partners:
            others = links.get(partner, self) - self
            others = others.filtered(lambda each: each.connection_id == self.connection_id)
            if "created" not in others.mapped("origin"):
                candidates.add(self._get_candidate(partner, bool(others)))
        return frozenset(candidates)

    def _get_candidate(self, partner, taken):
        own = self._get_numbers()
        return Candidate(
            partner_id=partner.id,
            archived=not partner.active,
            taken=taken,
            other_tax_id=bool(own and partner.vat and compact(partner.vat) not in own),
        )

    # ── decide ───────────────────────────────────────────────────────────────────────────────

    def _match(self):
        """Find the contacts of customers that have none: link, make, or leave it to a person.

        What was linked a moment ago counts for the next one, oldest first.
        """
        matches = self.filtered(lambda each: not each._is_decided())._get_matches()
        new, taken = self.browse(), set()
        for customer in self.sorted(lambda each: (each.version, each.external_id)):
            if customer in matches:
                verdict = customer._judge(matches[customer].with_taken(taken))
            else:
                verdict = customer._get_decided()
            if verdict.kind == LINK:
                taken.add(verdict.partner_id)
                customer._link(verdict)
            elif verdict.kind == CREATE:
                new |= customer
            else:
                customer._ask(verdict)
        new._create_partners()

    def _match_again(self):
        """Look at customers that are linked already in the light of new tax ids.

        What policy linked or made may turn out to be somebody else; what a person decided stays.
        """
        self.filtered(lambda each: each._is_decided())._apply_decisions()
        unsure = self.filtered(lambda each: each.origin != "person" and each.decision != "keep")
        for customer, match in unsure._get_matches().items():
            verdict = customer._judge(match)
            if verdict.kind == CREATE or verdict.partner_id == customer.partner_id.id:
                verdict = verdict if verdict.kind == ASK else None
            elif verdict.kind == LINK and customer._is_used():
                verdict = Verdict(ASK, verdict.partner_id, "booked")
            if verdict and verdict.kind == LINK:
                customer._move(verdict)
            elif verdict:
                customer._ask(verdict)
            elif customer.state == "open":
                customer.write({"state": "linked", "reason": False})

    def _judge(self, match):
        return judge(self.connection_id.customer_policy, match)

    def _is_decided(self):
        """Whether a person has decided; a contact that is gone meanwhile takes it back."""
        return self.state == "decided" and (self.decision != "link" or bool(self.candidate_id))

    def _get_decided(self):
        """The verdict of a person."""
        if self.decision == "link":
            return Verdict(LINK, self.candidate_id.id, "person")
        return Verdict(CREATE)

    def _apply_decisions(self):
        for customer in self:
            verdict = customer._get_decided()
            if customer.decision == "link" and customer.candidate_id != customer.partner_id:
                customer._move(verdict)
            else:
                customer.write({"state": "linked", "reason": False, "decision": "keep"})

    def _ask(self, verdict):
        self.write(
            {
                "state": "open",
                "reason": verdict.reason,
                "candidate_id": self.candidate_id.id or verdict.partner_id,
            }
        )

    def _link(self, verdict):
        self.write(
            {
                "partner_id": verdict.partner_id,
                "origin": verdict.reason,
                "state": "linked",
                "reason": False,
            }
        )
        self._keep_before()

    def _move(self, verdict):
        """Link to another contact. One that was made from the customer goes into it."""
        old, made = self.partner_id, self.origin == "created"
        self._link(verdict)
        links = self.env["saas.billing.link"]
        links._move(self.connection_id, "customer", self.external_id, self.partner_id)
        if made:
            wizard = self.env["base.partner.merge.automatic.wizard"].sudo()
            wizard._merge([old.id, verdict.partner_id], self.partner_id)

    def _is_used(self):
        """Whether anything but the link hangs on the contact."""
        of_contact = [("partner_id", "=", self.partner_id.id)]
        models_ = ("account.move.line", "account.payment", "saas.subscription")
        return any(self.env[name].sudo().search_count(of_contact, limit=1) for name in models_)

    def _create_partners(self):
        told = self._get_told()
        partners = self.env["res.partner"].create(
            [customer._prepare_partner(told[customer]) for customer in self]
        )
        for customer, partner in zip(self, partners, strict=True):
            customer.write(
                {
                    "partner_id": partner.id,
                    "origin": "created",
                    "state": "linked",
                    "reason": False,
                }
            )

    def _get_question(self):
        """The outcome of events that wait for the decision."""
        reason = dict(REASONS).get(self.reason, "")
        return NeedsHuman(
            ISSUE,
            f"Customer “{self._get_label()}” ({self.external_id}) may be “"
            f"{self.candidate_id.display_name}” in Odoo. {reason} Decide which contact it is.",
            key=self.external_id,
        )

    # ── a person ─────────────────────────────────────────────────────────────────────────────

    def action_link(self):
        """The customer is the contact beside it."""
        self._check_decider()
        for customer in self:
            if not customer.candidate_id:
                raise UserError(
                    self.env._("Choose the contact first that “%s” is.", customer.display_name)
                )
            customer._decide("link")

    def action_create_new(self):
        """The customer is nobody that Odoo knows: make a contact."""
        self._check_decider()
        for customer in self:
            if customer.partner_id:
                raise UserError(self.env._("“%s” has a contact already.", customer.display_name))
            customer._decide("new")

    def action_keep(self):
        """The contact that the customer is linked to is the right one."""
        self._check_decider()
        for customer in self:
            if not customer.partner_id:
                raise UserError(self.env._("“%s” has no contact yet.", customer.display_name))
            customer._decide("keep")

    @api.model
    def _contacts_changed(self, partners):
        """Contacts are in use again, or others went into them: what waited for that goes on."""
        self.search([("partner_id", "in", partners.ids)])._resolve_archived()
        asked = [
            ("state", "=", "open"),
            *("|", ("partner_id", "in", partners.ids), ("candidate_id", "in", partners.ids)),
        ]
        for customer in self.search(asked):
            customer._judge_again()

    def _judge_again(self):
        """Process again what waits for the decision: it may not need one any more."""
        self.env["saas.billing.issue"]._resolve(self.connection_id, ISSUE, self.external_id)

    def _check_decider(self):
        self.check_access("write")
        if not self.env.user.has_group("saas_billing_connector.group_saas_operator"):
            raise AccessError(self.env._("Deciding which contact it is needs a Billing Operator."))

    def _decide(self, decision):
        """Note the decision and process again what waited for it."""
        if self.state != "open":
            raise UserError(self.env._("“%s” has been decided about already.", self.display_name))
        self.sudo().write(
            {
                "state": "decided",
                "decision": decision,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        self._judge_again()
