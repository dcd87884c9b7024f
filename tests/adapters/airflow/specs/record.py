"""Record the OpenAPI documents of Airflow releases for the unit tests, from their wheels on PyPI."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tests.adapters.airflow.specs import FOLDER

SPECIFICATION = {
    "apache-airflow-core": "airflow/api_fastapi/core_api/openapi/v2-rest-api-generated.yaml",
    "apache-airflow": "airflow/api_connexion/openapi/v1.yaml",
}
# The first parts of the paths that mlopsctl uses.
USED = {
    "assets", "backfills", "connections", "dags", "datasets", "eventLogs", "health", "importErrors", "monitor",
    "parseDagFile", "pools", "roles", "users", "variables", "version",
}  # fmt: skip
NAMED = ("properties", "content")  # their keys are names
KEPT = (
    "name", "in", "required", "type", "readOnly", "additionalProperties", "$ref", "nullable", "enum", "parameters",
    "requestBody", "schema", "allOf", "anyOf", "oneOf", "items",
)  # fmt: skip


def main(versions: list[str]) -> None:
    for version in versions:
        kept = _cut(yaml.load(_text(version), yaml.CSafeLoader))
        text = json.dumps(kept, separators=(",", ":"), sort_keys=True)
        (FOLDER / f"{version}.json").write_text(text.replace('},"/', '},\n"/') + "\n", encoding="utf-8")


def _text(version: str) -> bytes:
    """Of the specification in the wheel of a release: in Airflow 3 that of its core package."""
    package = "apache-airflow" if version.startswith("2.") else "apache-airflow-core"
    with TemporaryDirectory() as folder:
        words = ["--no-deps", "--ignore-requires-python", "-d", folder, f"{package}=={version}"]
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", *words], check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            return wheel.read(SPECIFICATION[package])


def _cut(document: dict[str, Any]) -> dict[str, Any]:
    """The paths that are used, and the components to which they refer; no descriptions and no answers."""
    paths = {
        path: {name: _kept(part) for name, part in operations.items()}
        for path, operations in document["paths"].items()
        if path.removeprefix("/api/v2").strip("/").partition("/")[0] in USED
    }
    components: dict[str, dict[str, Any]] = {}
    wanted = set(_references(paths))
    while wanted:
        kind, name = wanted.pop()
        components.setdefault(kind, {})[name] = found = _kept(document["components"][kind][name])
        wanted |= {(k, n) for k, n in _references(found) if n not in components.get(k, {})}
    return {"paths": paths, "components": components}


def _kept(part: Any) -> Any:
    if isinstance(part, list):
        return [_kept(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    return {
        name: {key: _kept(entry) for key, entry in value.items()} if name in NAMED else _kept(value)
        for name, value in part.items()
        if name in (*KEPT, *NAMED)
    }


def _references(part: Any) -> Iterator[tuple[str, str]]:
    """Kind and name of the components to which a part of the document refers."""
    if isinstance(part, list):
        for entry in part:
            yield from _references(entry)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                _, _, kind, component = value.split("/")
                yield kind, component
            else:
                yield from _references(value)


if __name__ == "__main__":
    main(sys.argv[1:])
