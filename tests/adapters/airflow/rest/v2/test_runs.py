"""DAG runs through the API. tests/live shows that Airflow behaves like this."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import DagRun
from mlopsctl.core.states import RunState
from tests.fake_api import RUN, FakeServer, api_v2

AT = datetime(2024, 1, 1, tzinfo=UTC)
RUNS = "/api/v2/dags/d/dagRuns"


def test_create_run_returns_none_for_an_existing_logical_date(tmp_path: Path) -> None:
    path = "POST /api/v2/dags/d/dagRuns"
    server = FakeServer({path: (200, RUN)})
    made = api_v2(tmp_path, server).create_run("d", AT, run_id="r", conf={"a": 1}, run_after=AT)
    assert made and made.state is RunState.SUCCESS
    assert server.body == {
        "dag_run_id": "r", "logical_date": "2024-01-01T00:00:00+00:00", "conf": {"a": 1},
        "run_after": "2024-01-01T00:00:00+00:00",
    }  # fmt: skip
    server.answers[path] = (409, {"detail": {"reason": "Unique constraint violation"}})
    assert api_v2(tmp_path, server).create_run("d", AT, run_id="r") is None
    server.answers[path] = (400, {"detail": "Dag with dag_id: 'd' has import errors and cannot be triggered"})
    with pytest.raises(RequestRejected, match="has import errors"):
        api_v2(tmp_path, server).create_run("d", AT, run_id="r")


def test_clear_runs_clears_all_tasks_on_the_latest_version(tmp_path: Path) -> None:
    server = FakeServer({"POST /api/v2/dags/d/clearDagRuns": (200, {"dag_runs": []})})
    api_v2(tmp_path, server).clear_runs("d", ["a", "b"])
    assert server.body == {
        "dry_run": False, "dag_runs": [{"dag_run_id": "a"}, {"dag_run_id": "b"}], "run_on_latest_version": True,
    }  # fmt: skip


def test_clear_with_a_note_and_create_with_a_data_interval(tmp_path: Path) -> None:
    answers = {"POST /api/v2/dags/d/clearDagRuns": (200, {}), "POST /api/v2/dags/d/dagRuns": (200, RUN)}
    server = FakeServer(answers)
    api_v2(tmp_path, server).clear_runs("d", ["a"], note="mlopsctl backfill ab12cd")
    assert server.body["note"] == "mlopsctl backfill ab12cd"
    api_v2(tmp_path, server).create_run("d", AT, run_id="r", interval=(AT, AT + timedelta(days=1)))
    assert (server.body["data_interval_start"], server.body["data_interval_end"]) == (
        "2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00+00:00",
    )  # fmt: skip


def test_delete_runs_raises_the_first_error(tmp_path: Path) -> None:
    path = "PATCH /api/v2/dags/d/dagRuns"
    server = FakeServer({path: (200, {"delete": {"success": ["a"], "errors": []}})})
    api_v2(tmp_path, server).delete_runs("d", ["a"])
    assert server.body["actions"] == [
        {"action": "delete", "action_on_non_existence": "skip", "entities": ["a"]},
    ]  # fmt: skip
    server.answers[path] = (200, {"delete": {"success": [], "errors": [{"error": "it is running"}]}})
    with pytest.raises(MlopsctlError, match="did not delete a run: it is running"):
        api_v2(tmp_path, server).delete_runs("d", ["a"])


def test_runs_page_limits_rows_and_filters_by_state(tmp_path: Path) -> None:
    server = FakeServer({"GET /api/v2/dags/d/dagRuns": (200, {"dag_runs": [RUN], "total_entries": 3650})})
    runs, number = api_v2(tmp_path, server).runs_page("d", AT, AT, ("queued", "running"), 20)
    assert (len(runs), number) == (1, 3650)
    assert runs[0] == DagRun(
        "mlopsctl__a__2024-01-01", AT, RunState.SUCCESS, "manual",
        datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 2, 0, 1, 30, 500000, tzinfo=UTC), dag_id="d",
    )  # fmt: skip
    query = server.params
    assert query.get_list("state") == ["queued", "running"] and query["limit"] == "20"
    assert query["logical_date_gte"] == query["logical_date_lte"] == "2024-01-01T00:00:00+00:00"


def test_run_ids_are_quoted(tmp_path: Path) -> None:
    server = FakeServer({})
    with pytest.raises(RequestRejected):
        api_v2(tmp_path, server).run("d", "scheduled__2024-01-01T00:00:00+00:00/x")
    assert (
        server.requests[-1].url.raw_path == b"/api/v2/dags/d/dagRuns/scheduled__2024-01-01T00%3A00%3A00%2B00%3A00%2Fx"
    )


def test_mark_runs_failed_is_one_request_with_a_note(tmp_path: Path) -> None:
    server = FakeServer({f"PATCH {RUNS}": (200, {"update": {"success": ["d.a"], "errors": []}})})
    api_v2(tmp_path, server).mark_runs_failed("d", ["a", "b"], "why")
    assert server.body == {
        "actions": [
            {
                "action": "update",
                "action_on_non_existence": "skip",
                "entities": [
                    {"dag_run_id": "a", "state": "failed", "note": "why"},
                    {"dag_run_id": "b", "state": "failed", "note": "why"},
                ],
            }
        ]
    }
    api_v2(tmp_path, server).mark_runs_failed("d", ["a"])
    assert server.body["actions"][0]["entities"] == [{"dag_run_id": "a", "state": "failed"}]


def test_mark_runs_success_keeps_notes(tmp_path: Path) -> None:
    server = FakeServer({f"PATCH {RUNS}": (200, {"update": {"success": ["d.a"], "errors": []}})})
    api_v2(tmp_path, server).mark_runs_success("d", ["a"])
    assert server.body["actions"][0]["entities"] == [{"dag_run_id": "a", "state": "success"}]


def test_mark_runs_failed_raises_the_first_error(tmp_path: Path) -> None:
    errors = [{"error": "no such DAG", "status_code": 404}]
    server = FakeServer({f"PATCH {RUNS}": (200, {"update": {"success": [], "errors": errors}})})
    with pytest.raises(MlopsctlError, match="did not end a run: no such DAG"):
        api_v2(tmp_path, server).mark_runs_failed("d", ["a"])


@pytest.mark.parametrize(("note", "cancelled"), [("mine", True), ("another's", False), (None, False)])
def test_was_cancelled_reads_the_note_of_the_last_failed_run(tmp_path: Path, note: str | None, cancelled: bool) -> None:
    server = FakeServer({f"GET {RUNS}": (200, {"dag_runs": [{"note": note}], "total_entries": 9})})
    assert api_v2(tmp_path, server).was_cancelled("d", "mine", AT, AT, since=AT) is cancelled
    query = server.params
    assert query["end_date_gte"] == AT.isoformat()
    # Runs without an end date match unless there is an upper bound that is not in the future.
    assert AT < datetime.fromisoformat(query["end_date_lte"]) <= datetime.now(UTC)
    assert (query["state"], query["order_by"], query["limit"]) == ("failed", "-end_date", "1")


@pytest.mark.parametrize(("dag_id", "path"), [("", "/api/v2/dags/~/dagRuns"), ("d", "/api/v2/dags/d/dagRuns")])
def test_count_runs_in_state(tmp_path: Path, dag_id: str, path: str) -> None:
    server = FakeServer({f"GET {path}": (200, {"total_entries": 7})})
    assert api_v2(tmp_path, server).count_runs_in_state(RunState.QUEUED, dag_id) == 7
    assert dict(server.params) == {"state": "queued", "limit": "1"}


def test_active_run_is_found_by_its_prefix(tmp_path: Path) -> None:
    server = FakeServer({"GET /api/v2/dags/d/dagRuns": (200, {"dag_runs": [RUN]})})
    found = api_v2(tmp_path, server).active_run("d", "mlopsctl__")
    assert found and found.run_id == RUN["dag_run_id"]
    assert server.params["run_id_prefix_pattern"] == "mlopsctl__"
    assert server.params.get_list("state") == ["queued", "running"]


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("Invalid input for param free: No value passed", "Airflow does not accept the param free: No value passed."),
        ("Invalid input for param n: 5 is not of type 'string'\n\nFailed validating 'type' in schema:\n    {}",
         "Airflow does not accept the param n: 5 is not of type 'string'."),
    ],
)  # fmt: skip
def test_refused_param_is_named(tmp_path: Path, reason: str, message: str) -> None:
    server = FakeServer({"POST /api/v2/dags/d/dagRuns": (400, {"detail": reason})})
    with pytest.raises(MlopsctlError) as caught:
        api_v2(tmp_path, server).create_run("d", AT, run_id="r")
    assert (caught.value.code, caught.value.message) == ("params", message)
    assert caught.value.hint.text().startswith("add --conf '{")
