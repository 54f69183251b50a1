"""From events in the inbox to posted and paid invoices, against Odoo alone with the same documents.

Runs in an Odoo process on the demo's company.
"""

import gc
import os

from odoo import Command
from odoo.addons.saas_billing_connector.models.billing_drain_process import WORK_CONTEXT

from tests.bench.harness import stopwatch
from tests.bench.progress import tell
from tests.bench.subscribers import Subscribers

#: Invoices of one repetition, each side.
SIZE = int(os.environ.get("BENCH_INVOICES", "200"))
REPETITIONS = 5
#: Documents that the floor creates, posts and commits together; the drain claims as many events.
BATCH = 100


def measure(env):
    """Arguments of the rows: paid invoices per second, one month of renewals per repetition."""
    connection = env["saas.billing.connection"].search([], limit=1)
    subscribers = Subscribers(connection)
    tell(f"{SIZE} subscribers sign up; their first month warms both sides up")
    subscribers.sign_up(SIZE)
    _measure_month(connection, subscribers)
    pairs = []
    for month in range(1, REPETITIONS + 1):
        subscribers.advance_to_month(month)
        figure, floor = _measure_month(connection, subscribers)
        pairs.append((figure, floor))
        tell(f"month {month}: {figure:.1f} invoices per s, floor {floor:.1f} per s")
    figures, floors = zip(*pairs, strict=True)
    return [
        {
            "name": "invoices",
            "unit": "per s",
            "goal": 0.8,
            "at_least": True,
            "figures": figures,
            "floors": floors,
        }
    ]


def _measure_month(connection, subscribers):
    """(drained, plain) invoices per second for what was billed since the last call."""
    figure, invoices = drain_month(connection, subscribers)
    documents = [_prepare_document(invoice) for invoice in invoices.sorted("id")]
    floor = spent(lambda: _book(connection, documents))
    return figure, len(documents) / floor


def drain_month(connection, subscribers):
    """(invoices per second, invoices) of what was billed since the last call."""
    subscribers.store_events()
    connection.env.cr.commit()
    _drain(connection, "service")
    before = _get_invoices(connection)
    seconds = spent(lambda: _drain(connection, "accounting"))
    invoices = _get_invoices(connection) - before
    _check_drained(connection, invoices)
    return len(invoices) / seconds, invoices


def spent(work):
    """Seconds that `work` takes, without collecting what others left behind."""
    gc.collect()
    with stopwatch() as seconds:
        work()
    return seconds[0]


# ── figure ───────────────────────────────────────────────────────────────────────────────────


def _drain(connection, track):
    """As the scheduled action does: a transaction per batch, until nothing is due."""
    connection.env["saas.billing.drain"]._cron_drain(track)


def _get_invoices(connection):
    return connection.env["account.move"].search([("saas_document_type", "=", "invoice")])


def _check_drained(connection, invoices):
    """Every invoice is in the books and paid, and no event is left behind."""
    states = dict(connection.env["saas.billing.event"]._read_group([], ["state"], ["__count"]))
    if states.keys() - {"done", "superseded", "ignored"}:
        raise RuntimeError(f"events were not processed: {states}")
    check_paid(invoices)
    if not all(line.saas_revenue_schedule_ids for line in invoices.invoice_line_ids):
        raise RuntimeError("some invoice has no revenue schedule")


def check_paid(invoices):
    if len(invoices) != SIZE or set(invoices.mapped("payment_state")) != {"paid"}:
        states = invoices.grouped("payment_state")
        raise RuntimeError(f"expected {SIZE} paid invoices, found {states}")


# ── floor ────────────────────────────────────────────────────────────────────────────────────


def _prepare_document(invoice):
    """Values of the same invoice and the same payment as a plain Odoo would be given them.

    Without service period and origin nothing of ours is recorded for them.
    """
    payment = invoice.env["account.payment"].search([("saas_invoice_id", "=", invoice.id)])
    return (
        {
            **_read(invoice, "move_type", "journal_id", "partner_id", "currency_id", "date"),
            **_read(invoice, "invoice_date", "invoice_date_due", "ref", "payment_reference"),
            "invoice_payment_term_id": False,
            "invoice_line_ids": [
                Command.create(
                    {
                        **_read(line, "name", "product_id", "quantity", "price_unit"),
                        "tax_ids": [Command.set(line.tax_ids.ids)],
                    }
                )
                for line in invoice.invoice_line_ids
            ],
        },
        {
            **_read(payment, "payment_type", "partner_type", "partner_id", "amount", "memo"),
            **_read(payment, "currency_id", "date", "journal_id", "payment_method_line_id"),
        },
    )


def _read(record, *names):
    """Values of fields as `create` takes them."""
    return {name: record._fields[name].convert_to_write(record[name], record) for name in names}


def _book(connection, documents):
    """Create, post, pay and reconcile plain documents, a commit per batch."""
    context = {**WORK_CONTEXT, "allowed_company_ids": connection.company_id.ids}
    env = connection.env(context=context)
    invoices = env["account.move"]
    for start in range(0, len(documents), BATCH):
        invoices |= _book_batch(env, documents[start : start + BATCH])
        env.cr.commit()
    check_paid(invoices)
    if invoices.line_ids.saas_revenue_schedule_ids:
        raise RuntimeError("the floor's invoices must not be deferred")


def _book_batch(env, documents):
    """One batch of paid invoices by the shortest way that Odoo's own methods offer."""
    invoices = env["account.move"].create([invoice for invoice, _payment in documents])
    post_and_pay(invoices, [payment for _invoice, payment in documents])
    return invoices


def post_and_pay(invoices, payments):
    """Post drafts and have each paid by the payment of these values."""
    invoices._post(soft=False)
    payments = invoices.env["account.payment"].create(payments)
    payments.action_post()
    invoices.env["account.move.line"]._reconcile_plan(
        [
            (invoice | payment.move_id).line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
            for invoice, payment in zip(invoices, payments, strict=True)
        ]
    )
