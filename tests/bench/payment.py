"""First deliveries per second, against those of the webhook of Odoo's own `payment_stripe`.

Both are sent the same kind of event. Odoo's finds the transaction that the event is about, checks
the signature, sets the transaction to done and notes it on the invoice that it pays; ours checks
and stores. What the bare route of the `webhook` row reaches is told beside: no route does more.
"""

import statistics

from dev.console import say
from tests.bench.deliveries import event, request, send_all
from tests.bench.harness import Row, stopwatch
from tests.bench.webhook import FLOOR as BARE

MODULE = "payment_stripe"
FLOOR = "/payment/stripe/webhook"
ROUNDS = 5
#: First deliveries of one round, each side.
REQUESTS = 80
CLIENTS = 8
WARM_UP = 16


def prepare(env, secret):
    """Inside Odoo: a provider with a webhook secret, and an invoice being paid per delivery."""
    provider = env.ref("payment.payment_provider_stripe")
    method = env.ref("payment.payment_method_card")
    provider.write(
        {
            "stripe_publishable_key": "pk_test_bench",
            "stripe_secret_key": "sk_test_bench",
            "stripe_webhook_secret": secret,
            "payment_method_ids": [(4, method.id)],
            "state": "test",
        }
    )
    method.active = True
    count = WARM_UP + ROUNDS * REQUESTS
    invoices = _post_invoices(env, count)
    env["payment.transaction"].create(
        [
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": f"bench-{number}",
                "amount": invoice.amount_total,
                "currency_id": invoice.currency_id.id,
                "partner_id": invoice.partner_id.id,
                "invoice_ids": [(4, invoice.id)],
                "operation": "online_direct",
                "state": "pending",
            }
            for number, invoice in enumerate(invoices)
        ]
    )


def _post_invoices(env, count):
    """Invoices over 99.00 of a customer, in US dollars."""
    partner = env["res.partner"].create({"name": "Bench"})
    line = {"name": "Plan", "price_unit": 99.0, "tax_ids": []}
    invoices = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "currency_id": env.ref("base.USD").id,
                "invoice_line_ids": [(0, 0, line)],
            }
            for _number in range(count)
        ]
    )
    invoices._post()
    return invoices


def check(env):
    """Inside Odoo: how many transactions are done, and how many events are stored."""
    done = env["payment.transaction"].search_count([("state", "=", "done")])
    return [done, env["saas.billing.event"].search_count([])]


def measure(port, secret, token):
    """The row: requests per second of several clients, floor and figure by turns."""
    figure = f"/saas_billing/stripe/{token}"
    row = Row("webhook against payment_stripe", "per s", goal=3.0, at_least=True)
    bare = []
    for path in (FLOOR, figure, BARE):
        _deliver(port, path, secret, range(WARM_UP))
    for number in range(ROUNDS):
        first = WARM_UP + number * REQUESTS
        numbers = range(first, first + REQUESTS)
        floor = _deliver(port, FLOOR, secret, numbers)
        row.add(_deliver(port, figure, secret, numbers), floor)
        bare.append(_deliver(port, BARE, secret, numbers))
    say(f"   a bare route with an HMAC and one INSERT: {statistics.median(bare):.2f} per s")
    return row


def _deliver(port, path, secret, numbers):
    """Requests answered per second, one about each transaction of these numbers."""
    deliveries = [request(path, _paid(number), secret) for number in numbers]
    with stopwatch() as seconds:
        send_all(port, deliveries, CLIENTS)
    return len(deliveries) / seconds[0]


def _paid(number):
    """The event of a payment that succeeded, about the transaction of that number."""
    return event(
        "payment_intent.succeeded",
        {
            "id": f"pi_bench_{number}",
            "object": "payment_intent",
            "amount": 9900,
            "amount_received": 9900,
            "currency": "usd",
            "customer": f"cus_{number % 50}",
            "description": f"bench-{number}",
            "metadata": {f"key_{each}": "value " * 10 for each in range(20)},
            "payment_method": f"pm_{number}",
            "status": "succeeded",
        },
    )
