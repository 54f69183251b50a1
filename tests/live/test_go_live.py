"""Going live in the middle of the story: history imported, its rest delivered, one booking."""

import json
import time
import urllib.request

from dev.live_books import PATIENCE

#: Months that the old system had booked.
OLD_MONTHS = 7
#: Id of the administrator in every database.
ADMIN = 2


def _call(world, model, method, *arguments):
    """Call a public method as the administrator does in the browser."""
    params = {
        "service": "object",
        "method": "execute_kw",
        "args": [world.books.database, ADMIN, "admin", model, method, list(arguments)],
    }
    request = urllib.request.Request(
        f"{world.server.url}/jsonrpc",
        json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        answer = json.load(response)
    assert "error" not in answer, answer
    return answer.get("result")


def _import_history(world, connection):
    """Everything that the provider has, as it is today, long after the cut-over."""
    [reading] = _call(world, "saas.billing.import", "create", [{"connection_id": connection}])
    _call(world, "saas.billing.import", "action_start", [reading])
    query = f"SELECT state FROM saas_billing_import WHERE id = {reading}"
    deadline = time.monotonic() + PATIENCE
    while world.books.query(query) != "done":
        assert time.monotonic() < deadline, world.books.query(query)
        time.sleep(0.2)


def _wait_until_settled(world):
    """Nothing is left to do but what waits for the opening."""
    world.books.wait_until_drained()
    parked = world.books.query(
        "SELECT DISTINCT error_code FROM saas_billing_event WHERE state = 'parked'"
    )
    assert set(parked.splitlines()) <= {"opening_not_booked"}


def _deferred(world, first):
    """Deferred revenue at the end of each month from `first` on, by the ledger."""
    return world.books.query(
        f"""SELECT month::date, (
                   SELECT sum(-line.balance) FROM account_move_line line
                    WHERE line.parent_state = 'posted'
                      AND line.date < month + interval '1 month'
                      AND line.account_id IN (
                          SELECT deferred_account_id FROM saas_revenue_schedule))
              FROM generate_series(date '{first}', date '{first}' + interval '6 months',
                                   interval '1 month') month"""
    )


def test_books_after_a_cutover_go_on_as_those_of_the_full_story(told, make_world):
    world = make_world("golive")
    cutover = told.story.month_start(OLD_MONTHS)
    connection = int(world.books.query("SELECT id FROM saas_billing_connection"))
    values = {"cutover_date": cutover.date().isoformat()}
    _call(world, "saas.billing.connection", "write", [connection], values)
    endpoint = world.connect()
    since = [
        event["id"] for event in told.simulator.events if event["created"] >= cutover.timestamp()
    ]
    told.simulator.deliver(since, endpoint=endpoint["id"])
    _import_history(world, connection)
    _wait_until_settled(world)
    world.books.settle(told.simulator.now)
    _call(world, "saas.billing.connection", "action_book_opening", [connection])
    world.books.wait_until_drained()
    assert "parked" not in world.states()
    world.post_month_ends()
    first = cutover.date().isoformat()
    assert _deferred(world, first) == _deferred(told, first)
    expected = {row["month"]: row["recognised"] for row in told.report()[OLD_MONTHS:]}
    rows = world.report()
    assert {row["month"]: row["recognised"] for row in rows[OLD_MONTHS:]} == expected
    assert not any(float(row["recognised"]) for row in rows[:OLD_MONTHS])
    differences = {(row["month"], *each) for row in rows for each in row["checks"].items()}
    assert {each for each in differences if float(each[2])} == set()
    before = world.ledger(), world.documents()
    _import_history(world, connection)
    world.books.wait_until_drained()
    _call(world, "saas.billing.connection", "action_book_opening", [connection])
    assert (world.ledger(), world.documents()) == before
