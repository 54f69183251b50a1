"""The set-up assistant over real HTTP, and where the secrets are afterwards: nowhere."""

import subprocess
import time
from datetime import UTC, datetime

import pytest

from dev import odoo_server, postgres, settings, setup, template
from tests.stripe_simulator.simulator import StripeSimulator

DATABASE = "saas_live_setup"
READ_KEY = "rk_test_SetupReadKey0123456789"
WRITE_KEY = "rk_test_SetupWriteKey0123456789"
PATIENCE = 30


class Assistant:
    """The assistant's wizard, called as the web client calls it."""

    def __init__(self, url):
        self.url = url
        self.id = self.call("saas.billing.setup", "create", [{"read_key_ref": "env:SETUP_READ"}])

    def call(self, model, method, arguments):
        return odoo_server.rpc(self.url, DATABASE, model, method, arguments)

    def press(self, button):
        return self.call("saas.billing.setup", button, [[self.id]])

    def write(self, **values):
        self.call("saas.billing.setup", "write", [[self.id], values])

    def read(self, field):
        return self.call("saas.billing.setup", "read", [[self.id], [field]])[0][field]


@pytest.fixture
def simulator():
    stripe = StripeSimulator(datetime(2026, 1, 1, tzinfo=UTC))
    stripe.start(0)
    yield stripe
    stripe.stop()


@pytest.fixture
def conf(tmp_path):
    path = tmp_path / "odoo.conf"
    path.write_text("[options]\n", encoding="utf-8")
    return path


@pytest.fixture
def server(simulator, conf):
    setup.ensure()
    template.copy(template.ensure_suite(), DATABASE)
    env = {
        "ODOO_RC": str(conf),
        "SETUP_READ": READ_KEY,
        "SETUP_WRITE": WRITE_KEY,
        "SAAS_BILLING_STRIPE_API_BASE": simulator.url,
    }
    running = odoo_server.OdooServer(DATABASE, settings.HTTP_PORT + 30, workers=2, crons=1, env=env)
    with running:
        yield running


def test_from_two_keys_to_a_verified_event(server, simulator, conf):
    odoo = Assistant(server.url)
    odoo.call("ir.config_parameter", "set_param", ["web.base.url", server.url])
    odoo.press("action_connect")
    assert odoo.read("account") == simulator.world.settings.account_id

    odoo.write(write_key_ref="env:SETUP_WRITE")
    odoo.press("action_compare")
    assert odoo.read("endpoint_state") == "absent"
    secret = odoo.press("action_register")["params"]["secret"]
    (endpoint,) = simulator.request("GET", "/v1/webhook_endpoints")["data"]
    assert endpoint["url"] == odoo.read("webhook_url")
    assert endpoint["api_version"] == odoo.read("api_version")
    assert endpoint["enabled_events"] == odoo.read("event_types").split("\n")
    odoo.press("action_compare")
    assert odoo.read("endpoint_state") == "good"

    path = f"/v1/webhook_endpoints/{endpoint['id']}"
    simulator.request("POST", path, {"disabled": True, "enabled_events": ["invoice.paid"]})
    odoo.press("action_compare")
    assert odoo.read("endpoint_state") == "differs"
    odoo.press("action_correct")
    assert odoo.read("endpoint_state") == "good"

    conf.write_text(f"[saas_billing]\nwebhook_secret = {secret}\n", encoding="utf-8")
    odoo.write(webhook_secret_ref="conf:webhook_secret")
    assert odoo.read("webhook_secret_found")
    odoo.press("action_webhook_done")
    simulator.request("POST", "/v1/customers", {"name": "Ada", "email": "ada@example.com"})
    _wait_for_event()

    dump = _dump()
    log = server.log.read_bytes()
    for value in (secret, READ_KEY, WRITE_KEY):
        assert value.encode() not in dump
        assert value.encode() not in log
    assert b"conf:webhook_secret" in dump, "the dump does hold the references"


def _wait_for_event():
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if postgres.psql(DATABASE, "SELECT count(*) FROM saas_billing_event") != "0":
            return
        time.sleep(0.2)
    raise AssertionError("no event has arrived")


def _dump():
    """The whole database as text, as a backup would hold it."""
    command = [postgres._binary("pg_dump"), "-h", postgres.SOCKET, "-U", postgres.ROLE, DATABASE]
    return subprocess.run([str(part) for part in command], check=True, capture_output=True).stdout
