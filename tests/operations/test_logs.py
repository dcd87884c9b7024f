import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import TaskInstance, TaskLog
from mlopsctl.core.states import TaskState
from mlopsctl.operations import logs
from tests.fake_api import api_v2
from tests.fake_clock import FakeClock

DAG: dict[str, object] = {
    "dag_id": "d", "timetable_summary": None, "timezone": "UTC", "is_paused": False, "is_backfillable": False,
    "fileloc": "/h/d.py", "tags": [], "max_active_runs": 16, "has_import_errors": False, "relative_fileloc": "d.py",
}  # fmt: skip


def run(run_id: str, start: str | None) -> dict[str, Any]:
    return {"dag_run_id": run_id, "logical_date": "2024-01-01T00:00:00Z", "state": "success", "run_type": "manual",
            "start_date": start, "end_date": None}  # fmt: skip


def task(name: str, map_index: int, state: str, second: int | None, try_number: int = 1) -> dict[str, Any]:
    end = None if second is None else f"2024-01-01T00:00:{second:02}Z"
    return {"task_id": name, "state": state, "try_number": try_number, "map_index": map_index, "end_date": end}


def read(api: AirflowApi, *which: Any) -> TaskLog:
    return logs.find(api, *which).log(api)


class LoggedRuns:
    """Runs of one day, and their tasks; a log contains the request."""

    def __init__(self, folder: Path, runs: list[dict[str, Any]], tasks: list[dict[str, Any]]) -> None:
        self.runs, self.tasks = runs, tasks
        (folder / "token").write_text("t")
        self.api = api_v2(folder, self)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v2/dags/d")
        if path == "/details":
            return httpx.Response(200, json=DAG)
        if path == "/dagRuns":
            return httpx.Response(200, json={"dag_runs": self.runs, "total_entries": len(self.runs)})
        if path.endswith("/taskInstances"):
            return httpx.Response(200, json={"task_instances": self.tasks, "total_entries": len(self.tasks)})
        return httpx.Response(200, json={"content": [f"{path} {request.url.params['map_index']}"]})


@pytest.fixture(params=["UTC", "Asia/Seoul"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's time zone."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("zone")
def test_last_run_of_a_day_is_used(tmp_path: Path) -> None:
    runs = [run("late", "2024-01-02T00:00:00Z"), run("waits", None), run("early", "2024-01-01T12:00:00Z")]
    airflow = LoggedRuns(tmp_path, runs, [task("t", -1, "success", 1)])
    assert read(airflow.api, "d", "t", "2024-01-01", None).text == "/dagRuns/waits/taskInstances/t/logs/1 -1"
    airflow.runs.pop(1)
    assert "/late/" in read(airflow.api, "d", "t", "2024-01-01", None).text


@pytest.mark.usefixtures("zone")
def test_first_failed_instance_of_a_mapped_task_is_used(tmp_path: Path) -> None:
    parts = [
        task("t", 0, "success", 1), task("t", 1, "failed", None, 3), task("t", 2, "failed", 9, 2),
        task("t", 3, "failed", 5, 4), task("other", -1, "failed", 1),
    ]  # fmt: skip
    airflow = LoggedRuns(tmp_path, [run("r", None)], parts)
    assert read(airflow.api, "d", "t", None, None).text == "/dagRuns/r/taskInstances/t/logs/4 3"
    assert read(airflow.api, "d", "t", None, 1).text == "/dagRuns/r/taskInstances/t/logs/1 3"


def test_last_instance_of_a_successful_mapped_task_is_used(tmp_path: Path) -> None:
    parts = [task("t", 0, "success", 9), task("t", 1, "success", 1, 2)]
    airflow = LoggedRuns(tmp_path, [run("r", None)], parts)
    assert read(airflow.api, "d", "t", None, None).text == "/dagRuns/r/taskInstances/t/logs/2 1"


def test_unknown_task_lists_the_known_ones(tmp_path: Path) -> None:
    airflow = LoggedRuns(tmp_path, [run("r", None)], [task("a", 0, "", None, 0), task("a", 1, "", None, 0)])
    with pytest.raises(MlopsctlError, match="no task 'x'") as caught:
        read(airflow.api, "d", "x", None, None)
    assert (caught.value.code, caught.value.hint.text()) == ("no-task", "its tasks: a")
    with pytest.raises(MlopsctlError, match="a has not started"):
        read(airflow.api, "d", "a", None, None)


@pytest.mark.parametrize(
    ("state", "words"), [("skipped", "skipped"), ("upstream_failed", "before it failed"), ("queued", "not started")]
)
def test_a_task_without_a_try_is_answered_with_the_reason(tmp_path: Path, state: str, words: str) -> None:
    runs = LoggedRuns(tmp_path, [run("r", None)], [task("t", -1, state, None, try_number=0)])
    with pytest.raises(MlopsctlError, match=words):
        read(runs.api, "d", "t", "2024-01-01", None)


def test_an_unknown_try_is_answered_with_the_number_of_tries(tmp_path: Path) -> None:
    airflow = LoggedRuns(tmp_path, [run("r", None)], [task("t", -1, "failed", 1, 2)])
    with pytest.raises(MlopsctlError, match="has had 2 tries") as caught:
        read(airflow.api, "d", "t", None, 99)
    assert caught.value.code == "no-log" and "--try 2" in caught.value.hint.text()


class GrowingLog:
    """A task that writes a line whenever its log is read, and runs for `looks` looks at its state."""

    def __init__(self, folder: Path, looks: int) -> None:
        (folder / "token").write_text("t")
        self.api, self.looks, self.lines = api_v2(folder, self), looks, [f"{logs.NO_LOG_SERVER}no route"]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/taskInstances"):
            self.looks -= 1
            found = task("t", -1, "running" if self.looks > 0 else "success", None)
            return httpx.Response(200, json={"task_instances": [found], "total_entries": 1})
        self.lines.append(f"line {len(self.lines)}")
        return httpx.Response(200, json={"content": self.lines})


@pytest.mark.parametrize(("has_workers", "least"), [(False, 3), (True, 5)])
def test_a_log_is_followed_until_its_task_has_ended(tmp_path: Path, has_workers: bool, least: int) -> None:
    """Then a worker host may still be sending the last lines."""
    airflow = GrowingLog(tmp_path, looks=3)
    found = logs.TaskTry("d", "r", TaskInstance("t", TaskState.RUNNING, 1), 1, has_workers)
    followed = [log.text.splitlines() for log in logs.follow(found, airflow.api, FakeClock())]
    assert len(followed) >= least and [len(lines) for lines in followed] == sorted({len(lines) for lines in followed})
    assert (f"{logs.NO_LOG_SERVER}no route" in followed[-1]) is not has_workers
