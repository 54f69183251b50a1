"""What can go wrong in set-up is said clearly, with what to do."""

import socket
from pathlib import Path

import pytest

from dev import get_odoo, odoo_server, settings, system_packages
from dev.console import SetupError


def test_busy_port_names_the_port_and_the_variable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=rf"port {port} for Odoo .* ODOO_PORT="):
            odoo_server.check_port(port, "ODOO_PORT", "Odoo")


def test_odoo_home_that_holds_no_odoo_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "ODOO_HOME", str(tmp_path))
    with pytest.raises(SetupError, match="holds no `odoo` package"):
        get_odoo.odoo_home()


def test_odoo_home_of_another_series_is_refused(monkeypatch, tmp_path):
    (tmp_path / "odoo").mkdir()
    release = tmp_path / "odoo" / "release.py"
    release.write_text("version_info = (18, 0, 0, FINAL, 0, '')\n", encoding="utf-8")
    monkeypatch.setattr(settings, "ODOO_HOME", str(tmp_path))
    with pytest.raises(SetupError, match=r"is not Odoo 19\.0"):
        get_odoo.odoo_home()
    release.write_text("version_info = (19, 0, 0, FINAL, 0, '')\n", encoding="utf-8")
    assert get_odoo.odoo_home() == tmp_path


@pytest.mark.parametrize(
    ("failing", "message"),
    [("update", "Is the machine online"), ("download", "no longer offers `odoo-19`")],
)
def test_missing_network_and_vanished_package_say_what_to_do(
    monkeypatch, tmp_path, failing, message
):
    def run(command, *, hint=None, **_options):
        if failing in command:
            raise SetupError(f"it failed\n{hint}")

    monkeypatch.setattr(get_odoo, "DOWNLOADS", tmp_path)
    monkeypatch.setattr(get_odoo, "_private_apt", list)
    monkeypatch.setattr(get_odoo, "run", run)
    with pytest.raises(SetupError, match=message) as caught:
        get_odoo._download_odoo()
    assert "ODOO_HOME" in str(caught.value)


def test_missing_system_packages_are_named_where_we_are_not_root(monkeypatch):
    monkeypatch.setattr(system_packages.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(system_packages.shutil, "which", lambda _name: None)
    with pytest.raises(SetupError, match="apt-get install chromium"):
        system_packages.ensure(system_packages.BROWSER_PACKAGES)


def test_the_machines_mirror_is_read_from_either_kind_of_source():
    deb822 = "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n"
    one_line = "deb [signed-by=/x.gpg] http://mirror.example/debian bookworm main\n"
    for text in (deb822, one_line):
        assert get_odoo.SOURCE_LINE.search(text).group(1) == "http://mirror.example/debian"
    assert not get_odoo.SOURCE_LINE.search("deb http://mirror.example/debian-security x main\n")


def test_clone_closed_to_others_keeps_its_cluster_elsewhere(monkeypatch, tmp_path):
    from dev import postgres  # noqa: PLC0415 - imports nothing heavy, but only this test needs it

    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(settings, "LOCAL", closed)
    monkeypatch.setattr(postgres, "_owner", lambda: (65534, 65534))
    assert postgres.data_folder().parent == Path("/var/tmp")
