import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError, TimedOut, Unavailable, UsageError
from mlopsctl.core.model import DagRun
from mlopsctl.core.states import RunState
from mlopsctl.operations import trigger
from mlopsctl.operations.trigger import RunWaiter, TriggerPlan
from tests.fake_api import DAG
from tests.fake_clock import FakeClock
from tests.operations.backfill.engines.test_per_run import ALLOWED, RESERVED
from tests.operations.fake_airflow import UNSCHEDULED, FakeAirflow
from tests.operations.services.test_airflow_health import HEALTHY
from tests.operations.test_blocked_runs import ChainedAirflow, instance

SEOUL = timezone(timedelta(hours=9))


def test_run_id_contains_the_logical_date() -> None:
    plan = TriggerPlan(UNSCHEDULED, datetime(2024, 1, 1, 9, 0, 0, 5, tzinfo=SEOUL), None, None, unpause=False)
    assert plan.run_id == "mlopsctl__20240101T000000.000005"
    assert re.match(ALLOWED, plan.run_id) and not plan.run_id.startswith(RESERVED)


class RunStates:
    """An API whose run has these states, one per request; None: the API does not respond."""

    def __init__(self, *states: RunState | None) -> None:
        self.states = list(states)

    def run(self, dag_id: str, run_id: str) -> DagRun:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state is None:
            raise Unavailable("the API server does not respond.")
        return DagRun(run_id, None, state)


def waiter(*states: RunState | None) -> RunWaiter:
    return RunWaiter(cast(AirflowApi, RunStates(*states)), UNSCHEDULED, DagRun("r", None, RunState.QUEUED), FakeClock())


def test_run_is_polled_less_often_the_longer_it_takes() -> None:
    clock = FakeClock()
    api = cast(AirflowApi, RunStates(*[RunState.RUNNING] * 40, RunState.SUCCESS))
    list(RunWaiter(api, UNSCHEDULED, DagRun("r", None, RunState.QUEUED), clock).steps())
    assert clock.slept == sorted(clock.slept)
    assert (clock.slept[0], clock.slept[-1]) == (0.1, 0.3)


def test_steps_end_with_the_run() -> None:
    waiting = waiter(RunState.QUEUED, RunState.RUNNING, RunState.FAILED)
    steps = list(waiting.steps())
    assert [(step.state, step.detail) for step in steps] == [
        ("running", "queued"), ("running", "running"), ("failed", "failed"),
    ]  # fmt: skip
    assert waiting.run.state == "failed"
    assert 0 == steps[0].seconds < steps[-1].seconds == waiting.seconds


def test_successful_run_is_an_ok_step() -> None:
    assert [step.state for step in waiter(RunState.SUCCESS).steps()] == ["ok"]


def test_waiting_survives_an_api_that_does_not_respond() -> None:
    waiting = waiter(RunState.RUNNING, *[None] * 8, RunState.SUCCESS)
    steps = list(waiting.steps())
    assert [step.detail for step in steps[1:9]] == ["the API server does not respond."] * 8
    assert (steps[-1].state, waiting.run.state) == ("ok", "success")


def test_waiting_ends_if_the_api_stays_unreachable() -> None:
    waiting = waiter(RunState.RUNNING, None)
    with pytest.raises(Unavailable):
        list(waiting.steps())
    assert trigger.UNREACHABLE < waiting.seconds < trigger.UNREACHABLE + 1


def test_waiting_ends_at_the_timeout() -> None:
    waiting = waiter(RunState.RUNNING)
    with pytest.raises(TimedOut):
        list(waiting.steps(timeout=1))
    assert 1 < waiting.seconds < 2


def test_run_of_a_schedule_gets_its_data_interval(tmp_path: Path) -> None:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    interval = (at, at + timedelta(days=1))
    airflow = FakeAirflow(tmp_path)
    trigger.run(TriggerPlan(UNSCHEDULED, at, "2024-01-01", None, False, interval), airflow.api)
    (created,) = airflow.runs.values()
    assert (created["data_interval_start"], created["data_interval_end"]) == (
        "2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00+00:00",
    )  # fmt: skip


