"""The control of the simulator over HTTP: JSON in, JSON out, under /_simulator."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .clock import from_unix
from .errors import StripeError
from .faults import KINDS

if TYPE_CHECKING:
    from .simulator import StripeSimulator


def moment(value: int | str) -> datetime:
    """A time given as unix seconds or as ISO 8601; without a zone it is UTC."""
    if isinstance(value, int):
        return from_unix(value)
    parsed = datetime.fromisoformat(value)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def clock(simulator: "StripeSimulator", params: dict) -> dict:
    """GET /_simulator/clock"""
    return {"now": simulator.world.now, "iso": simulator.now.isoformat()}


def advance(simulator: "StripeSimulator", params: dict) -> dict:
    """POST /_simulator/clock/advance {"to": time}: answers when all deliveries are over."""
    return simulator.advance_to(moment(params["to"]), wait=params.get("wait", True))


def state(simulator: "StripeSimulator", params: dict) -> dict:
    """GET /_simulator/state"""
    return simulator.state()


def health(simulator: "StripeSimulator", params: dict) -> dict:
    """GET /_simulator/health"""
    return {"status": "ok", "now": simulator.world.now}


def set_fault(simulator: "StripeSimulator", params: dict) -> dict:
    """POST /_simulator/faults {"kind": …, "rate": …, "types": […], "count": …, options}"""
    if params.get("kind") not in KINDS:
        raise StripeError(f"Unknown fault; known are {', '.join(KINDS)}.", param="kind")
    kind = params.pop("kind")
    simulator.faults.add(kind, **params)
    return simulator.state()


def clear_faults(simulator: "StripeSimulator", params: dict) -> dict:
    """DELETE /_simulator/faults {"kind": …}, or without a kind all of them."""
    simulator.faults.clear(params.get("kind"))
    return simulator.state()


def set_api_fault(simulator: "StripeSimulator", params: dict) -> dict:
    """POST /_simulator/api_faults {"status": …, "count": …, "path": pattern, "retry_after": …}"""
    simulator.api_faults.add(params.pop("status"), **params)
    return simulator.state()


def restrict_key(simulator: "StripeSimulator", params: dict) -> dict:
    """POST /_simulator/keys {"key": …, "granted": {resource: "read" or "write"}}"""
    simulator.keys.restrict(params["key"], params["granted"])
    return {"granted": params["granted"]}


def redeliver(simulator: "StripeSimulator", params: dict) -> dict:
    """POST /_simulator/redeliver {"events": [ids]} or {"types", "since", "only_waiting"}"""
    wait = params.get("wait", True)
    if "events" in params:
        simulator.deliver(params["events"], wait=wait)
        return {"events": len(params["events"])}
    since = params.get("since")
    sent = simulator.redeliver(
        types=params.get("types", ("*",)),
        since=None if since is None else moment(since),
        only_waiting=params.get("only_waiting", False),
        wait=wait,
    )
    return {"events": sent}


def drain(simulator: "StripeSimulator", params: dict) -> dict:
    """POST /_simulator/drain {"timeout": wall seconds}"""
    return {"done": simulator.drain(params.get("timeout"))}


def card(simulator: "StripeSimulator", params: dict) -> dict:
    """POST /_simulator/cards {"customer": id, "works": bool}"""
    simulator.set_card(params["customer"], works=params["works"])
    return {"customer": params["customer"], "works": params["works"]}


def action(simulator: "StripeSimulator", params: dict) -> dict:
    """POST /_simulator/actions {"action": name, …}; the names are in `actions.ACTIONS`."""
    return simulator.act(params.pop("action"), **params)


def endpoint(simulator: "StripeSimulator", params: dict) -> dict:
    """POST /_simulator/endpoints {"url", "secret", "enabled_events", "api_version"}"""
    return simulator.add_endpoint(
        params["url"],
        params.get("secret"),
        enabled_events=params.get("enabled_events", ("*",)),
        api_version=params.get("api_version"),
    )


def roll_secret(simulator: "StripeSimulator", params: dict) -> dict:
    """POST /_simulator/roll_secret {"endpoint": id, "keep_old": bool}"""
    keep_old = params.get("keep_old", True)
    return {"secret": simulator.roll_secret(params["endpoint"], keep_old=keep_old)}


ROUTES: dict[tuple[str, str], Callable[["StripeSimulator", dict], dict]] = {
    ("GET", "/_simulator/clock"): clock,
    ("POST", "/_simulator/clock/advance"): advance,
    ("GET", "/_simulator/state"): state,
    ("GET", "/_simulator/health"): health,
    ("POST", "/_simulator/faults"): set_fault,
    ("DELETE", "/_simulator/faults"): clear_faults,
    ("POST", "/_simulator/api_faults"): set_api_fault,
    ("POST", "/_simulator/keys"): restrict_key,
    ("POST", "/_simulator/redeliver"): redeliver,
    ("POST", "/_simulator/drain"): drain,
    ("POST", "/_simulator/cards"): card,
    ("POST", "/_simulator/actions"): action,
    ("POST", "/_simulator/endpoints"): endpoint,
    ("POST", "/_simulator/roll_secret"): roll_secret,
}


def handle(simulator: "StripeSimulator", method: str, path: str, body: bytes) -> dict:
    """The answer to one control request."""
    act = ROUTES.get((method, path.rstrip("/")))
    if act is None:
        raise StripeError(f"Unknown control request: {method} {path}", status=404)
    try:
        return act(simulator, json.loads(body or b"{}"))
    except (KeyError, TypeError, ValueError) as error:
        raise StripeError(f"Bad control request: {error!r}") from error
