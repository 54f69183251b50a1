"""Odoo has missed every webhook: an import alone gives the books of the story."""

from dev import odoo_server
from tests.live.test_story import _kill_in_the_middle

READ = "SELECT sum(read_count) FROM saas_billing_import_line"
UNFINISHED = "SELECT count(*) FROM saas_billing_import WHERE state <> 'done'"


def call(world, method, *arguments):
    """Do something with imports as an administrator would."""
    books = world.books
    return odoo_server.rpc(
        books.server.url, books.database, "saas.billing.import", method, list(arguments)
    )


def import_history(world):
    """Start an import of everything; its id."""
    connection = int(world.books.query("SELECT id FROM saas_billing_connection"))
    identifier = call(world, "create", {"connection_id": connection})
    call(world, "action_start", [identifier])
    return identifier


def finish(world):
    """Until the import has read everything and what it read is booked."""
    world.books._wait(lambda: world.books.query(UNFINISHED) == "0", "the import is not done")
    world.books.wait_until_drained()


def test_an_import_killed_on_the_way_gives_the_books_of_the_story(told, make_world):
    world = make_world("imported")
    import_history(world)
    for _kill in range(2):
        _kill_in_the_middle(world, READ)
    finish(world)
    world.settle()
    world.post_month_ends()
    assert world.states().keys() <= {"done", "ignored", "superseded"}
    assert world.ledger() == told.ledger()
    assert world.documents() == told.documents()
    assert world.document_counts() == told.document_counts()

    before = world.ledger(), world.documents(), world.document_counts(), world.states()
    again = import_history(world)
    finish(world)
    (figures,) = call(world, "read", [again], ["read_count", "new_count"])
    assert figures["read_count"] > 0
    assert figures["new_count"] == 0
    assert (world.ledger(), world.documents(), world.document_counts(), world.states()) == before