class HealthyAirflow(FakeAirflow):
    """A healthy Airflow with one DAG, which is not paused."""

    stale = False

    def get(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/health"):
            return httpx.Response(200, json={name: {"status": status} for name, status in HEALTHY.items()})
        if request.url.path.endswith("/details"):
            return httpx.Response(200, json=DAG | {"is_paused": False, "is_stale": self.stale})
        return super().get(request)


NINE = datetime(2024, 1, 5, tzinfo=UTC)  # in the morning of 2024-01-05 in Seoul


@pytest.mark.parametrize(("now", "day"), [(NINE, "today"), (NINE - timedelta(seconds=1), "yesterday")])
def test_relative_day_becomes_a_date(tmp_path: Path, now: datetime, day: str) -> None:
    plan = trigger.plan(HealthyAirflow(tmp_path).api, "d", day, None, unpause=False, now=now)
    assert plan.logical_date.date().isoformat() == plan.day == ("2024-01-05" if day == "today" else "2024-01-04")


def test_run_that_cannot_start_yet_is_an_error(tmp_path: Path) -> None:
    airflow = HealthyAirflow(tmp_path)
    with pytest.raises(UsageError, match="2024-01-05 09:00 Asia/Seoul") as caught:
        trigger.plan(airflow.api, "d", "today", None, unpause=False, now=NINE - timedelta(seconds=1))
    assert caught.value.hint.text() == "use --date yesterday"
    with pytest.raises(UsageError, match="'2024-01-06' is in the future: today is 2024-01-05"):
        trigger.plan(airflow.api, "d", "2024-01-06", None, unpause=False, now=NINE - timedelta(seconds=1))


def test_dag_whose_file_is_gone_is_an_error(tmp_path: Path) -> None:
    airflow = HealthyAirflow(tmp_path)
    assert trigger.plan(airflow.api, "d", None, None, unpause=False, now=NINE).logical_date == NINE
    airflow.stale = True
    with pytest.raises(MlopsctlError, match="no longer finds the DAG d") as caught:
        trigger.plan(airflow.api, "d", None, None, unpause=False, now=NINE)
    assert caught.value.code == "dag-gone"


@pytest.mark.parametrize(
    ("day", "conf", "words"),
    [
        (None, None, "trigger d --wait"),
        (None, {"it's": "서울"}, """trigger d --conf '{"it'"'"'s": "서울"}' --wait"""),
        (None, {}, "trigger d --conf '{}' --wait"),
        ("2024-01-01", {"a": 1}, "backfill d --from 2024-01-01 --to 2024-01-01"),  # a cleared run keeps its conf
    ],
)
def test_rerun_command_repeats_the_options(day: str | None, conf: Any, words: str) -> None:
    plan = TriggerPlan(UNSCHEDULED, datetime(2024, 1, 1, tzinfo=UTC), day, conf, unpause=True)
    assert plan.rerun.text() == f"mlopsctl {words}"


class StuckAirflow(ChainedAirflow):
    """A run behind a failed one."""

    def wait(self) -> list[str]:
        run = self.api.runs("d")[-1]
        return [step.detail for step in RunWaiter(self.api, UNSCHEDULED, run, self.clock).steps()]


def test_waiting_ends_if_the_run_can_never_go_on(tmp_path: Path) -> None:
    airflow = StuckAirflow(tmp_path, d2024_01_02="failed", d2024_01_03="running")
    airflow.tasks = {"failed": [instance("failed", 2)], "": [instance("", 3)]}
    with pytest.raises(MlopsctlError, match="cannot go on: task work has depends_on_past") as caught:
        airflow.wait()
    assert (caught.value.code, caught.value.exit_code) == ("blocked", 1)
    assert caught.value.hint.command == ("backfill", "d", "--from", "2024-01-02", "--to", "2024-01-03")
    assert trigger.CHECK_INTERVAL <= airflow.clock.now < 2 * trigger.CHECK_INTERVAL


@pytest.mark.parametrize(("change", "code"), [("dag_paused", "paused"), ("dag_stale", "dag-gone")])
def test_waiting_ends_if_the_dag_is_paused_or_gone_and_no_task_is_running(
    tmp_path: Path, change: str, code: str
) -> None:
    airflow = StuckAirflow(tmp_path, d2024_01_03="running")
    setattr(airflow, change, True)
    airflow.tasks["running"] = [instance("running", 3)]
    airflow.clock.after(25, airflow.tasks.clear)
    with pytest.raises(MlopsctlError) as caught:
        airflow.wait()
    assert caught.value.code == code and airflow.clock.now > 25


def test_tasks_that_the_run_will_not_have_are_named(tmp_path: Path) -> None:
    airflow = HealthyAirflow(tmp_path)
    airflow.dag_tasks.append({"task_id": "later", "start_date": "2024-02-01T00:00:00Z"})
    plan = trigger.plan(airflow.api, "d", None, None, unpause=False, now=NINE)
    assert plan.notes == ("the run will not have later: later starts on 2024-02-01 09:00 Asia/Seoul.",)
