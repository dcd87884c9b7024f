"""What is asked of Airflow, and how its answers become nouns. That Airflow agrees is for tests/live to show."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlopsctl.adapters.airflow.rest import records
from mlopsctl.adapters.airflow.rest.client import AirflowApi
from mlopsctl.adapters.airflow.rest.http import Refused
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import DagRun
from mlopsctl.core.states import RunState

AT = datetime(2024, 1, 1, tzinfo=UTC)
RUN = {
    "dag_run_id": "mlopsctl__a__2024-01-01", "dag_id": "d", "logical_date": "2024-01-01T00:00:00Z", "state": "success",
    "run_type": "manual", "start_date": "2024-01-02T00:00:00Z", "end_date": "2024-01-02T00:01:30.5Z",
    "run_after": "2024-01-02T00:00:00Z",
}  # fmt: skip
DAG = {
    "dag_id": "d", "timetable_summary": None, "timezone": "Asia/Seoul", "is_paused": True, "is_backfillable": False,
    "fileloc": "/h/dags/d/d.py", "tags": [{"name": "a"}, {"name": "b"}], "max_active_runs": None,
    "has_import_errors": False, "relative_fileloc": "d/d.py", "file_token": "t", "start_date": "2023-06-01T00:00:00Z",
    "end_date": None,
}  # fmt: skip


class Airflow:
    """Answers by path, and remembers the bodies and the queries."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status, body = self.answers.get(f"{request.method} {request.url.path}", (404, {"detail": "not found"}))
        return httpx.Response(status, json=body)

    @property
    def body(self) -> Any:
        return json.loads(self.requests[-1].content)


def api(folder: Path, airflow: Airflow, zone: str | None = None) -> AirflowApi:
    (folder / "token").write_text("t")
    transport = httpx.MockTransport(airflow)
    return AirflowApi("http://x", folder / "password", folder / "token", zones=lambda _: zone, transport=transport)


def test_a_dags_own_time_zone_goes_before_the_one_that_the_api_gives_to_all(tmp_path: Path) -> None:
    airflow = Airflow({"GET /api/v2/dags/d/details": (200, DAG)})
    assert api(tmp_path, airflow, "America/New_York").dag("d").timezone == "America/New_York"
    found = api(tmp_path, airflow).dag("d")
    assert (found.timezone, found.schedule, found.periodic, found.paused) == ("Asia/Seoul", None, False, True)
    assert (found.tags, found.max_active_runs, found.start) == (("a", "b"), 16, datetime(2023, 6, 1, tzinfo=UTC))
    assert not found.stale
    assert records.dag(DAG | {"is_stale": True}).stale


def test_an_unknown_dag_comes_with_the_nearest_names(tmp_path: Path) -> None:
    dags = {"dags": [DAG | {"dag_id": name} for name in ("data_extract_pipeline", "training")], "total_entries": 2}
    answers = {"GET /api/v2/dags": (200, dags), "GET /api/v2/importErrors": (200, {"total_entries": 0})}
    with pytest.raises(MlopsctlError) as caught:
        api(tmp_path, Airflow(answers)).dag("data_extrct_pipeline")
    error = caught.value
    assert error.message == "there is no DAG 'data_extrct_pipeline'. Did you mean data_extract_pipeline?"
    assert (error.code, error.hint.text()) == ("unknown-dag", "mlopsctl dags list")


@pytest.mark.parametrize(
    ("broken", "words", "hint"),
    [
        (2, " 2 DAG files could not be imported.", "mlopsctl dags errors"),
        (0, "", "mlopsctl dags list   # linked just now? read it with: mlopsctl dags clean"),
    ],
)
def test_where_no_name_is_near_its_file_may_not_have_been_read(
    tmp_path: Path, broken: int, words: str, hint: str
) -> None:
    answers = {
        "GET /api/v2/dags": (200, {"dags": [], "total_entries": 0}),
        "GET /api/v2/importErrors": (200, {"total_entries": broken}),
    }
    with pytest.raises(MlopsctlError) as caught:
        api(tmp_path, Airflow(answers)).dag("x")
    assert (caught.value.message, caught.value.hint.text()) == (f"there is no DAG 'x'.{words}", hint)


