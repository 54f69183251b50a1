"""The container files name only what exists; no engine is needed to know that."""

import ast
import configparser
import re
import shlex

import pytest
import yaml

from dev import get_odoo, settings

ROOT = settings.ROOT


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def dockerfile():
    """Instructions as (word, arguments)."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    return [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def odoo_options():
    """Names of Odoo's command line options and of odoo.conf, read from its source."""
    source = (get_odoo.ensure() / "odoo" / "tools" / "config.py").read_text(encoding="utf-8")
    flags = set(re.findall(r"""["']--([a-z0-9_-]+)["']""", source))
    return (
        flags
        | {flag.replace("-", "_") for flag in flags}
        | set(re.findall(r"""dest=["'](\w+)["']""", source))
    )


def test_image_is_the_official_one_of_our_series(dockerfile):
    assert ["FROM", f"odoo:{settings.ODOO_SERIES}"] in dockerfile


def test_every_copied_path_exists(dockerfile):
    copied = [arguments.split()[0] for word, arguments in dockerfile if word == "COPY"]
    assert set(settings.ADDONS) < set(copied)
    assert all((ROOT / path).exists() for path in copied)


def test_every_addon_lands_on_the_addons_path(dockerfile):
    conf = configparser.ConfigParser()
    conf.read(ROOT / "odoo.conf")
    targets = [arguments.split()[1] for word, arguments in dockerfile if word == "COPY"]
    for addon in settings.ADDONS:
        assert f"{conf['options']['addons_path']}/{addon}" in targets
        manifest = ast.literal_eval((ROOT / addon / "__manifest__.py").read_text(encoding="utf-8"))
        assert all((ROOT / addon / path).exists() for path in manifest["data"])


def test_configuration_names_only_options_that_odoo_knows(odoo_options):
    conf = configparser.ConfigParser()
    conf.read(ROOT / "odoo.conf")
    assert set(conf.sections()) == {"options", "saas_billing"}
    assert set(conf["options"]) <= odoo_options


def test_command_names_only_options_and_modules_that_exist(compose, odoo_options):
    words = shlex.split(compose["services"]["odoo"]["command"])
    options = dict(word.removeprefix("--").split("=", 1) for word in words[1:])
    assert set(options) <= odoo_options
    asked = tuple(options["init"].split(","))
    assert asked == tuple(each for each in settings.ADDONS if each not in settings.BRIDGES)


def test_bridges_install_themselves():
    for addon in settings.BRIDGES:
        manifest = ast.literal_eval((ROOT / addon / "__manifest__.py").read_text(encoding="utf-8"))
        assert manifest["auto_install"] is True


def test_services_mount_declared_volumes_and_publish_on_loopback(compose):
    for service in compose["services"].values():
        names = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert names <= set(compose["volumes"])
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_requirements_are_the_addons_declared_ones():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    wanted = set(re.findall(r"(?m)^([A-Za-z-]+)[=<>]", text))
    assert wanted == {"stripe", "python-dateutil", "requests"}
