"""A month of many invoices against the provider, beside reading the same rows once in SQL.

The provider is a generator of canonical records: what its network and its JSON take is not ours,
and so the time that the records alone take is taken off. Runs in an Odoo process on the demo's
company.
"""

import gc
import os
from datetime import UTC, datetime
from decimal import Decimal
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from odoo.addons.saas_billing_connector import canonical
from odoo.addons.saas_subscription_sync.models.reconciliation_provider import ProviderPage
from odoo.tools import SQL

from tests.bench.harness import stopwatch
from tests.bench.memory import get_peak, reset_peak
from tests.bench.paid_invoices import MONTH, PaidInvoices
from tests.bench.progress import tell

#: Invoices of the month; a quarter of them first, to see what grows.
SIZE = int(os.environ.get("BENCH_RECONCILED", "100000"))
REPETITIONS = 3
INSTANT = datetime(2025, 10, 15, tzinfo=UTC)
PAGE = 100


def measure(env):
    """Arguments of two rows: seconds of a run, and by how much memory grows with the month."""
    connection = env["saas.billing.connection"].search([], limit=1)
    books = PaidInvoices(connection)
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
