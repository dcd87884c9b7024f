"""Requests of API v1. tests/live shows that the releases accept them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import DagRun, Interval, Variable
from mlopsctl.core.states import RunState, TaskOrder
from tests.adapters.airflow.rest.v1.test_records import DAG
from tests.fake_api import RUN, FakeServer, api_v1

AT = datetime(2024, 1, 1, tzinfo=UTC)
DAY = (AT, AT + timedelta(days=1))
RUNS = "/api/v1/dags/d/dagRuns"
ANN = {"username": "ann", "email": "a@x", "first_name": "Ann", "last_name": "-", "roles": [{"name": "Op"}]}


class FakeCreator:
    """Creates every run, or none."""

    def __init__(self, created: bool) -> None:
        self.created, self.asked = created, list[tuple[object, ...]]()

    def create(
        self, dag_id: str, run_id: str, logical_date: datetime, interval: Interval, conf: Mapping[str, Any] | None
    ) -> bool:
        self.asked.append((dag_id, run_id, logical_date, interval, conf))
        return self.created


def test_runs_are_filtered_by_execution_date(tmp_path: Path) -> None:
    server = FakeServer({f"GET {RUNS}": (200, {"dag_runs": [RUN], "total_entries": 1})})
    assert [run.run_id for run in api_v1(tmp_path, server).runs("d", *DAY, ["failed"])] == [RUN["dag_run_id"]]
    assert dict(server.params) == {
        "execution_date_gte": AT.isoformat(), "execution_date_lte": DAY[1].isoformat(), "order_by": "execution_date",
        "state": "failed", "limit": "1000",
    }  # fmt: skip


def test_active_run_is_searched_among_all(tmp_path: Path) -> None:
    others = [RUN | {"dag_run_id": f"manual__{n}"} for n in range(2)]
    server = FakeServer({f"GET {RUNS}": (200, {"dag_runs": [*others, RUN], "total_entries": 3})})
    api = api_v1(tmp_path, server)
    assert (found := api.active_run("d", "mlopsctl__")) and found.run_id == RUN["dag_run_id"]
    assert api.active_run("d", "zzz") is None
    assert "run_id_prefix_pattern" not in server.params


@pytest.mark.parametrize(("version", "sent"), [("2.11.2", True), ("2.7.2", False)])
def test_interval_is_sent_to_releases_that_take_it(tmp_path: Path, version: str, sent: bool) -> None:
    server = FakeServer({f"POST {RUNS}": (200, RUN)})
    assert api_v1(tmp_path, server, version=version).create_run("d", AT, run_id="r", run_after=AT, interval=DAY)
    interval = {"data_interval_start": AT.isoformat(), "data_interval_end": DAY[1].isoformat()} if sent else {}
    assert server.body == {"dag_run_id": "r", "execution_date": AT.isoformat(), "conf": {}} | interval


def test_run_with_an_interval_is_created_on_this_machine(tmp_path: Path) -> None:
    server, creator = FakeServer({}), FakeCreator(True)
    api = api_v1(tmp_path, server, version="2.7.2", run_creator=creator)
    assert api.sets_intervals and not api.capabilities.interval_in_post
    run_id = "mlopsctl__ab12cd__2024-01-01"
    run = DagRun(run_id, AT, RunState.QUEUED, interval=DAY, owner="ab12cd")
    assert api.create_run("d", AT, run_id=run_id, conf={"a": 1}, interval=DAY) == run
    assert creator.asked == [("d", run_id, AT, DAY, {"a": 1})]
    assert not server.requests


def test_run_that_exists_is_none(tmp_path: Path) -> None:
    server = FakeServer({f"POST {RUNS}": (409, {"detail": "exists"})})
    assert api_v1(tmp_path, server).create_run("d", AT, run_id="r") is None
    assert (
        api_v1(tmp_path, server, run_creator=FakeCreator(False)).create_run("d", AT, run_id="r", interval=DAY) is None
    )


def test_runs_end_one_by_one_after_their_note(tmp_path: Path) -> None:
    server = FakeServer({f"PATCH {RUNS}/r": (200, RUN), f"PATCH {RUNS}/r/setNote": (200, RUN)})
    api_v1(tmp_path, server).mark_runs_failed("d", ["r", "missing"], "a note")
    sent = [(str(request.url.path), request.content) for request in server.requests if "/r" in request.url.path[-10:]]
    assert [path for path, _ in sent] == [f"{RUNS}/r/setNote", f"{RUNS}/r"]
    assert [content for _, content in sent] == [b'{"note":"a note"}', b'{"state":"failed"}']


def test_run_is_cleared_after_its_note(tmp_path: Path) -> None:
    server = FakeServer({f"POST {RUNS}/r/clear": (200, RUN), f"PATCH {RUNS}/r/setNote": (200, RUN)})
    api_v1(tmp_path, server).clear_runs("d", ["r"], note="a note")
    assert [request.url.path for request in server.requests] == [f"{RUNS}/r/setNote", f"{RUNS}/r/clear"]
    assert server.body == {"dry_run": False}


def test_counts_read_one_entry_at_most(tmp_path: Path) -> None:
    server = FakeServer({"GET /api/v1/dags/~/dagRuns": (200, {"dag_runs": [RUN], "total_entries": 7})})
    assert api_v1(tmp_path, server).count_runs_in_state(RunState.QUEUED) == 7
    assert server.params["limit"] == "1"


def test_import_errors_name_files_relative_to_the_dags_folder(tmp_path: Path) -> None:
    raw = {"filename": "/h/dags/a/b.py", "stack_trace": "no", "timestamp": "2024-01-01T00:00:00+00:00"}
    server = FakeServer({"GET /api/v1/importErrors": (200, {"import_errors": [raw], "total_entries": 1})})
    assert [error.file for error in api_v1(tmp_path, server).import_errors()] == ["a/b.py"]


@pytest.mark.parametrize(("version", "requests"), [("2.11.2", 1), ("2.7.2", 0)])
def test_file_is_parsed_at_once_where_airflow_can(tmp_path: Path, version: str, requests: int) -> None:
    server = FakeServer({"PUT /api/v1/parseDagFile/t": (201, {})})
    api_v1(tmp_path, server, version=version).reparse_file("t")
    assert len(server.requests) == requests


def test_dag_details_have_their_time_zone(tmp_path: Path) -> None:
    assert api_v1(tmp_path, FakeServer({"GET /api/v1/dags/d/details": (200, DAG)})).dag("d").timezone == "Asia/Seoul"


def test_details_that_lack_something_are_completed(tmp_path: Path) -> None:
    details = {name: value for name, value in DAG.items() if name != "has_import_errors"}
    path = "/api/v1/dags/d"
    server = FakeServer({f"GET {path}/details": (200, details), f"GET {path}": (200, DAG | {"timezone": None})})
    dag = api_v1(tmp_path, server).dag("d")
    assert (dag.timezone, dag.has_import_errors) == ("Asia/Seoul", False)


TASK: dict[str, Any] = {"dag_id": "d", "execution_date": "2024-01-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    ("order", "ids"),
    [(TaskOrder.ID, ["b", "a"]), (TaskOrder.LONGEST_RUNNING, ["a", "b"]), (TaskOrder.LAST_ENDED, ["b", "a"])],
)
def test_tasks_are_sorted_here(tmp_path: Path, order: TaskOrder, ids: list[str]) -> None:
    days = {"b": "2024-01-03T00:00:00+00:00", "a": "2024-01-02T00:00:00+00:00", "c": None}
    listed: list[dict[str, Any]] = [
        TASK | {"task_id": name, "start_date": at, "end_date": at} for name, at in days.items()
    ]
    server = FakeServer(
        {"GET /api/v1/dags/~/dagRuns/~/taskInstances": (200, {"task_instances": listed, "total_entries": 9})}
    )
    tasks, number = api_v1(tmp_path, server).active_tasks(["running"], 2, order)
    assert ([task.task_id for task in tasks], number) == (ids, 9)
    assert tasks[0].day == "2024-01-01"
    assert "order_by" not in server.params


def test_log_is_asked_for_as_text(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == f"{RUNS}/r/taskInstances/t/logs/1"
        assert request.headers["Accept"] == "text/plain"
        return httpx.Response(200, text="a\nb")

    assert api_v1(tmp_path, answer).task_log("d", "r", "t", 1).text == "a\nb"


def test_backfills_of_airflow_are_refused(tmp_path: Path) -> None:
    api = api_v1(tmp_path, FakeServer({}))
    assert api.active_backfill("d") is None
    for call in (lambda: api.create_backfill("d", *DAY), lambda: api.backfill(1), lambda: api.cancel_backfill(1)):
        with pytest.raises(MlopsctlError) as caught:
            call()
        assert caught.value.code == "no-backfill-api"


def test_existing_connection_is_changed_and_a_new_one_created(tmp_path: Path) -> None:
    one = "/api/v1/connections/c"
    server = FakeServer({f"GET {one}": (200, {}), f"PATCH {one}": (200, {}), "POST /api/v1/connections": (200, {})})
    api = api_v1(tmp_path, server)
    api.set_connections({"c": {"host": "h", "extra": {"a": 1}}})
    assert (server.requests[-1].method, server.body) == (
        "PATCH",
        {"connection_id": "c", "host": "h", "extra": '{"a": 1}'},
    )
    api.set_connections({"new": {"conn_type": "http"}})
    assert (server.requests[-1].method, server.body) == ("POST", {"connection_id": "new", "conn_type": "http"})


def test_variable_without_a_description_has_an_empty_one(tmp_path: Path) -> None:
    server = FakeServer({"POST /api/v1/variables": (200, {})})
    api_v1(tmp_path, server).set_variables([Variable("v", "x")])
    assert server.body == {"key": "v", "value": "x", "description": ""}


def test_missing_entries_are_not_deleted(tmp_path: Path) -> None:
    server = FakeServer({"DELETE /api/v1/variables/a": (204, None)})
    api_v1(tmp_path, server).delete_variables(["missing", "a"])
    assert len(server.requests) == 2
    refusing = FakeServer({"DELETE /api/v1/connections/c": (403, {"detail": None, "title": "Forbidden"})})
    with pytest.raises(RequestRejected, match="Forbidden"):
        api_v1(tmp_path, refusing).delete_connections(["c"])


def test_change_of_a_user_has_what_the_api_requires(tmp_path: Path) -> None:
    path = "/api/v1/users/ann"
    server = FakeServer({f"GET {path}": (200, ANN), f"PATCH {path}": (200, ANN)})
    api = api_v1(tmp_path, server)
    api.set_password("ann", "new")
    assert server.body == {"username": "ann", "email": "a@x", "first_name": "Ann", "last_name": "-", "password": "new"}
    assert server.params["update_mask"] == "password"
    api.update_user("ann", role="Viewer", email="b@x")
    assert server.body["roles"] == [{"name": "Viewer"}]
    assert server.params["update_mask"] == "email,roles"


def test_connections_are_read_one_by_one_for_their_extra(tmp_path: Path) -> None:
    raw = {"conn_type": "http", "host": "h", "port": None, "login": None, "schema": None, "description": None}
    names = ("a", "b/c")
    listed = [raw | {"connection_id": name} for name in names]
    server = FakeServer(
        {
            "GET /api/v1/connections": (200, {"connections": listed, "total_entries": 2}),
            "GET /api/v1/connections/a": (200, listed[0] | {"extra": '{"n": 1}'}),
            "GET /api/v1/connections/b/c": (200, listed[1] | {"extra": None}),
        }
    )
    found = api_v1(tmp_path, server).connections()
    assert [(connection.name, connection.extra) for connection in found] == [("a", {"n": 1}), ("b/c", {})]
