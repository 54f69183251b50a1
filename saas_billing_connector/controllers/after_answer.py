"""What webhooks leave to be done after their answers, at most once a second and together.

A wake-up costs several times what storing an event does, and its sender waits for none of it.
"""

import logging
import threading
import time
from functools import partial

from odoo import SUPERUSER_ID, api, modules
from odoo.modules.registry import Registry
from odoo.service.model import retrying

_logger = logging.getLogger(__name__)

#: Seconds between two rounds in one process.
INTERVAL = 1.0
#: Seconds by which the first round waits, so that the answer is out by then.
HEAD_START = 0.02


class AfterAnswer:
    """Collects, in one process and for one database, what is to be done in the next round.

    Whatever is noted is done within a second, the first at once, in a thread and transaction of
    their own. Should the process end before, the scheduled actions' own minute is the safety net.
    """

    _by_database = {}
    _creating = threading.Lock()

    @classmethod
    def of(cls, dbname):
        with cls._creating:
            return cls._by_database.setdefault(dbname, cls(dbname))

    def __init__(self, dbname):
        self._dbname = dbname
        self._lock = threading.Lock()
        self._due_at = 0.0
        self._planned = False
        self._tracks = set()
        self._counts = {}

    def note(self, track, counts):
        """A webhook was answered: count it, and if it stored an event, its drain is to look.

        :param track: of the event that was stored, or None
        :param counts: what to add by (connection id, metric, label)
        """
        with self._lock:
            if track:
                self._tracks.add(track)
            for key, value in counts.items():
                self._counts[key] = self._counts.get(key, 0) + value
            if self._planned:
                return
            self._planned = True
            wait = max(self._due_at - time.monotonic(), HEAD_START)
        if modules.module.current_test:
            # Tests share one connection with the requests they make, and work the round themselves.
            return
        timer = threading.Timer(wait, self.work)
        timer.daemon = True
        timer.start()

    def work(self):
        """Do the round."""
        with self._lock:
            tracks, self._tracks = self._tracks, set()
            counts, self._counts = self._counts, {}
            self._planned = False
            self._due_at = time.monotonic() + INTERVAL
        try:
            with Registry(self._dbname).cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                retrying(partial(self._do, env, tracks, counts), env)
        except Exception:
            _logger.exception("Work after webhook answers failed; the drain looks by itself soon")

    def _do(self, env, tracks, counts):
        """One round, in one transaction."""
        if tracks:
            env["saas.billing.drain"]._wake_workers(tracks)
        env["saas.billing.metric"]._count((*key, value) for key, value in counts.items())
