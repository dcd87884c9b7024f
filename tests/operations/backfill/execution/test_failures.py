from pathlib import Path
from typing import Any

from mlopsctl.operations.backfill.execution import failures
from mlopsctl.operations.backfill.execution.failures import Cause
from tests.operations.fake_airflow import FakeAirflow

JANUARY = {f"d2024_01_{n:02}": "failed" for n in range(1, 8)}
DAYS = [f"2024-01-{n:02}" for n in range(1, 8)]


def task(name: str, day: str, second: int = 1) -> dict[str, Any]:
    return {
        "task_id": name, "state": "failed", "try_number": 1, "map_index": -1, "duration": 1.0,
        "end_date": f"2024-06-01T00:00:{second:02}Z", "dag_run_id": f"manual__d{day.replace('-', '_')}",
    }  # fmt: skip


def log(error: str) -> list[dict[str, Any]]:
    kind, _, value = error.partition(": ")
    own = {"filename": "/v/lib/site-packages/airflow/sdk/execution_time/task_runner.py", "lineno": 7, "name": "wrapper"}
    frames = [own, {"filename": "/h/d.py", "lineno": 3, "name": "work"}]
    detail = [{"exc_type": kind, "exc_value": value, "frames": frames}]
    return [{"event": "Task failed", "level": "error", "error_detail": detail}]


def read(airflow: FakeAirflow, first: str = DAYS[0], last: str = DAYS[-1]) -> list[Cause]:
    plan = airflow.plan(first, last)
    return failures.read(airflow.api, plan, plan.runs)


def words(causes: list[Cause]) -> list[tuple[str, str, int, int]]:
    return [(cause.task_id, cause.error, len(cause.days), len(cause.logs)) for cause in causes]


def test_common_cause_is_found_from_five_logs(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, **JANUARY)
    airflow.tasks["failed"] = [task("load", day) for day in DAYS]
    airflow.logs["load"] = log("KeyError: 'x'")
    (cause,) = read(airflow)
    assert (cause.task_id, cause.error, len(cause.logs)) == ("load", "KeyError: 'x'", 5)
    assert [str(day) for day in cause.days] == DAYS
    assert cause.logs[cause.days[0]].text.splitlines() == ["ERROR Task failed", "  /h/d.py:3 in work", "KeyError: 'x'"]
    assert airflow.requests["GET taskInstances"] == 1 and airflow.requests["GET 1"] == 5


def test_errors_that_differ_only_in_their_date_are_one_cause(tmp_path: Path) -> None:
    class ByDay(FakeAirflow):
        def answer(self, request: Any) -> Any:
            if "/logs/" in request.url.path:
                day = request.url.path.split("/")[6].removeprefix("manual__d").replace("_", "-")
                self.logs["load"] = log(f"ValueError: no data of {day}, nor in {day.replace('-', '')}.csv")
            return super().answer(request)

    airflow = ByDay(tmp_path, **JANUARY)
    airflow.tasks["failed"] = [task("load", day) for day in DAYS[:3]]
    causes = read(airflow, last=DAYS[2])
    assert words(causes) == [("load", "ValueError: no data of <date>, nor in <date>.csv", 3, 3)]


def test_first_failed_task_counts_and_each_task_has_a_log_read(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, **JANUARY)
    airflow.tasks["failed"] = [task("load", day) for day in DAYS[:6]] + [task("train", DAYS[6])]
    airflow.tasks["failed"] += [task("train", DAYS[0], second=9)]
    airflow.logs = {"load": log("KeyError: 'x'"), "train": log("MemoryError: ")}
    assert words(read(airflow)) == [("load", "KeyError: 'x'", 6, 4), ("train", "MemoryError: ", 1, 1)]


def test_run_may_fail_without_a_failed_task(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="failed", d2024_01_02="success")
    assert words(read(airflow, last=DAYS[1])) == [("", "", 1, 0)]


def test_nothing_is_asked_if_nothing_failed(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success")
    plan = airflow.plan(DAYS[0], DAYS[0])
    airflow.requests.clear()
    assert failures.read(airflow.api, plan, plan.runs) == []
    assert not airflow.requests
