"""The inbox with a million events against the inbox with ten thousand: list, search, claim.

The rows are filled in by SQL. What is due and what is parked is as much in both: that is a backlog,
it does not grow with history.
"""

import os

from dev import odoo_script, postgres, template
from dev.console import say
from tests.bench.harness import Row, stopwatch

SMALL = int(os.environ.get("BENCH_INBOX_SMALL", "10000"))
LARGE = int(os.environ.get("BENCH_INBOX", "1000000"))
ROUNDS = 3
#: Times that each operation is timed in one round.
REPETITIONS = 15
#: Newest events that are due, and customers that the events are spread over evenly.
DUE = 2000
PER_CUSTOMER = 100
#: As Odoo's list does: a page, and a count that stops at ten thousand.
PAGE = 80
COUNT_LIMIT = 10001

FILL = """
    INSERT INTO saas_billing_event
           (connection_id, external_id, event_type, object_type, object_id, lane, lane_hash, track,
            api_version, source, occurred_at, received_at, create_date, write_date, body,
            body_sha256, state, attempts, processed_at, error_code, error_message)
    SELECT connection.id, 'evt_bench_' || number, event_type, 'customer', 'cus_' || customer,
           'cus_' || customer, (hashtext('cus_' || customer) & 32767), 'service',
           '2026-08-26.dahlia', 'webhook', at, at, at, at,
           repeat(md5(number::text), 16), md5(number::text), state, 1, at,
           CASE WHEN state IN ('done', 'pending') THEN NULL ELSE 'reason' END,
           CASE WHEN state IN ('done', 'pending') THEN NULL ELSE 'A reason to read.' END
      FROM (SELECT number, number / {per_customer} AS customer,
                   now() at time zone 'UTC' - ({last} - number) * interval '10 seconds' AS at,
                   (ARRAY['customer.created', 'customer.updated', 'invoice.created'])
                   [1 + number % 3] AS event_type,
                   CASE WHEN number < {small} AND number % 20 = 0 THEN 'parked'
                        WHEN number % 3 = 2 THEN 'ignored'
                        WHEN number % 7 = 0 THEN 'superseded' ELSE 'done' END AS state
              FROM generate_series({first}, {last}) number) given,
           (SELECT id FROM saas_billing_connection LIMIT 1) connection"""
#: The newest events are due, whatever the size; those of a smaller inbox are done by then.
MAKE_DUE = """
    UPDATE saas_billing_event SET state = CASE WHEN id > due.first THEN 'pending' ELSE 'done' END
      FROM (SELECT max(id) - {due} AS first FROM saas_billing_event) due
     WHERE state = 'pending' OR id > due.first"""


def _fill(first, last):
    return FILL.format(first=first, last=last, small=SMALL, per_customer=PER_CUSTOMER)


def measure(database):
    """A row per operation: milliseconds with many events, the floor with few, by turns."""
    small = f"{database}_small"
    _grow(database, 1, SMALL)
    template.copy(database, small)
    _grow(database, SMALL + 1, LARGE)
    rows = {}
    for number in range(ROUNDS):
        few = odoo_script.call(small, "tests.bench.inbox:time_all", size=SMALL)
        many = odoo_script.call(database, "tests.bench.inbox:time_all", size=LARGE)
        say(f"   round {number + 1} of {ROUNDS}")
        for name in many:
            row = rows.setdefault(name, Row(f"inbox of {LARGE:,}, {name}", "ms", goal=1.5))
            for figure, floor in zip(many[name], few[name], strict=True):
                row.add(figure, floor)
    template.drop(small)
    return list(rows.values())


def _grow(database, first, last):
    postgres.psql(database, _fill(first, last))
    postgres.psql(database, MAKE_DUE.format(due=DUE))
    postgres.psql(database, "VACUUM ANALYZE saas_billing_event")
    say(f"   {last} events")


# ── in an Odoo process ───────────────────────────────────────────────────────────────────────


def time_all(env, size):
    """Milliseconds of each operation, sorted, so that medians meet medians."""
    user = env.ref("base.user_admin")
    inbox = (
        env["saas.billing.event"]
        .with_user(user)
        .with_context(allowed_company_ids=user.company_ids.ids)
    )
    specification = _get_specification(inbox)
    middle = size // 2
    relevant = [("state", "!=", "ignored")]
    searches = {
        "list": relevant,
        "list of parked": [("state", "=", "parked")],
        "list of everything": [],
        "search by object": [*relevant, *_find(f"cus_{middle // PER_CUSTOMER}")],
        "search by event id": _find(f"evt_bench_{middle}"),
    }
    timed = {
        name: _time(env, lambda domain=domain: _search(inbox, domain, specification))
        for name, domain in searches.items()
    }
    return timed | {"claim": _time(env, lambda: _claim(env))}


def _time(env, work):
    samples = []
    for _repetition in range(REPETITIONS + 1):
        env.invalidate_all()
        with stopwatch() as seconds:
            work()
        env.cr.rollback()
        samples.append(seconds[0] * 1000)
    return sorted(samples[1:])


def _get_specification(inbox):
    """The fields that the list shows unless a user hides or adds some."""
    from lxml import etree  # noqa: PLC0415 - on the path in Odoo only

    arch = etree.fromstring(inbox.get_views([(False, "list")])["views"]["list"]["arch"])
    names = {node.get("name") for node in arch.iter("field") if node.get("optional") != "hide"}
    return {
        name: {"fields": {"display_name": {}}} if inbox._fields[name].relational else {}
        for name in names
    }


def _find(text):
    """The domain of the search box."""
    return ["|", "|", *((name, "=", text) for name in ("external_id", "object_id", "lane"))]


def _search(inbox, domain, specification):
    """What the list asks when it is opened."""
    found = inbox.web_search_read(domain, specification, limit=PAGE, count_limit=COUNT_LIMIT)
    if not found["length"]:
        raise RuntimeError(f"nothing found for {domain}")


def _claim(env):
    """What a worker does before each batch."""
    from odoo.addons.saas_billing_connector.models.billing_drain_claim import (  # noqa: PLC0415
        BATCH_SIZE,
        Share,
    )

    drain, share = env["saas.billing.drain"], Share("service", 0, 2)
    [connection] = drain._get_backlogs(share)
    if len(drain._claim(connection, share)) != BATCH_SIZE:
        raise RuntimeError("a claim must find a batch")