def test_a_run_that_exists_already_is_no_failure(tmp_path: Path) -> None:
    path = "POST /api/v2/dags/d/dagRuns"
    airflow = Airflow({path: (200, RUN)})
    made = api(tmp_path, airflow).create_run("d", AT, run_id="r", conf={"a": 1}, run_after=AT)
    assert made and made.state == "success"
    assert airflow.body == {
        "dag_run_id": "r", "logical_date": "2024-01-01T00:00:00+00:00", "conf": {"a": 1},
        "run_after": "2024-01-01T00:00:00+00:00",
    }  # fmt: skip
    airflow.answers[path] = (409, {"detail": {"reason": "Unique constraint violation"}})
    assert api(tmp_path, airflow).create_run("d", AT, run_id="r") is None
    airflow.answers[path] = (400, {"detail": "Dag with dag_id: 'd' has import errors and cannot be triggered"})
    with pytest.raises(Refused, match="has import errors"):
        api(tmp_path, airflow).create_run("d", AT, run_id="r")


def test_runs_are_cleared_whole_and_with_the_dag_as_it_is_now(tmp_path: Path) -> None:
    airflow = Airflow({"POST /api/v2/dags/d/clearDagRuns": (200, {"dag_runs": []})})
    api(tmp_path, airflow).clear_runs("d", ["a", "b"])
    assert airflow.body == {
        "dry_run": False, "dag_runs": [{"dag_run_id": "a"}, {"dag_run_id": "b"}], "run_on_latest_version": True,
    }  # fmt: skip


def test_a_cleared_run_may_carry_a_note_and_a_new_one_its_data_interval(tmp_path: Path) -> None:
    answers = {"POST /api/v2/dags/d/clearDagRuns": (200, {}), "POST /api/v2/dags/d/dagRuns": (200, RUN)}
    airflow = Airflow(answers)
    api(tmp_path, airflow).clear_runs("d", ["a"], note="mlopsctl backfill ab12cd")
    assert airflow.body["note"] == "mlopsctl backfill ab12cd"
    api(tmp_path, airflow).create_run("d", AT, run_id="r", interval=(AT, AT + timedelta(days=1)))
    assert (airflow.body["data_interval_start"], airflow.body["data_interval_end"]) == (
        "2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00+00:00",
    )  # fmt: skip


def test_a_run_that_airflow_does_not_delete_is_no_success(tmp_path: Path) -> None:
    path = "PATCH /api/v2/dags/d/dagRuns"
    airflow = Airflow({path: (200, {"delete": {"success": ["a"], "errors": []}})})
    api(tmp_path, airflow).delete_runs("d", ["a"])
    assert airflow.body["actions"] == [
        {"action": "delete", "action_on_non_existence": "skip", "entities": ["a"]},
    ]  # fmt: skip
    airflow.answers[path] = (200, {"delete": {"success": [], "errors": [{"error": "it is running"}]}})
    with pytest.raises(MlopsctlError, match="does not delete a run: it is running"):
        api(tmp_path, airflow).delete_runs("d", ["a"])


@pytest.mark.parametrize(
    ("following", "schedule", "exact"),
    [
        (None, None, True), (None, "@daily", False), ("2024-01-01T00:00:00Z", "@daily", True),
        ("2024-01-02T00:00:00Z", "@daily", False),
    ],
)  # fmt: skip
def test_whether_a_schedule_has_data_intervals_is_seen_in_its_next_run(
    following: str | None, schedule: str | None, exact: bool
) -> None:
    start = "2024-01-01T00:00:00Z" if following else None
    raw = DAG | {"timetable_summary": schedule}
    raw |= {"next_dagrun_data_interval_start": start, "next_dagrun_data_interval_end": following}
    assert records.dag(raw).exact is exact


def test_a_log_ends_with_its_last_exception() -> None:
    events = [
        {"event": "a", "error_detail": [{"exc_type": kind, "exc_value": "x"}]} for kind in ("KeyError", "OSError")
    ]
    log = records.task_log(["::group::", {"event": "b"}, *events])
    assert (log.text, log.error) == ("b\na\nKeyError: x\na\nOSError: x", "OSError: x")
    assert records.task_log(["b"]).error == ""


