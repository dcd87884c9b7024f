"""The words of `mlopsctl trigger`. Real runs are in tests/live/test_trigger.py."""

import os
import shlex
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from json import loads
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlopsctl.cli import trigger
from mlopsctl.core.model import DagRun
from mlopsctl.core.states import RunState
from mlopsctl.operations.trigger import TriggerPlan
from tests.cli.backfill.test_command import home
from tests.cli.backfill.test_session import Given
from tests.conftest import Ran
from tests.operations.fake_airflow import UNSCHEDULED
from tests.operations.test_trigger import Run

__all__ = ["home"]  # the fixture: a platform whose API server does not run
Cli = Callable[..., Ran]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([], "missing argument 'DAG'"),
        (["d", "--date", "31.1.2024"], "'31.1.2024' is not a date."),
        (["d", "--timeout", "5m"], "--timeout is how long --wait waits."),
        (["d", "--wait", "--timeout", "5 minutes"], "'5 minutes' is not a duration."),
        (["d", "--conf", "a=1"], "--conf is not JSON"),
    ],
)
def test_wrong_words_are_exit_2(cli: Cli, home: Path, words: list[str], error: str) -> None:
    ran = cli("--home", home, "trigger", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ") and error in ran.err


def test_a_server_that_does_not_run_comes_with_the_command_that_starts_it(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "trigger", "d")
    assert ran.code == 1
    assert ran.err.endswith(f"hint: mlopsctl --home {home} start\n")


class Skipping(Run):
    """Tasks of it were skipped: their names, and how often each was tried."""

    def __init__(self, *states: str | None, **skipped: int) -> None:
        super().__init__(*states)
        self.skipped = skipped

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/taskInstances"):
            return super().__call__(request)
        listed = [
            {"task_id": name, "state": "skipped", "try_number": tries, "map_index": -1, "end_date": None}
            for name, tries in self.skipped.items()
        ]
        return httpx.Response(200, json={"task_instances": listed, "total_entries": len(listed)})


def waited_for(folder: Path, *states: str | None, day: str | None = "2024-01-01", **skipped: int) -> int:
    """`--wait` on a run whose states follow each other: the exit code."""
    plan = TriggerPlan(UNSCHEDULED, datetime(2024, 1, 1, tzinfo=UTC), day, None, unpause=False)
    app = Given(folder / "h", Skipping(*states, **skipped).api(folder))
    return trigger._wait(app, plan, DagRun("r", plan.logical_date, RunState.QUEUED), None)


def test_a_run_that_is_waited_for_is_shown_as_a_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert waited_for(tmp_path, "queued", "running", "success") == 0
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("r\n", "ok      run           success  0.6 s\n")


@pytest.mark.parametrize(
    ("skipped", "day", "line"),
    [
        ({"extract": 1, "train": 0, "deploy": 0}, "2024-01-01",
         "skipped: extract and 2 more; why: mlopsctl --home {} logs d extract --date 2024-01-01\n"),
        ({"extract": 1}, None, "skipped: extract; why: mlopsctl --home {} logs d extract\n"),
        ({"not_chosen": 0}, "2024-01-01", "skipped: not_chosen\n"),
        ({}, "2024-01-01", ""),
    ],
)  # fmt: skip
def test_a_success_that_skipped_tasks_says_so_and_where_the_reason_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], skipped: dict[str, int], day: str | None, line: str
) -> None:
    assert waited_for(tmp_path, "success", day=day, **skipped) == 0
    seen = capsys.readouterr()
    assert seen.out == "r\n"
    assert seen.err.splitlines(keepends=True)[1:] == [line.format(tmp_path / "h")] * bool(line)


@pytest.mark.parametrize("json", [False, True])
def test_a_success_is_one_also_where_nobody_can_tell_what_it_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], json: bool
) -> None:
    plan = TriggerPlan(UNSCHEDULED, datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01", None, unpause=False)
    app = Given(tmp_path / "h", Run(None).api(tmp_path), json=json)
    assert trigger._end(app, plan, DagRun("r", plan.logical_date, RunState.SUCCESS), 1.0) == 0
    seen = capsys.readouterr()
    assert "warning: whether it skipped tasks cannot be told: Airflow's API server at http://x does not" in seen.err
    if json:
        answer = loads(seen.out)
        assert (answer["status"], set(answer["data"])) == (
            "ok", {"dag_id", "run_id", "logical_date", "state", "seconds"},
        )  # fmt: skip
    else:
        assert seen.out == "r\n"


@pytest.mark.parametrize(
    ("day", "conf", "words"),
    [
        (None, None, "trigger d --wait"),
        (None, {"it's": "서울"}, """trigger d --conf '{"it'"'"'s": "서울"}' --wait"""),
        (None, {}, "trigger d --conf '{}' --wait"),
        ("2024-01-01", {"a": 1}, "backfill d --from 2024-01-01 --to 2024-01-01"),  # a cleared run keeps its conf
    ],
)
def test_the_command_after_a_failure_says_all_that_was_said(day: str | None, conf: Any, words: str) -> None:
    plan = TriggerPlan(UNSCHEDULED, datetime(2024, 1, 1, tzinfo=UTC), day, conf, unpause=True)
    assert shlex.join(trigger._again(plan)) == words


def test_ctrl_c_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    assert waited_for(tmp_path, "running") == 130
    assert capsys.readouterr().err == f"detached: the run r goes on.\nhint: mlopsctl --home {tmp_path}/h runs d\n"


def test_a_server_that_stays_away_leaves_the_run_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlopsctl.operations.trigger.GIVE_UP", 0.0)
    plan = TriggerPlan(UNSCHEDULED, datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01", None, unpause=False)
    app = Given(tmp_path / "h", Run(None).api(tmp_path), json=True)
    assert trigger._wait(app, plan, DagRun("r", plan.logical_date, RunState.RUNNING), None) == 1
    answer = loads(capsys.readouterr().out)
    assert (answer["status"], answer["data"]["run_id"], answer["data"]["state"]) == ("partial", "r", "running")
    assert [error["code"] for error in answer["errors"]] == ["api-unreachable"]


@pytest.mark.parametrize("json", [False, True])
def test_a_server_that_has_gone_by_then_does_not_take_the_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], json: bool
) -> None:
    plan = TriggerPlan(UNSCHEDULED, datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01", None, unpause=False)
    app = Given(tmp_path / "h", Run(None).api(tmp_path), json=json)
    assert trigger._end(app, plan, DagRun("r", plan.logical_date, RunState.FAILED), 1.0) == 1
    seen = capsys.readouterr()
    assert "warning: why it failed cannot be told: Airflow's API server at http://x does not answer" in seen.err
    if json:
        answer = loads(seen.out)
        assert (answer["status"], answer["data"]["state"]) == ("error", "failed")
        assert [error["code"] for error in answer["errors"]] == ["run-failed"]
    else:
        assert "error: the run r failed.\nhint: mlopsctl" in seen.err
