"""A month of many invoices against the provider, beside reading the same rows once in SQL.

The provider is a generator of canonical records: what its network and its JSON take is not ours,
and so the time that the records alone take is taken off. Runs in an Odoo process on the demo's
company.
"""

import gc
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from odoo import Command
from odoo.addons.saas_billing_connector import canonical
from odoo.addons.saas_subscription_sync.models.reconciliation_provider import ProviderPage
from odoo.tools import SQL

from tests.bench.harness import stopwatch
from tests.bench.memory import get_peak, reset_peak
from tests.bench.progress import tell

#: Invoices of the month; a quarter of them first, to see what grows.
SIZE = int(os.environ.get("BENCH_RECONCILED", "100000"))
REPETITIONS = 3
MONTH = date(2025, 10, 1)
DAY = date(2025, 10, 15)
INSTANT = datetime(2025, 10, 15, tzinfo=UTC)
PAGE = 100


def measure(env):
    """Arguments of two rows: seconds of a run, and by how much memory grows with the month."""
    connection = env["saas.billing.connection"].search([], limit=1)
    books = _Books(connection)
    peaks, pairs = {}, []
    for size, repetitions in ((SIZE // 4, 1), (SIZE, REPETITIONS)):
        tell(f"making {size} paid invoices")
        books.grow_to(size)
        for _repetition in range(repetitions):
            figure, floor, peaks[size] = _measure_run(connection, size)
            pairs.append((figure, floor))
            tell(
                f"{size} invoices: {figure:.2f} s, floor {floor:.2f} s,"
                f" {peaks[size]:.0f} MB above the start"
            )
    figures, floors = zip(*pairs[1:], strict=True)
    quarter, whole = peaks[SIZE // 4], peaks[SIZE]
    return [
        {
            "name": "reconciliation",
            "unit": "s",
            "goal": 5.0,
            "figures": figures,
            "floors": floors,
        },
        {
            "name": "reconciliation memory",
            "unit": "MB",
            "goal": 1.5,
            "figures": [whole],
            "floors": [quarter],
        },
    ]


def _measure_run(connection, size):
    """(run, floor) in seconds, and the peak of the memory above its start in MB."""
    models, facts = connection.env.registry, connection.env["saas.reconciliation.fact"]
    forget, pages = facts._forget, _pages(size)
    with (
        patch.object(models["saas.billing.connection"], "_iter_provider_pages", pages),
        # The floor reads them too.
        patch.object(models["saas.reconciliation.fact"], "_forget", lambda *_arguments: None),
    ):
        with stopwatch() as telling:
            for canonical_type in ("invoice", "charge", "payment"):
                for _page in connection._iter_provider_pages(canonical_type, None, None):
                    pass
        gc.collect()
        before = reset_peak()
        with stopwatch() as figure:
            run = _run(connection.env)
        peak = get_peak() - before
    if not run.is_clean or sum(run.part_ids.mapped("read_count")) != 3 * size:
        raise RuntimeError(f"{run.state}: {run.problem} {run.line_ids.mapped('label')[:5]}")
    floor = _measure_floor(run, connection, size)
    forget(run.part_ids)
    connection.env.cr.commit()
    return figure[0] - telling[0], floor, peak


def _run(env):
    """As the scheduled action works: a transaction per step."""
    company = env.company
    scope = {"date_from": MONTH, "date_to": MONTH + relativedelta(months=1)}
    run = env["saas.reconciliation.run"].create({"company_id": company.id, **scope})
    run._start()
    env.cr.commit()
    env["saas.reconciliation.part"]._cron_work()
    return run


# ── the provider ─────────────────────────────────────────────────────────────────────────────


def _pages(size):
    """A provider with `size` invoices, each paid by a charge; the cursor is the position."""
    makers = {"invoice": _invoice, "charge": _charge, "payment": _payment}

    def iterate(_connection, canonical_type, _since, _until, after=None):
        make = makers.get(canonical_type)
        for start in range(int(after or 0), size if make else 0, PAGE):
            end = min(start + PAGE, size)
            records = [make(number) for number in range(start, end)]
            yield ProviderPage(records, {}, str(end) if end < size else None)
        if not make:
            yield ProviderPage([], {}, None)

    return iterate


def _invoice(number):
    tax = canonical.LineTax("txr_bench", Decimal("240.00"), Decimal("1200.00"), False)
    line = canonical.InvoiceLine(
        external_id=f"il_{number}",
        description="Plan",
        amount=Decimal("1200.00"),
        quantity=Decimal(1),
        period=None,
        taxes=(tax,),
    )
    return canonical.Invoice(
        external_id=f"in_{number}",
        number=f"B-{number}",
        status="paid",
        customer_id="cus_1",
        currency="USD",
        accounting_at=INSTANT,
        total=Decimal("1440.00"),
        lines=(line,),
    )


def _charge(number):
    return canonical.Charge(
        external_id=f"ch_{number}",
        status="succeeded",
        amount=Decimal("1440.00"),
        currency="USD",
        created_at=INSTANT,
        payment_intent_id=f"pi_{number}",
    )


def _payment(number):
    return canonical.Payment(
        external_id=f"pi_{number}",
        invoice_id=f"in_{number}",
        amount=Decimal("1440.00"),
        currency="USD",
        paid_at=INSTANT,
        payment_intent_id=f"pi_{number}",
    )


# ── the books ────────────────────────────────────────────────────────────────────────────────


class _Books:
    """One paid invoice, booked by Odoo, and as many copies of it as asked for, by plain SQL."""

    def __init__(self, connection):
        self.env = connection.env
        self.tax = self._map_tax(connection)
        self.move, self.payment = self._book(connection)
        self.size = 1
        self.env.flush_all()

    def _map_tax(self, connection):
        tax = self.env["account.tax"].search([("name", "=", "20% VAT")], limit=1)
        self.env["saas.tax.mapping"].sudo().create(
            {
                "connection_id": connection.id,
                "external_id": "txr_bench",
                "name": "VAT",
                "tax_id": tax.id,
            }
        )
        return tax

    def _book(self, connection):
        partner = self.env["res.partner"].create({"name": "Subscriber"})
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": DAY,
                "date": DAY,
                "saas_connection_id": connection.id,
                "saas_document_type": "invoice",
                "saas_external_id": "in_0",
                "saas_status": "paid",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Plan",
                            "price_unit": 1200,
                            "tax_ids": [Command.set(self.tax.ids)],
                        }
                    )
                ],
            }
        )
        move.action_post()
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": partner.id,
                "amount": 1440,
                "date": DAY,
                "journal_id": connection._get_payment_journal().id,
                "saas_connection_id": connection.id,
                "saas_kind": "payment",
                "saas_external_id": "pi_0",
                "saas_payment_intent_id": "pi_0",
            }
        )
        payment.action_post()
        receivable = (move | payment.move_id).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        receivable.reconcile()
        return move, payment

    def grow_to(self, size):
        """Have `size` invoices with their lines, and as many payments."""
        numbers = SQL("generate_series(%s, %s) number", self.size, size - 1)
        self._copy(
            "account_move",
            self.move.id,
            numbers,
            name=SQL("source.name || '-' || number"),
            saas_external_id=SQL("'in_' || number"),
        )
        self._copy(
            "account_payment",
            self.payment.id,
            numbers,
            saas_external_id=SQL("'pi_' || number"),
            saas_payment_intent_id=SQL("'pi_' || number"),
        )
        copies = SQL(
            "(SELECT id AS number FROM account_move WHERE saas_external_id IN"
            " (SELECT 'in_' || number FROM %s)) copies",
            numbers,
        )
        for line in self.move.line_ids:
            self._copy("account_move_line", line.id, copies, move_id=SQL("number"))
        for table in ("account_move", "account_move_line", "account_payment"):
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        self.size = size
        self.env.cr.commit()
        self.env.invalidate_all()

    def _copy(self, table, source_id, numbers, **replaced):
        """Insert a copy of a row for each number, with some columns replaced."""
        names = [
            name
            for [name] in self.env.execute_query(
                SQL(
                    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                    " AND NOT attisdropped AND attname != 'id'",
                    table,
                )
            )
        ]
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM %s source, %s WHERE source.id = %s",
                SQL.identifier(table),
                SQL(", ").join(SQL.identifier(name) for name in names),
                SQL(", ").join(
                    replaced.get(name) or SQL.identifier("source", name) for name in names
                ),
                SQL.identifier(table),
                numbers,
                source_id,
            )
        )


# ── floor ────────────────────────────────────────────────────────────────────────────────────


def _measure_floor(run, connection, size):
    """Seconds of reading once what the run compared, both sides of it."""
    narrowed = run._narrow(run.part_ids.filtered(lambda part: part.code == "R1"))
    sides = [
        SQL("SELECT * FROM saas_reconciliation_fact WHERE part_id = ANY(%s)", run.part_ids.ids),
        narrowed._get_booked_documents(connection),
        narrowed._get_booked_taxes(connection),
        narrowed._get_booked_money(connection),
    ]
    read = 0
    with stopwatch() as floor:
        for side in sides:
            connection.env.cr.execute(
                SQL(
                    "SELECT * FROM (%s) side WHERE day >= %s AND day < %s", side, MONTH, run.date_to
                )
            )
            while rows := connection.env.cr.fetchmany(1000):
                read += len(rows)
    if read != 7 * size:
        raise RuntimeError(f"the floor read {read} rows of {7 * size}")
    return floor[0]
