"""What the REST API of an Airflow server can do, from its version and its own OpenAPI document.

The document is necessary: Airflow 3 ignores unknown query parameters, so a filter that a release does not have returns
all entries instead of an error (seen with 3.0.6 and 3.1.8).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

RUNS = "/dags/{dag_id}/dagRuns"
CLEAR_RUN = f"{RUNS}/{{dag_run_id}}/clear"
TASKS = f"{RUNS}/{{dag_run_id}}/taskInstances"


@dataclass(frozen=True)
class Capabilities:
    """`version`: Airflow's. All others: whether its API has it; the releases are those that were looked at."""

    version: str
    backfills: bool  # Airflow's own backfills: 3.0
    bulk_runs: bool  # change or delete many runs in one request: 3.3
    clear_runs: bool  # clear many runs in one request: 3.3
    clear_on_latest_version: bool  # clearing one run can move it to the current version of the DAG: 3.1
    run_prefix_filter: bool  # runs whose id starts with a text: 3.2
    interval_in_post: bool  # a new run can be given its data interval: 2.9
    run_after_in_post: bool  # a new run can be given the instant from which it may start: 3.0
    order_tasks: bool  # lists of task instances can be sorted: 3.0
    parse_file: bool  # ask for a DAG file to be parsed at once: 2.10
    bulk_entries: bool  # change many connections or variables in one request: 3.0
    users_with_token: bool  # the API of the FAB auth manager accepts a token, not only a password: 3.1
    backfill_replaces_conf: bool  # a backfill with a conf gives it to the runs that it runs again, too: 3.2.2

    @property
    def is_airflow2(self) -> bool:
        """Tasks then have the context of Airflow 2, and can use the metadata database."""
        return series(self.version) < (3, 0)


def from_openapi(version: str, document: Mapping[str, Any]) -> Capabilities:
    """`document`: as `/openapi.json` (API v2) or `/api/v1/openapi.json` returns it."""
    spec = Specification(document)
    new_run = spec.body("post", RUNS)
    return Capabilities(
        version=version,
        backfills=spec.has("post", "/backfills"),
        bulk_runs=spec.has("patch", RUNS),
        clear_runs=spec.has("post", "/dags/{dag_id}/clearDagRuns"),
        clear_on_latest_version="run_on_latest_version" in spec.body("post", CLEAR_RUN),
        run_prefix_filter="run_id_prefix_pattern" in spec.parameters("get", RUNS),
        interval_in_post="data_interval_start" in new_run,
        run_after_in_post="run_after" in new_run,
        order_tasks="order_by" in spec.parameters("get", TASKS),
        parse_file=spec.has("put", "/parseDagFile/{file_token}"),
        bulk_entries=spec.has("patch", "/connections") and spec.has("patch", "/variables"),
        # Not in the document: another application serves it. Airflow 3.0 answers 401 to a token there.
        users_with_token=series(version) >= (3, 1),
        # Nor is this: airflow/models/backfill.py, _handle_clear_run, has it in 3.2.2, and not in 3.2.1.
        backfill_replaces_conf=numbers(version) >= (3, 2, 2),
    )


def series(version: str) -> tuple[int, int]:
    """`3.2.2` → (3, 2)."""
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def numbers(version: str) -> tuple[int, ...]:
    """Of a version, to compare it."""
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


class Specification:
    """An OpenAPI document. Paths are given without the root of the API."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        paths = document["paths"].items()
        self._paths = {path.removeprefix("/api/v2"): operations for path, operations in paths}

    @property
    def paths(self) -> Collection[str]:
        return self._paths.keys()

    def has(self, method: str, path: str) -> bool:
        return method in self._paths.get(path, {})

    def parameters(self, method: str, path: str) -> set[str]:
        """The names of the query parameters of an operation; empty if there is no such operation."""
        operations = self._paths.get(path, {})
        listed = [*operations.get("parameters", ()), *operations.get(method, {}).get("parameters", ())]
        resolved = map(self._resolve, listed)
        return {parameter["name"] for parameter in resolved if parameter["in"] == "query"}

    def body(self, method: str, path: str) -> set[str]:
        """The fields that a request can set; empty if there is no such operation."""
        content = self._paths.get(path, {}).get(method, {}).get("requestBody", {}).get("content", {})
        return self._fields(content.get("application/json", {}).get("schema", {}))

    def _fields(self, schema: Mapping[str, Any]) -> set[str]:
        resolved = self._resolve(schema)
        properties = resolved.get("properties", {}).items()
        fields = {name for name, field in properties if not self._resolve(field).get("readOnly")}
        return fields.union(*map(self._fields, resolved.get("allOf", ())))

    def _resolve(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in part:
            found: Any = self._document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part
