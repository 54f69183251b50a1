"""A reconciliation of the whole story in the background, by two workers, killed on its way."""

import time

from dev import odoo_server
from tests.live.conftest import START

#: Times that all of Odoo is killed, each after some more parts are done.
KILLS = 3
MODEL = "saas.reconciliation.run"
#: Requests that the client makes before it gives a list up for the moment.
SDK_TRIES = 4


def test_a_killed_reconciliation_goes_on_where_it_was(told):
    run = _ask(told, "create", [{"date_from": START, "date_to": _end(told)}])
    # One list cannot be read at first and is tried again later, so that the button does not do it
    # all while it is pressed.
    told.simulator.api_faults.add(503, count=SDK_TRIES, path="/v1/charges")
    _ask(told, "action_run", [[run]])
    kills = 0
    while _state(told, run) == "running" and kills < KILLS:
        _wait_for_a_part(told, run)
        told.server.kill()
        told.server.start()
        kills += 1
    deadline = time.monotonic() + 300
    while _state(told, run) == "running" and time.monotonic() < deadline:
        time.sleep(0.5)
    assert _state(told, run) == "done", told.books.query(
        f"SELECT code, month, state, problem FROM saas_reconciliation_part WHERE run_id = {run}"
        " AND state != 'done'"
    )
    [found] = _ask(told, "read", [[run], ["is_clean", "difference_count"]])
    assert (found["is_clean"], found["difference_count"]) == (True, 0)
    assert told.books.query("SELECT count(*) FROM saas_reconciliation_fact") == "0"
    assert kills


def _ask(told, method, arguments):
    return odoo_server.rpc(told.server.url, told.books.database, MODEL, method, arguments)


def _end(told):
    """First day of the month after the story."""
    return told.story.month_start(list(told.story.months())[-1] + 1).date().isoformat()


def _state(told, run):
    return told.books.query(f"SELECT state FROM saas_reconciliation_run WHERE id = {run}")


def _wait_for_a_part(told, run):
    """Until one more part is done, or nothing is left to do."""
    statement = (
        f"SELECT count(*) FROM saas_reconciliation_part WHERE run_id = {run} AND state = 'done'"
    )
    before = told.books.query(statement)
    for _poll in range(600):
        if told.books.query(statement) != before or _state(told, run) != "running":
            return
        time.sleep(0.1)
