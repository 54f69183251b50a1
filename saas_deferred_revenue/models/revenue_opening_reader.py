"""Reads the file of deferred balances: what its rows name is looked up chunk by chunk.

A plain object beside the import, alive while one file is read. Whatever is wrong with a row is
said in words on that row, all of it at once; a row without errors can be booked as it stands.
"""

import re
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

from .revenue_rule import METHODS, METHODS_AT_INVOICE

REQUIRED = ("reference", "customer", "description", "service_last_day", "remaining_amount")
OPTIONAL = (
    "product",
    "service_start",
    "currency",
    "company_amount",
    "method",
    "revenue_account",
    "deferred_account",
)
COLUMNS = REQUIRED + OPTIONAL
NUMBER = re.compile(r"-?\d+(\.\d+)?")


class OpeningReader:
    """Turns rows of text into values of `saas.revenue.opening.row`.

    :param opening: the import; it says the company and the cut-over date
    """

    def __init__(self, opening):
        self.company = opening.company_id
        self.cutover = opening.cutover_date
        self.env = opening.sudo().with_company(self.company).env
        self._ = self.env._
        self.opening = opening
        self.seen = {}
        self.rules = {}
        proof = self.env["saas.revenue.proof"]
        self.deferred_account_ids = set(proof._get_deferred_account_ids(self.company))
        self.currencies = {each.name: each for each in self.env["res.currency"].search([])}
        self.methods = [name for name, _label in METHODS if name not in METHODS_AT_INVOICE]

    def prepare_rows(self, chunk):
        """Values of the rows of a chunk, in a number of queries that does not grow with it.

        :param chunk: [(line number in the file, {column: text} or None where cells do not fit)]
        """
        self._look_up([cells for _number, cells in chunk if cells])
        return [self._prepare_row(number, cells) for number, cells in chunk]

    # ── looking up ───────────────────────────────────────────────────────────────────────────

    def _look_up(self, rows):
        def told(*columns):
            return sorted({row[name] for row in rows for name in columns if row[name]})

        self.partners = self._find_partners(told("customer"))
        self.products = self._find("product.product", "default_code", told("product"))
        codes = told("revenue_account", "deferred_account")
        self.accounts = self._find("account.account", "code", codes)
        booked = self.env["saas.revenue.opening.row"].search(
            [
                ("company_id", "=", self.company.id),
                ("reference", "in", told("reference")),
                ("move_id", "!=", False),
            ]
        )
        self.booked = {row.reference: row.move_id for row in booked}

    def _find(self, model, name, texts):
        """`{text: records}` of the company."""
        records = self.env[model]
        domain = [*records._check_company_domain(self.company), (name, "in", texts)]
        return records.search(domain).grouped(name) if texts else {}

    def _find_partners(self, texts):
        """`{text: customers}` that are called so, referenced so, or known so at the provider."""
        found = defaultdict(self.env["res.partner"].browse)
        if not texts:
            return found
        partners = self.env["res.partner"]
        domain = [*partners._check_company_domain(self.company)]
        for partner in partners.search([*domain, "|", ("name", "in", texts), ("ref", "in", texts)]):
            for text in {partner.name, partner.ref}:
                found[text] |= partner.commercial_partner_id
        customers = self.env["saas.customer"].search(
            [
                ("company_id", "=", self.company.id),
                ("external_id", "in", texts),
                ("partner_id", "!=", False),
            ]
        )
        for customer in customers:
            found[customer.external_id] |= customer.partner_id.commercial_partner_id
        return found

    # ── one row ──────────────────────────────────────────────────────────────────────────────

    def _prepare_row(self, number, cells):
        values = {"import_id": self.opening.id, "row_number": number}
        if not cells:
            message = self._("The row has another number of cells than the header. Correct it.")
            return {**values, "error": message}
        errors = []

        def check(parse, *args):
            try:
                return parse(*args)
            except ValueError as error:
                errors.append(str(error))
                return None

        product = check(self._get_product, cells["product"])
        partner = check(self._get_partner, cells["customer"])
        currency = check(self._get_currency, cells["currency"])
        start = check(self._get_day, "service_start", cells["service_start"]) or self.cutover
        last = check(self._get_day, "service_last_day", cells["service_last_day"])
        if last:
            check(self._check_period, start, last)
        amounts = check(self._get_amounts, cells, currency) if currency else None
        treatment = check(self._get_treatment, cells, product) if product is not None else None
        values |= {
            "reference": check(self._get_reference, number, cells["reference"]),
            "customer": cells["customer"],
            "partner_id": partner.id if partner else False,
            "product_id": product.id if product else False,
            "name": check(self._get_text, "description", cells["description"]),
            "service_start": start,
            "service_end": last and last + timedelta(days=1),
            "currency_id": currency and currency.id,
            **dict(zip(("amount", "company_amount"), amounts or (), strict=False)),
            **(treatment or {}),
            "error": "\n".join(errors),
        }
        return values

    def _get_text(self, column, text):
        if not text:
            raise ValueError(self._("“%s” is empty. Fill it in.", column))
        return text

    def _get_reference(self, number, text):
        self._get_text("reference", text)
        if text in self.booked:
            raise ValueError(
                self._(
                    "“%(reference)s” is booked already in %(entry)s. Take the row out of the file.",
                    reference=text,
                    entry=self.booked[text].display_name,
                )
            )
        first = self.seen.setdefault(text, number)
        if first != number:
            raise ValueError(
                self._(
                    "“%(reference)s” stands in row %(row)s already. Every row needs a reference"
                    " of its own.",
                    reference=text,
                    row=first,
                )
            )
        return text

    def _get_partner(self, text):
        self._get_text("customer", text)
        partners = self.partners[text]
        if not partners:
            raise ValueError(
                self._(
                    "No customer has the name, the reference or the billing id “%s”. Correct it,"
                    " or create the contact first.",
                    text,
                )
            )
        if len(partners) > 1:
            raise ValueError(
                self._(
                    "%(count)s customers are found by “%(text)s”. Give the reference or the"
                    " billing id of one of them.",
                    count=len(partners),
                    text=text,
                )
            )
        return partners

    def _get_product(self, text):
        products = self.products.get(text, self.env["product.product"])
        if text and len(products) != 1:
            raise ValueError(
                self._(
                    "%(count)s products have the internal reference “%(text)s”. Give that of one"
                    " product, or leave it empty.",
                    count=len(products),
                    text=text,
                )
            )
        return products

    def _get_currency(self, text):
        currency = self.currencies.get(text) if text else self.company.currency_id
        if not currency:
            raise ValueError(
                self._("“%s” is no active currency. Give its code, such as EUR.", text)
            )
        return currency

    def _get_day(self, column, text):
        if not text and column in OPTIONAL:
            return None
        self._get_text(column, text)
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(
                self._(
                    "“%(text)s” in “%(column)s” is no date. Write it as 2026-12-31.",
                    text=text,
                    column=column,
                )
            ) from error

    def _check_period(self, start, last):
        if last < start:
            raise ValueError(
                self._("The service ends before it starts. Correct one of the two days.")
            )
        if last < self.cutover:
            raise ValueError(
                self._(
                    "The service ended before the cut-over, so nothing of it is still to be"
                    " earned. Take the row out of the file and its amount off the old account."
                )
            )

    # ── money ────────────────────────────────────────────────────────────────────────────────

    def _get_amounts(self, cells, currency):
        """What is still to be earned, in the row's currency and in the company's."""
        own = self.company.currency_id
        amount = self._get_amount("remaining_amount", cells["remaining_amount"], currency)
        if not amount:
            raise ValueError(
                self._("The remaining amount is zero: nothing is to be earned. Take the row out.")
            )
        if currency == own:
            told = cells["company_amount"]
            if told and self._get_amount("company_amount", told, own) != amount:
                raise ValueError(
                    self._(
                        "The row is in %s, so its company amount is its remaining amount. Leave it"
                        " empty.",
                        own.name,
                    )
                )
            return amount, amount
        if not cells["company_amount"]:
            raise ValueError(
                self._(
                    "The row is in %(currency)s: give its company amount in %(company)s too, at the"
                    " rate it was billed at.",
                    currency=currency.name,
                    company=own.name,
                )
            )
        company_amount = self._get_amount("company_amount", cells["company_amount"], own)
        if amount * company_amount < 0:
            raise ValueError(
                self._("The remaining amount and the company amount need the same sign.")
            )
        return amount, company_amount

    def _get_amount(self, column, text, currency):
        self._get_text(column, text)
        if not NUMBER.fullmatch(text):
            raise ValueError(
                self._(
                    "“%(text)s” in “%(column)s” is no amount. Write it as 1234.50.",
                    text=text,
                    column=column,
                )
            )
        amount = Decimal(text)
        if amount % Decimal(str(currency.rounding)):
            raise ValueError(
                self._(
                    "%(text)s is no amount of %(currency)s, whose smallest one is %(smallest)s."
                    " Round it in “%(column)s”.",
                    text=text,
                    currency=currency.name,
                    smallest=currency.rounding,
                    column=column,
                )
            )
        return float(amount)

    # ── treatment ────────────────────────────────────────────────────────────────────────────

    def _get_treatment(self, cells, product):
        """Rule, method and accounts: those of the rule that matches, unless the row says others."""
        rule, revenue = self._find_rule(product)
        if not rule:
            raise ValueError(
                self._(
                    "No approved revenue rule matches the row. Approve one for its product, or for"
                    " any product."
                )
            )
        if problem := rule._get_problem():
            raise ValueError(problem)
        method = cells["method"] or rule.method
        if method not in self.methods:
            raise ValueError(
                self._(
                    "“%(method)s” is no method that defers. Give one of %(methods)s.",
                    method=method,
                    methods=", ".join(self.methods),
                )
            )
        deferred = rule.deferred_account_id
        if cells["deferred_account"]:
            deferred = self._get_account(cells["deferred_account"])
        if deferred.id not in self.deferred_account_ids:
            raise ValueError(
                self._(
                    "No revenue rule defers to account %s. Give the deferred account of an approved"
                    " rule, or approve a rule that names this one.",
                    deferred.code,
                )
            )
        if cells["revenue_account"]:
            revenue = self._get_account(cells["revenue_account"])
        if revenue.internal_group != "income":
            raise ValueError(
                self._(
                    "Account %s is no income account. Give the account on which the row is earned.",
                    revenue.code or "–",
                )
            )
        return {
            "rule_id": rule.id,
            "method": method,
            "deferred_account_id": deferred.id,
            "revenue_account_id": revenue.id,
        }

    def _find_rule(self, product):
        if product not in self.rules:
            probe = SimpleNamespace(company_id=self.company, product_id=product)
            rule = self.env["saas.revenue.rule"]._find_for_line(
                probe,
                self.env["saas.catalog.mapping"],
                self.cutover,
                self.env["saas.billing.connection"],
            )
            self.rules[product] = rule, self._get_revenue_account(rule, product)
        return self.rules[product]

    def _get_account(self, code):
        account = self.accounts.get(code)
        if not account:
            raise ValueError(
                self._("There is no active account %s. Correct the code or create it.", code)
            )
        return account

    def _get_revenue_account(self, rule, product):
        """The rule's, else the product's, else the company's."""
        income = product and product.product_tmpl_id.get_product_accounts()["income"]
        return rule.revenue_account_id or income or self.company.income_account_id
