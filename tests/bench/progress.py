"""What a row inside an Odoo process says while it works, though its output is kept for errors."""

import os
import threading
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "BENCH_PROGRESS"
#: Seconds between two looks at the file.
INTERVAL = 0.2


def tell(text):
    """Inside Odoo: one line for whoever waits."""
    with Path(os.environ[VARIABLE]).open("a", encoding="utf-8") as lines:
        lines.write(f"{text}\n")


@contextmanager
def followed(path, say):
    """Outside: pass lines that are told through the file `path` to `say` as they come."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("", encoding="utf-8")
    over = threading.Event()
    follower = threading.Thread(target=_follow, args=(path, say, over))
    follower.start()
    try:
        yield
    finally:
        over.set()
        follower.join()


def _follow(path, say, over):
    with path.open(encoding="utf-8") as lines:
        ending = False
        while not ending:
            ending = over.wait(INTERVAL)  # and then read once more what was told last
            for line in lines:
                say(f"   {line.rstrip()}")