def test_a_look_asks_for_states_and_for_no_more_rows_than_it_needs(tmp_path: Path) -> None:
    airflow = Airflow({"GET /api/v2/dags/d/dagRuns": (200, {"dag_runs": [RUN], "total_entries": 3650})})
    runs, number = api(tmp_path, airflow).some_runs("d", AT, AT, ("queued", "running"), 20)
    assert (len(runs), number) == (1, 3650)
    assert runs[0] == DagRun(
        "mlopsctl__a__2024-01-01", AT, RunState.SUCCESS, "manual",
        datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 2, 0, 1, 30, 500000, tzinfo=UTC),
    )  # fmt: skip
    query = airflow.requests[-1].url.params
    assert query.get_list("state") == ["queued", "running"] and query["limit"] == "20"
    assert query["logical_date_gte"] == query["logical_date_lte"] == "2024-01-01T00:00:00+00:00"


def test_ids_may_hold_what_a_path_may_not(tmp_path: Path) -> None:
    airflow = Airflow({})
    with pytest.raises(Refused):
        api(tmp_path, airflow).run("d", "scheduled__2024-01-01T00:00:00+00:00/x")
    assert (
        airflow.requests[-1].url.raw_path == b"/api/v2/dags/d/dagRuns/scheduled__2024-01-01T00%3A00%3A00%2B00%3A00%2Fx"
    )


def test_health_names_the_components_that_run(tmp_path: Path) -> None:
    answer = {
        "metadatabase": {"status": "healthy"},
        "scheduler": {"status": "unhealthy", "latest_scheduler_heartbeat": "2024-01-01T00:00:00+00:00"},
        "triggerer": {"status": None, "latest_triggerer_heartbeat": None},
    }
    airflow = Airflow({"GET /api/v2/monitor/health": (200, answer)})
    assert api(tmp_path, airflow).health() == {"metadatabase": "healthy", "scheduler": "unhealthy"}
    assert api(tmp_path, airflow).heartbeats() == {"scheduler": AT.timestamp()}
    assert "Authorization" not in airflow.requests[-1].headers


def test_a_log_is_text_with_its_times_levels_and_exceptions() -> None:
    error = [
        {"exc_type": "ValueError", "exc_value": "no", "frames": [{"filename": "d.py", "lineno": 3, "name": "work"}]}
    ]
    raw = {"timestamp": "2024-01-01T00:00:00.123Z", "event": "Task failed", "level": "error", "error_detail": error}
    assert records.log_line(raw) == "2024-01-01T00:00:00 ERROR Task failed\n  d.py:3 in work\nValueError: no"
    assert records.log_line({"event": "/h/attempt=1.log"}) == "/h/attempt=1.log"
    assert records.log_line("plain") == "plain"


# As Airflow 3.3.2 writes them; what stands beside an event and says where it was written is left out.
PLACE = {"logger": "task", "filename": "task_runner.py", "lineno": 1622, "dag_id": "d", "task_id": "t", "run_id": "r",
         "try_number": 1, "map_index": -1, "ti_id": "01a1ff0c"}  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ({"event": "Skipping task.", "reason": "The data end on 20231231."},
         "Skipping task: The data end on 20231231."),
        ({"event": "Retry policy decision", "action": "fail", "reason": "no quota"}, "Retry policy decision: no quota"),
        ({"event": "Task exited", "exit_code": 0}, "Task exited: exit_code 0"),
        ({"event": "Task exited", "exit_code": "no input"}, "Task exited: exit_code no input"),
        ({"event": "Process terminated by signal.", "signal": -9, "signal_name": "SIGKILL"},
         "Process terminated by signal: signal_name SIGKILL"),
        ({"event": "Worker startup parse complete", "bundle_name": "dags-folder", "bundle_version": None},
         "Worker startup parse complete"),
        ({"event": "Done.", "reason": None, "exit_code": None}, "Done."),
    ],
)  # fmt: skip
def test_a_line_of_a_log_says_why(entry: dict[str, Any], line: str) -> None:
    assert records.log_line({"timestamp": "2024-01-01T00:00:00Z", "level": "info"} | PLACE | entry) == (
        f"2024-01-01T00:00:00 INFO {line}"
    )
