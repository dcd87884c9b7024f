"""What is reported about a run that has ended."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import Unavailable
from mlopsctl.core.model import DagRun, TaskDates, TaskInstance, TaskLog
from mlopsctl.core.result import Result
from mlopsctl.core.states import RunState, TaskState
from mlopsctl.operations import trigger_outcome
from mlopsctl.operations.trigger import TriggerPlan
from tests.operations.fake_airflow import UNSCHEDULED


def read(state: RunState, day: str | None = "2024-01-01", **api: Any) -> Result:
    plan = TriggerPlan(UNSCHEDULED, datetime(2024, 1, 1, tzinfo=UTC), day, None, unpause=False)
    run = DagRun("r", plan.logical_date, state)
    api = {"count_tasks": lambda *_: 1} | api
    return trigger_outcome.read(cast(AirflowApi, SimpleNamespace(**api)), plan, run, 1.0, "mlopsctl")


def unavailable(*_: object) -> None:
    raise Unavailable("the API server does not respond.")


@pytest.mark.parametrize(
    ("skipped", "day", "text", "hint"),
    [
        ({"extract": 1, "train": 0, "deploy": 0}, "2024-01-01", "skipped: extract and 2 more",
         ("logs", "d", "extract", "--date", "2024-01-01")),
        ({"extract": 1}, None, "skipped: extract", ("logs", "d", "extract")),
        ({"not_chosen": 0}, "2024-01-01", "skipped: not_chosen", ()),
    ],
)  # fmt: skip
def test_skipped_tasks_of_a_successful_run(
    skipped: dict[str, int], day: str | None, text: str, hint: tuple[str, ...]
) -> None:
    tasks = [TaskInstance(name, TaskState.SKIPPED, tries) for name, tries in skipped.items()]
    result = read(RunState.SUCCESS, day, tasks_page=lambda *_: (tasks, len(tasks)))
    (message,) = result.messages
    assert (result.exit_code, message.text, message.hint.command) == (0, text, hint)


def test_successful_run_without_skipped_tasks_has_no_message() -> None:
    assert read(RunState.SUCCESS, tasks_page=lambda *_: ([], 0)).messages == ()


def test_success_without_an_ended_task_is_an_error_with_the_reason() -> None:
    tasks = [TaskDates("report", datetime(2026, 6, 1, tzinfo=UTC))]
    result = read(RunState.SUCCESS, count_tasks=lambda *_: 0, task_dates=lambda _: tasks)
    (error,) = result.errors
    assert (result.status, error.code, error.exit_code) == ("error", "no-task-ran", 1)
    assert "report, the only task of d, starts on 2026-06-01 09:00 Asia/Seoul" in error.message
    assert error.hint.command == ("backfill", "d", "--from", "2024-01-01", "--to", "2024-01-01", "--all")
    unknown = read(RunState.SUCCESS, None, count_tasks=lambda *_: 0, task_dates=lambda _: [TaskDates("report")])
    assert unknown.errors[0].message == "no task ran in the run r, although Airflow reports success."
    assert unknown.errors[0].hint.command == ("trigger", "d", "--wait")


def test_failed_run_has_the_failed_task_and_the_command_to_rerun() -> None:
    tasks = [TaskInstance("train", TaskState.FAILED, 1)]
    result = read(RunState.FAILED, task_instances=lambda *_: tasks, task_log=lambda *_: TaskLog("ValueError: x"))
    (message,), (error,) = result.messages, result.errors
    assert message.text.endswith("\n  ValueError: x")
    assert (error.code, error.exit_code, "train" in error.message) == ("run-failed", 1, True)
    assert error.hint.command == ("backfill", "d", "--from", "2024-01-01", "--to", "2024-01-01")


@pytest.mark.parametrize(
    ("state", "status", "codes"), [(RunState.SUCCESS, "ok", []), (RunState.FAILED, "error", ["run-failed"])]
)
def test_result_does_not_depend_on_an_api_that_does_not_respond(state: RunState, status: str, codes: list[str]) -> None:
    result = read(state, tasks_page=unavailable, task_instances=unavailable)
    assert (result.status, [error.code for error in result.errors]) == (status, codes)
    assert set(result.data) == {"dag_id", "run_id", "logical_date", "state", "seconds", "scheduled_runs"}
    assert [message.level for message in result.messages] == ["warning"]


def test_cause_is_the_error_of_the_task_and_not_that_of_its_callback() -> None:
    log = TaskLog("the end", "ValueError: no rows", ("AirflowNotFoundException: smtp_default",))
    tasks = [TaskInstance("train", TaskState.FAILED, 1)]
    result = read(RunState.FAILED, task_instances=lambda *_: tasks, task_log=lambda *_: log)
    assert result.errors[0].message == "the run r failed in task train: ValueError: no rows."
    assert result.messages[1].text == "after the error of the task: AirflowNotFoundException: smtp_default"
    assert result.data["failures"] == [
        {"date": "2024-01-01", "task": "train", "error": "ValueError: no rows", "log_tail": "the end"}
        | {"cause": None, "hint": None}
    ]
