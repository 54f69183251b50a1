"""Two Odoo servers with cron workers of their own drain one full inbox side by side."""

import re
import time

from dev import odoo_server, postgres, settings

from .conftest import PORTS

#: What is known of an event when it is received.
RECEIVED = (
    "connection_id, external_id, event_type, object_type, object_id, lane, lane_hash, track,"
    " api_version, source, occurred_at, received_at, body, body_sha256, content_sha256"
)
#: Odoo's log line of a drain that processed something: all there was, or as much as fits a slice.
DRAINED = re.compile(r"drain the inbox.*(partially done|fully done .*; done [1-9])")
#: What a cron worker logs whenever it was woken, and the option that makes it do so.
POLLING = re.compile(r"WorkerCron \(\d+\) polling for jobs")
TELL_POLLING = "--log-handler=odoo.service.server:DEBUG"


def test_two_servers_on_one_inbox_process_every_event_once(told, make_world):
    """One cron worker each and three scheduled actions due: none can do all before the other."""
    one_worker = {"crons": 1, "options": (TELL_POLLING,)}
    world = make_world("nodes", **one_worker)
    second = odoo_server.OdooServer(
        world.books.database,
        next(PORTS),
        workers=2,
        env=world.env,
        log="saas_live_node_2",
        **one_worker,
    )
    second.log.unlink(missing_ok=True)
    with second:
        _wait_until_listening(world.books.database, world.server, second)
        _fill_inbox(told, world)
        world.books.wait_until_drained()
    assert DRAINED.search(_get_log(world.server)), "the first server took part"
    assert DRAINED.search(_get_log(second)), "and so did the second"
    assert _processed_otherwise_than_once(world) == ""
    world.post_month_ends()
    assert world.ledger() == told.ledger()
    assert world.documents() == told.documents()
    assert world.document_counts() == told.document_counts()


def _wait_until_listening(database, *servers, timeout=60):
    """Wake the cron workers until each has answered once; before that they miss what wakes them."""
    deadline = time.monotonic() + timeout
    while not all(POLLING.search(_get_log(server)) for server in servers):
        assert time.monotonic() < deadline, "both servers have a cron worker that can be woken"
        postgres.psql("postgres", f"NOTIFY cron_trigger, '{database}'")
        time.sleep(0.5)


def _fill_inbox(told, world):
    """All events of the story but one, in random order, at once; the last one wakes the drain."""
    ids = sorted(event["id"] for event in told.simulator.events)
    rows = settings.LOCAL / "log" / "live-events.copy"
    postgres.psql(
        told.books.database,
        f"\\copy (SELECT {RECEIVED}, 'pending', 0 FROM saas_billing_event"
        f" WHERE external_id != '{ids[0]}' ORDER BY md5(external_id)) TO '{rows}'",
    )
    postgres.psql(
        world.books.database,
        f"\\copy saas_billing_event ({RECEIVED}, state, attempts) FROM '{rows}'",
    )
    told.simulator.deliver(ids[:1], endpoint=world.connect()["id"])


def _get_log(server):
    return server.log.read_text(encoding="utf-8")


def _processed_otherwise_than_once(world):
    """Events without exactly one attempt that ended them; those before it waited for something."""
    return world.books.query(
        """SELECT event.external_id, event.attempts, count(attempt.id)
             FROM saas_billing_event event
        LEFT JOIN saas_billing_attempt attempt ON attempt.event_id = event.id
         GROUP BY event.id
           HAVING event.attempts != count(attempt.id)
               OR 1 != count(attempt.id)
                       FILTER (WHERE attempt.outcome NOT IN ('waiting', 'retry'))"""
    )
