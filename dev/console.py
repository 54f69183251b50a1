"""What the scripts say: steps with their duration, and failures that tell what to do."""

import subprocess
import sys
import time
from contextlib import contextmanager


class SetupError(Exception):
    """A step cannot go on; the message says why and what the user can do."""


def say(text):
    print(text, flush=True)


@contextmanager
def step(title):
    """Announce a long step and print how long it took."""
    started = time.monotonic()
    say(f"── {title} …")
    yield
    say(f"   done in {time.monotonic() - started:.1f} s")


def run(command, *, hint=None, **options):
    """Run a command; its output is shown only when it fails, followed by `hint`."""
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **options,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        shown = " ".join(str(part) for part in command)
        raise SetupError(f"`{shown}` failed:\n{tail}" + (f"\n\n{hint}" if hint else ""))
    return done.stdout


def main(function):
    """Run a script's entry point; a SetupError ends it with its message and status 2."""
    try:
        sys.exit(function())
    except SetupError as error:
        sys.stderr.write(f"\nCannot go on: {error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        sys.exit(130)
