from pathlib import Path
from typing import Any

from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.execution.task_counts import COUNT_EVERY, DETAILS_EVERY, TaskCounter
from tests.operations.fake_airflow import FakeAirflow

TASK = {"task_id": "load", "state": "success", "try_number": 1, "map_index": -1, "end_date": None, "duration": 1.5}
SEVEN = [{"task_id": f"t{n}", "depends_on_past": False, "is_mapped": False} for n in range(7)]
NONE = RunCounts()


def instances(**numbers: int) -> dict[str, list[dict[str, Any]]]:
    return {state: [TASK] * number for state, number in numbers.items()}


def counter(airflow: FakeAirflow, days: int, rest: RunCounts = NONE) -> TaskCounter:
    airflow.dag_tasks = SEVEN
    tasks = TaskCounter(airflow.api, airflow.clock)
    tasks.follow(airflow.plan("2024-01-01", f"2024-01-{days:02}"), rest)
    return tasks


def done(tasks: TaskCounter, runs: RunCounts, outdated: int = 0) -> tuple[int, int]:
    tasks.look(runs)
    found = tasks.counts(runs, outdated)
    return found.done, found.total


def test_ended_tasks_are_counted(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    tasks, runs = counter(airflow, 31), RunCounts(running=31)
    assert tasks.counts(runs, 0).total == 0  # unknown
    airflow.tasks = instances(success=80, failed=2, upstream_failed=3, skipped=2, running=31)
    assert done(tasks, runs) == (87, 217)


def test_look_is_one_request_and_seldom(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    tasks, runs = counter(airflow, 31), RunCounts(running=31)
    assert tasks.look(runs)
    airflow.clock.now += COUNT_EVERY
    airflow.requests.clear()
    assert tasks.look(runs) and not tasks.look(runs)
    assert airflow.requests == {"GET taskInstances": 1}


def test_more_tasks_than_the_total_are_never_shown(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    tasks = counter(airflow, 2)
    airflow.tasks = instances(success=50)
    assert done(tasks, RunCounts(success=1, running=1))[0] <= 50
    assert tasks.counts(RunCounts(success=1, running=1), 0).total >= 50


def test_total_grows_with_mapped_tasks(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    tasks = counter(airflow, 3)
    airflow.dag_tasks = [*SEVEN[:6], SEVEN[6] | {"is_mapped": True}]
    airflow.tasks = instances(success=10, scheduled=26)  # two runs, the mapped task became twelve
    assert done(tasks, RunCounts(running=2, waiting=1)) == (10, 36 + 7)


def test_ended_runs_count_with_all_their_tasks_between_two_looks(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    tasks = counter(airflow, 3)
    airflow.tasks = instances(success=10)
    assert done(tasks, RunCounts(running=3)) == (10, 21)
    assert done(tasks, RunCounts(success=2, running=1)) == (14, 21)
    assert done(tasks, RunCounts(success=2, failed=1)) == (21, 21)


def test_tasks_of_runs_that_will_run_again_do_not_count(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    airflow.tasks = instances(success=14, failed=3, upstream_failed=4)
    assert done(counter(airflow, 3), RunCounts(success=1, waiting=2), outdated=2) == (7, 21)


def test_tasks_of_other_runs_in_the_range_do_not_count(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    airflow.add_run("2024-01-02T13:30:00+00:00", "success", "manual__x")
    airflow.tasks = instances(success=10)
    assert done(counter(airflow, 2), RunCounts(running=2)) == (3, 14)


def test_other_chunks_count_with_all_their_tasks(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    airflow.tasks = instances(success=3)
    assert done(counter(airflow, 2, RunCounts(success=4, waiting=2)), RunCounts(running=2)) == (3 + 28, 14 + 42)


def test_slowest_task_is_remembered(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    tasks, runs = counter(airflow, 1), RunCounts(running=1)
    airflow.tasks = {"success": [TASK | {"task_id": "train", "duration": 9.5}], "up_for_retry": [TASK, TASK]}
    tasks.look(runs)
    found = tasks.counts(runs, 0)
    assert (found.retrying, found.slowest, found.seconds) == (2, "train", 9.5)
    airflow.clock.now += DETAILS_EVERY
    airflow.tasks = {"success": [TASK]}
    tasks.look(runs)
    found = tasks.counts(runs, 0)
    assert (found.retrying, found.slowest, found.seconds) == (0, "train", 9.5)
