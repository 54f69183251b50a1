"""Doing work in order to see what it would do, and leaving nothing behind."""

from contextlib import contextmanager

from odoo.tools.misc import Callbacks

#: What a transaction has promised to do later: mail to send, buses to notify, ranks to raise.
PROMISES = ("precommit", "postcommit", "prerollback", "postrollback")


@contextmanager
def rehearse(env):
    """Run the block in a savepoint that is always rolled back.

    A savepoint takes back what the database knows, which is not all: promises made for the commit
    would be kept with records that are gone, and server caches would remember values that never
    were. The block therefore gets promises of its own that are dropped, and the caches that it
    cleared are cleared again.
    """
    cr, registry = env.cr, env.registry
    savepoint = cr.savepoint()
    promises = {name: getattr(cr, name) for name in PROMISES}
    cache, invalidated = cr.cache, set(registry.cache_invalidated)
    for name in PROMISES:
        setattr(cr, name, Callbacks())
    cr.cache = {}
    registry.cache_invalidated.clear()
    try:
        yield
    finally:
        savepoint.close(rollback=True)
        for name, callbacks in promises.items():
            setattr(cr, name, callbacks)
        cr.cache = cache
        if registry.cache_invalidated:
            # Our copies only: other servers never saw what made them stale.
            registry.clear_cache(*registry.cache_invalidated)
            registry.cache_invalidated.clear()
        registry.cache_invalidated.update(invalidated)
