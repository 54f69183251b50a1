"""Running Odoo's command line: one-shot commands and a server on loopback."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import xmlrpc.client

from dev import get_odoo, postgres, settings
from dev.console import SetupError

BASE_OPTIONS = ("--without-demo=True", "--http-interface=127.0.0.1", "--max-cron-threads=0")


def command(*options, database=None):
    """The Odoo command line with our paths and cluster; later options win."""
    parts = [settings.PYTHON, settings.ROOT / "dev" / "odoo_bin.py"]
    parts += ["--addons-path", get_odoo.addons_path()]
    parts += ["--data-dir", settings.LOCAL / "filestore"]
    parts += ["--db_host", postgres.SOCKET, "--db_user", postgres.ROLE, "--db_maxconn", "24"]
    parts += BASE_OPTIONS
    if database:
        parts += ["-d", database, f"--db-filter=^{database}$"]
    return [str(part) for part in [*parts, *options]]


def environment(**extra):
    """Environment of Odoo's processes: the unpacked package on the path, UTC, no user config."""
    return {
        **os.environ,
        "PYTHONPATH": str(get_odoo.odoo_home()),
        "ODOO_RC": str(settings.LOCAL / "odoo.conf"),
        "TZ": "UTC",
        **extra,
    }


def run_once(log, *options, database, env=None):
    """Run Odoo with --stop-after-init, its output in the file `log`; the exit status."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        return subprocess.run(
            command("--stop-after-init", *options, database=database),
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(**(env or {})),
            cwd=settings.ROOT,
            check=False,
        ).returncode


def check_port(port, variable, purpose):
    """Fail with a clear message when `port` is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SetupError(
                f"port {port} for {purpose} is in use. Stop what uses it (`make stop` ends our own "
                f"servers) or choose another: {variable}=… make …"
            ) from error


class OdooServer:
    """A real Odoo: HTTP workers and cron workers in their own process group."""

    def __init__(self, database, port, *, workers=2, crons=2, env=None, options=(), log=None):
        self.url = f"http://127.0.0.1:{port}"
        self.log = settings.LOCAL / "log" / f"{log or database}.log"
        self._env = environment(**(env or {}))
        self._command = command(
            f"--http-port={port}",
            f"--gevent-port={port + 3}",
            f"--workers={workers}",
            f"--max-cron-threads={crons}",
            "--limit-time-real=1200",
            "--limit-time-cpu=600",
            *options,
            database=database,
        )
        self.process = None

    def start(self, timeout=90):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                self._command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=settings.ROOT,
                start_new_session=True,
            )
        self._wait(timeout)
        return self

    def _wait(self, timeout):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/web/health", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise SetupError(f"Odoo did not start within {timeout} s; see {self.log}.")

    def wait(self):
        """Serve until Ctrl-C, which is the usual end and no failure."""
        with contextlib.suppress(KeyboardInterrupt):
            self.process.wait()

    def kill(self):
        """kill -9 of the master and every worker, as a crash would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Ask the master to end; kill the group when it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exception):
        self.stop()


def rpc(url, database, model, method, arguments, user="admin", password="admin"):
    """Call a public method of a running Odoo as a user would."""
    common = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common")
    uid = common.authenticate(database, user, password, {})
    models = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object", allow_none=True)
    return models.execute_kw(database, uid, password, model, method, arguments)
