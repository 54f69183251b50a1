"""Run the simulator by itself: `python -m tests.stripe_simulator --port 8420`."""

import argparse
import os
import signal
import sys
import threading

from .control import moment
from .server import PortInUse
from .simulator import DEFAULT_START, StripeSimulator

DEFAULT_PORT = 8420


def arguments(values: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.stripe_simulator", description="A small Stripe on 127.0.0.1."
    )
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes any free port")
    parser.add_argument("--start", type=moment, default=DEFAULT_START, help="first moment (UTC)")
    parser.add_argument("--seed", default="0", help="decides every identifier")
    parser.add_argument("--webhook-url", help="where to send events")
    parser.add_argument(
        "--webhook-secret-env", metavar="NAME", help="environment variable with the secret"
    )
    parser.add_argument("--concurrency", type=int, default=4, help="deliveries at a time")
    return parser.parse_args(values)


def main() -> int:
    """Serve until interrupted."""
    options = arguments()
    simulator = StripeSimulator(options.start, options.seed, concurrency=options.concurrency)
    if options.webhook_url:
        secret = os.environ.get(options.webhook_secret_env or "")
        if options.webhook_secret_env and not secret:
            print(f"The variable {options.webhook_secret_env} is not set.", file=sys.stderr)
            return 2
        endpoint = simulator.add_endpoint(options.webhook_url, secret)
        print(f"Sending events to {endpoint['url']} as {endpoint['id']}.", flush=True)
        if not secret:
            print(f"Signing secret of this run: {endpoint['secret']}", flush=True)
    try:
        url = simulator.start(options.port)
    except PortInUse as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Stripe simulator at {url}, clock at {simulator.now.isoformat()}.", flush=True)
    _wait_for_end()
    simulator.stop()
    return 0


def _wait_for_end() -> None:
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_signal: ended.set())
    ended.wait()


if __name__ == "__main__":
    sys.exit(main())
