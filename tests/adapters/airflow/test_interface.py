"""No request of API v2 has a path, a parameter or a field that the release's own document lacks.

Airflow 3 ignores a parameter that it does not know, so a filter would return everything; it rejects unknown fields.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlopsctl.adapters.airflow.capabilities import Specification
from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.model import Variable
from mlopsctl.core.states import RunState, TaskOrder
from tests.adapters.airflow import specs
from tests.fake_api import DAG, RUN, api_v2

VERSIONS = [version for version in specs.VERSIONS if specs.capabilities(version).backfills]
AT = datetime(2024, 1, 1, tzinfo=UTC)
BACKFILL = {"id": 1, "from_date": AT.isoformat(), "to_date": AT.isoformat(), "completed_at": None}
USER = {"username": "u", "first_name": "a", "last_name": "b", "roles": [], "email": "e"}
LISTS = (
    "dags", "dag_runs", "task_instances", "import_errors", "backfills", "connections", "variables", "users", "roles",
    "tasks", "content", "pools", "assets", "asset_events",
)  # fmt: skip
ANSWER = {
    **RUN, **DAG, **BACKFILL, **USER, **{key: [] for key in LISTS}, "total_entries": 0, "conf": {}, "note": None,
    **{key: {"errors": []} for key in ("create", "update", "delete")},
}  # fmt: skip
CALLS: dict[str, Callable[[AirflowApi], object]] = {
    "dags": lambda api: api.dags(),
    "count_dags": lambda api: api.count_dags(),
    "dag": lambda api: api.dag("d"),
    "dag_summary": lambda api: api.dag_summary("d"),
    "set_paused": lambda api: api.set_paused("d", True),
    "tasks_with_depends_on_past": lambda api: api.tasks_with_depends_on_past("d"),
    "retry_delays": lambda api: api.retry_delays("d"),
    "past_dependencies": lambda api: api.past_dependencies("d"),
    "pools": lambda api: api.pools(),
    "task_dates": lambda api: api.task_dates("d"),
    "trigger_tasks": lambda api: api.trigger_tasks("d"),
    "asset_consumers": lambda api: api.asset_consumers("d"),
    "asset_events": lambda api: api.asset_events("d", AT),
    "count_dag_tasks": lambda api: api.count_dag_tasks("d"),
    "import_errors": lambda api: api.import_errors(),
    "count_import_errors": lambda api: api.count_import_errors(),
    "reparse_file": lambda api: api.reparse_file("t"),
    "runs": lambda api: api.runs("d", AT, AT, ["failed"]),
    "runs_page": lambda api: api.runs_page("d", AT, AT, ["failed"], 5),
    "latest_runs": lambda api: api.latest_runs("d", 5),
    "changed_runs": lambda api: [api.changed_runs("d", 5), api.changed_runs()],
    "recent_runs": lambda api: api.recent_runs(),
    "active_run": lambda api: api.active_run("d", "mlopsctl__"),
    "count_runs": lambda api: api.count_runs("d", AT, AT, ["failed"]),
    "count_runs_in_state": lambda api: api.count_runs_in_state(RunState.QUEUED),
    "run": lambda api: api.run("d", "r"),
    "run_conf": lambda api: api.run_conf("d", "r"),
    "create_run": lambda api: api.create_run("d", AT, run_id="r", conf={"a": 1}, run_after=AT, interval=(AT, AT)),
    "clear_runs": lambda api: api.clear_runs("d", ["r"], note="n"),
    "delete_runs": lambda api: api.delete_runs("d", ["r"]),
    "mark_runs_failed": lambda api: api.mark_runs_failed("d", ["r"], "n"),
    "mark_runs_success": lambda api: api.mark_runs_success("d", ["r"]),
    "was_cancelled": lambda api: api.was_cancelled("d", "n", AT, AT, since=AT),
    "task_instances": lambda api: api.task_instances("d", "r"),
    "tasks_page": lambda api: api.tasks_page("d", AT, AT, ["failed"], 5),
    "slowest_task": lambda api: api.slowest_task("d", AT, AT, ["success"], ended_since=AT),
    "tasks_between": lambda api: api.tasks_between("d", AT, AT, ["failed"]),
    "count_tasks": lambda api: api.count_tasks("d", AT, AT, ["failed"]),
    "active_tasks": lambda api: [api.active_tasks(["running"], 5, order) for order in TaskOrder],
    "mark_task_failed": lambda api: api.mark_task_failed("d", "r", "t/3"),
    "task_log": lambda api: api.task_log("d", "r", "t", 1, 3),
    "active_backfill": lambda api: api.active_backfill("d"),
    "list_backfills": lambda api: api.list_backfills("d"),
    "backfill": lambda api: api.backfill(1),
    "create_backfill": lambda api: [api.create_backfill("d", AT, AT, conf=conf) for conf in (None, {"a": 1})],
    "dry_run_backfill": lambda api: api.dry_run_backfill("d", AT, AT),
    "pause_backfill": lambda api: api.pause_backfill(1),
    "unpause_backfill": lambda api: api.unpause_backfill(1),
    "cancel_backfill": lambda api: api.cancel_backfill(1),
    "connections": lambda api: api.connections(),
    "variables": lambda api: api.variables(),
    "set_connections": lambda api: api.set_connections({"a": {"conn_type": "http"}}),
    "set_variables": lambda api: api.set_variables([Variable("a", "1")]),
    "delete_connections": lambda api: api.delete_connections(["a"]),
    "delete_variables": lambda api: api.delete_variables(["a"]),
    "components": lambda api: None,  # its answer has another form
}
USERS = {"users", "roles", "create_user", "update_user", "delete_user", "set_password"}  # of another application


class DocumentedServer:
    """Answers every request, and collects what is not in the document of a release."""

    def __init__(self, version: str) -> None:
        self.document = Specification(specs.document(version))
        self.undocumented: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.undocumented += self.check(request)
        return httpx.Response(200, json=ANSWER)

    def check(self, request: httpx.Request) -> list[str]:
        method, path = request.method.lower(), self.template(request.url.path)
        if not self.document.has(method, path):
            return [f"{method} {request.url.path}"]
        sent: Any = json.loads(request.content) if request.content else None
        unknown = set(request.url.params) - self.document.parameters(method, path)
        unknown |= set(sent or ()) - self.document.body(method, path)
        return [f"{method} {path} {name}" for name in unknown]

    def template(self, path: str) -> str:
        """The path in the document that matches best: the one with the fewest variables."""
        found = [t for t in self.document.paths if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", f"/api/v2{t}"), path)]
        return min(found, key=lambda t: t.count("{"), default="")


@pytest.mark.parametrize("version", VERSIONS)
def test_requests_have_only_what_the_release_documents(version: str, tmp_path: Path) -> None:
    server = DocumentedServer(version)
    api = api_v2(tmp_path, server, version=version)
    for call in CALLS.values():
        call(api)
    assert server.undocumented == []


def test_a_request_of_the_newest_release_is_found_on_an_older_one(tmp_path: Path) -> None:
    server = DocumentedServer("3.0.6")
    api = api_v2(tmp_path, server, version=specs.NEWEST)
    api.active_run("d", "mlopsctl__")
    api.clear_runs("d", ["r"])
    assert server.undocumented == [
        "get /dags/{dag_id}/dagRuns run_id_prefix_pattern",
        "post /api/v2/dags/d/clearDagRuns",
    ]


def test_every_method_of_the_interface_is_called() -> None:
    methods = {name for name in dir(AirflowApi) if not name.startswith("_")}
    assert methods - set(CALLS) - USERS == {"capabilities", "health", "heartbeats", "sets_intervals"}
