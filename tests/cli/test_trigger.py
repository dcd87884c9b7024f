"""The command line of `mlopsctl trigger`. Real runs are in tests/live/test_trigger.py."""

from collections.abc import Callable
from datetime import UTC, datetime
from json import loads
from pathlib import Path
from typing import cast

import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.cli import trigger
from mlopsctl.core.model import DagRun
from mlopsctl.core.states import RunState
from mlopsctl.operations import trigger_outcome
from mlopsctl.operations.runs import SkippedTasks
from mlopsctl.operations.trigger import RunWaiter, TriggerPlan
from tests.cli.backfill.test_command import home
from tests.cli.backfill.test_session import FakeApp
from tests.conftest import Ran
from tests.fake_clock import FakeClock
from tests.operations.fake_airflow import UNSCHEDULED
from tests.operations.test_trigger import RunStates

__all__ = ["home"]  # the fixture: a platform whose API server does not run
Cli = Callable[..., Ran]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([], "missing argument 'DAG'"),
        (["d", "--date", "31.1.2024"], "'31.1.2024' is not a date."),
        (["d", "--timeout", "5m"], "--timeout requires --wait."),
        (["d", "--wait", "--timeout", "5 minutes"], "'5 minutes' is not a duration."),
        (["d", "--conf", "a=1"], "--conf is not JSON"),
        (["d", "--conf", '{"a": NaN}'], "--conf is not JSON"),
    ],
)
def test_invalid_arguments_are_a_usage_error(cli: Cli, home: Path, words: list[str], error: str) -> None:
    ran = cli("--home", home, "trigger", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ") and error in ran.err


def test_api_server_that_does_not_run_is_an_error(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "trigger", "d")
    assert ran.code == 1
    assert ran.err.endswith(f"hint: mlopsctl --home {home} start\n")


class InterruptingClock(FakeClock):
    """Ctrl-C during the first sleep."""

    def sleep(self, seconds: float) -> None:
        raise KeyboardInterrupt


def waiting(folder: Path, *states: RunState | None, clock: FakeClock | None = None, json: bool = False) -> int:
    """The exit code of `--wait` for a run that has these states, one per request."""
    plan = TriggerPlan(UNSCHEDULED, datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01", None, unpause=False)
    api = cast(AirflowApi, RunStates(*states))
    waiter = RunWaiter(api, UNSCHEDULED, DagRun("r", plan.logical_date, RunState.QUEUED), clock or FakeClock())
    return trigger._wait(FakeApp(folder / "h", api, json=json), plan, waiter, None)


def test_run_that_is_waited_for_is_shown_as_a_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trigger_outcome, "read_skipped", lambda *_: SkippedTasks(0))
    monkeypatch.setattr(RunStates, "count_tasks", lambda *_: 1, raising=False)
    assert waiting(tmp_path, RunState.QUEUED, RunState.RUNNING, RunState.SUCCESS) == 0
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("r\n", "ok      run           success  0.2 s\n")


def test_ctrl_c_detaches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert waiting(tmp_path, RunState.RUNNING, clock=InterruptingClock()) == 130
    assert capsys.readouterr().err.endswith(f"\nhint: mlopsctl --home {tmp_path}/h runs d\n")


def test_unreachable_api_leaves_the_run_in_the_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert waiting(tmp_path, RunState.RUNNING, None, json=True) == 1
    answer = loads(capsys.readouterr().out)
    assert (answer["status"], answer["data"]["run_id"], answer["data"]["state"]) == ("partial", "r", "running")
    assert [error["code"] for error in answer["errors"]] == ["failed"]
