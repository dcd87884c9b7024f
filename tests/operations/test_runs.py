from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import UsageError
from mlopsctl.core.model import DagRun, TaskLog
from mlopsctl.core.states import RunState
from mlopsctl.operations import runs
from tests.fake_api import DAG, api_v2
from tests.operations.fake_airflow import UNSCHEDULED


def test_day_of_a_run_is_in_the_dags_time_zone() -> None:
    calendar = runs.RunCalendar(UNSCHEDULED, ())
    assert calendar.day(DagRun("r", datetime(2023, 12, 31, 19, tzinfo=UTC), RunState.SUCCESS)) == date(2024, 1, 1)
    assert calendar.day(DagRun("r", None, RunState.SUCCESS)) is None


def requested_bounds(folder: Path, start: str | None, end: str | None) -> dict[str, str]:
    """Between which instants the API is asked for runs."""
    found: dict[str, str] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/details"):
            return httpx.Response(200, json=DAG)
        found.update({name: value for name, value in request.url.params.items() if name.startswith("logical_date_")})
        return httpx.Response(200, json={"dag_runs": [], "total_entries": 0})

    (folder / "token").write_text("t")
    api = api_v2(folder, answer)
    assert runs.read(api, "d", start, end).runs == ()
    return found


FIRST, LAST = (
    {"logical_date_gte": "2024-01-31T15:00:00+00:00"},
    {"logical_date_lte": "2024-02-29T14:59:59.999999+00:00"},
)


@pytest.mark.parametrize(
    ("start", "end", "bounds"),
    [
        ("2024-02", "2024-02", FIRST | LAST),
        ("2024-02", None, FIRST),  # a manual run may have a future logical date
        (None, "2024-02", LAST),
        (None, None, {}),
    ],
)
def test_runs_are_read_by_whole_days_in_the_dags_time_zone(
    tmp_path: Path, start: str | None, end: str | None, bounds: dict[str, str]
) -> None:
    assert requested_bounds(tmp_path, start, end) == bounds


@pytest.mark.parametrize(("start", "end"), [("2999-01-01", "2999-01-02"), ("2999-01-01", None), (None, "2999-01-01")])
def test_future_range_is_a_usage_error(tmp_path: Path, start: str | None, end: str | None) -> None:
    with pytest.raises(UsageError, match="'2999-01-01' is in the future"):
        requested_bounds(tmp_path, start, end)


def failing(folder: Path, tasks: list[tuple[str, str, int]], log: list[str]) -> AirflowApi:
    """Tasks by name, state and the second in which they ended."""
    ended = datetime(2024, 1, 1, tzinfo=UTC)
    listed = [
        {"task_id": name, "state": state, "try_number": 2, "map_index": -1,
         "end_date": (ended + timedelta(seconds=second)).isoformat()}
        for name, state, second in tasks
    ]  # fmt: skip

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/taskInstances"):
            return httpx.Response(200, json={"task_instances": listed, "total_entries": len(listed)})
        if request.url.path.endswith("/d/tasks"):
            return httpx.Response(200, json={"tasks": [{"task_id": "early"}]})
        assert request.url.path.endswith("/early/logs/2")
        return httpx.Response(200, json={"content": log})

    (folder / "token").write_text("t")
    return api_v2(folder, answer)


def test_failure_is_the_first_failed_task_with_the_end_of_its_log(tmp_path: Path) -> None:
    tasks = [("late", "failed", 9), ("early", "failed", 5), ("next", "upstream_failed", 1), ("ok", "success", 2)]
    why = runs.read_failure(failing(tmp_path, tasks, [f"line {n}" for n in range(100)]), "d", "r")
    assert (why.run_id, why.task_id) == ("r", "early")
    assert why.log.text.splitlines() == [f"line {n}" for n in range(85, 100)]


def skipping(folder: Path, tasks: list[tuple[str, int, int | None]]) -> AirflowApi:
    """Skipped tasks by name, tries and the second in which they ended; read by the date of the run and by state."""
    ended = datetime(2024, 1, 1, tzinfo=UTC)
    listed = [
        {"task_id": name, "state": "skipped", "try_number": tries, "map_index": -1,
         "end_date": None if second is None else (ended + timedelta(seconds=second)).isoformat()}
        for name, tries, second in tasks
    ]  # fmt: skip

    def answer(request: httpx.Request) -> httpx.Response:
        params = request.url.params
        assert request.url.path == "/api/v2/dags/d/dagRuns/~/taskInstances"
        assert params["logical_date_gte"] == params["logical_date_lte"] == ended.isoformat()
        assert params.get_list("state") == ["skipped"]
        return httpx.Response(200, json={"task_instances": listed, "total_entries": len(listed)})

    (folder / "token").write_text("t")
    return api_v2(folder, answer)


@pytest.mark.parametrize(
    ("tasks", "found"),
    [
        ([], runs.SkippedTasks(0)),
        ([("after", 0, 1), ("late", 1, 9), ("early", 2, 5)], runs.SkippedTasks(3, "early", has_log=True)),
        ([("not_chosen", 0, None), ("after", 0, 1)], runs.SkippedTasks(2, "after", has_log=False)),
    ],
)
def test_first_skipped_task_that_ran_has_a_log(
    tmp_path: Path, tasks: list[tuple[str, int, int | None]], found: runs.SkippedTasks
) -> None:
    assert runs.read_skipped(skipping(tmp_path, tasks), "d", datetime(2024, 1, 1, tzinfo=UTC)) == found


def test_run_can_fail_without_a_failed_task(tmp_path: Path) -> None:
    assert runs.read_failure(failing(tmp_path, [("a", "skipped", 1)], []), "d", "r") == runs.RunFailure(
        "r", "", TaskLog("")
    )
