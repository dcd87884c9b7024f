"""How `mlopsctl backfills watch` is left and ended."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.rest.v2.client import AirflowApiV2
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.backfill.watch import Course
from mlopsctl.core.model import Backfill
from mlopsctl.core.states import BackfillState
from mlopsctl.operations.backfill import controller, progress, watch
from mlopsctl.operations.backfill.progress import Progress
from mlopsctl.operations.platform import Platform
from tests.operations.backfill.existing import OURS, THEIRS, Standing
from tests.operations.fake_airflow import UNSCHEDULED, Scripted

KEYS = {
    "dag_id", "from", "to", "timezone", "engine", "backfill_id", "counts", "runs", "seconds", "state",
}  # fmt: skip


class Given(App):
    """An App whose platform holds one backfill."""

    def __init__(self, folder: Path, standing: Standing, *, json: bool = False) -> None:
        super().__init__(folder / "h", "backfills watch", Output(color=False, json=json))
        self._standing, self._folder = standing, folder

    @property
    def platform(self) -> Platform:
        return self._standing.platform(self._folder)

    @property
    def api(self) -> AirflowApi:
        return self._standing.scripted.api


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(AirflowApiV2, "dag", lambda *_: UNSCHEDULED)
    for name in ("SETTLE", "PAUSE", "RECOUNT"):
        monkeypatch.setattr(watch, name, 0.01)
    for name in ("FAST", "SLOW"):
        monkeypatch.setattr(progress, name, 0.01)
    yield


def course(
    folder: Path,
    scripted: Scripted,
    given: Backfill = OURS,
    *,
    json: bool = False,
    timeout: float | None = None,
) -> Course:
    standing = Standing(scripted, given)
    return Course(Given(folder, standing, json=json), standing.now(), timeout)


def test_all_green_is_said_and_is_exit_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="success", d2024_01_02="success")
    assert course(tmp_path, scripted).take() == 0
    seen = capsys.readouterr()
    assert seen.err.splitlines()[0] == "backfill a1b2c3 of d: 2 runs: 2 success"
    assert seen.err.splitlines()[-1].startswith("all 2 runs are a success  ")
    assert [line.split()[-1] for line in seen.out.splitlines()] == ["STATE", "success", "success"]


def test_its_json_has_these_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="success", d2024_01_02="failed")
    assert course(tmp_path, scripted, json=True).take() == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["command"], answer["status"], set(answer["data"])) == ("backfills watch", "partial", KEYS)
    assert (answer["data"]["state"], answer["data"]["counts"]["failed"]) == ("done", 1)


def test_of_ours_the_dates_that_are_no_success_run_again_and_of_airflows_the_range(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="success", d2024_01_02="failed", d2024_01_04="failed")
    hints = []
    for given in (OURS, THEIRS):
        assert course(tmp_path, scripted, given).take() == 1
        error, hint = capsys.readouterr().err.splitlines()[-2:]
        assert error.startswith(f"error: backfill {given.id} has ended: 2 of 3 runs are no success  ")
        hints.append(hint)
    program = f"hint: mlopsctl --home {tmp_path}/h backfill d"
    assert hints == [f"{program} --dates 2024-01-02,2024-01-04", f"{program} --from 2024-01-01 --to 2024-01-31"]


def test_of_a_cancelled_one_nobody_asks_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="failed")
    ended = course(tmp_path, scripted)
    ended.backfill = replace(ended.backfill, state=BackfillState.CANCELLED)
    assert ended.take() == 1
    assert "error: backfill a1b2c3 was cancelled: 1 of 1 runs are no success" in capsys.readouterr().err
    assert not scripted.asked["GET taskInstances"]


def test_one_without_a_run_of_its_own_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = course(tmp_path, Scripted(tmp_path), replace(THEIRS, state=BackfillState.DONE), json=True)
    assert ended.take() == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["status"], answer["errors"][0]["code"]) == ("error", "no-runs")
    assert answer["errors"][0]["hint"] == f"mlopsctl --home {tmp_path}/h backfills list d"


def test_a_server_that_has_gone_by_then_does_not_take_the_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="success", d2024_01_02="failed")
    ended = course(tmp_path, scripted)

    class Gone(watch.Watching):
        def steps(self, timeout: float | None) -> Iterator[Progress]:
            yield from super().steps(timeout)
            scripted.dead = 1000

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mlopsctl.cli.backfill.watch.Watching", Gone)
        assert ended.take() == 1
    talk = capsys.readouterr().err.splitlines()
    assert talk[-3].startswith("warning: why they failed cannot be told: Airflow's API server")
    assert talk[-2].startswith("error: backfill a1b2c3 has ended: 1 of 2 runs are no success  ")


def test_time_up_leaves_the_runs_as_they_are_then(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="queued", d2024_01_02="queued")
    threading.Timer(0.2, scripted.put, ("2024-01-01T00:00:00+00:00", "running", "manual__d2024_01_01")).start()
    assert course(tmp_path, scripted, json=True, timeout=0.6).take() == 4
    answer = json.loads(capsys.readouterr().out)
    (error,) = answer["errors"]
    assert (answer["status"], error["code"]) == ("partial", "timeout")
    assert error["hint"] == f"mlopsctl --home {tmp_path}/h backfills watch a1b2c3"
    assert [one["state"] for one in answer["data"]["runs"]] == ["running", "queued"]


@pytest.mark.parametrize("json_", [False, True])
def test_a_server_that_stays_away_leaves_what_was_seen_and_the_way_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, json_: bool
) -> None:
    monkeypatch.setattr(controller, "SERVER_SILENT", 0.3)
    scripted = Scripted(tmp_path, d2024_01_01="success", d2024_01_02="running")
    threading.Timer(0.3, setattr, (scripted, "dead", 10_000)).start()
    assert course(tmp_path, scripted, json=json_).take() == 1
    seen, program = capsys.readouterr(), f"mlopsctl --home {tmp_path}/h"
    hint = f"{program} start && {program} backfills watch a1b2c3"
    if json_:
        answer: dict[str, Any] = json.loads(seen.out)
        assert (answer["status"], set(answer["data"])) == ("partial", KEYS)
        assert (answer["data"]["backfill_id"], answer["data"]["counts"]["success"]) == ("a1b2c3", 1)
        assert [(error["code"], error["hint"]) for error in answer["errors"]] == [("api-unreachable", hint)]
    else:
        assert f"error: Airflow's API server at http://x does not answer: Connection refused.\nhint: {hint}" in seen.err


def test_ctrl_c_is_no_error_and_says_how_to_stay_in_charge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="running")
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    assert course(tmp_path, scripted).take() == 130
    program = f"mlopsctl --home {tmp_path}/h backfills"
    assert capsys.readouterr().err.splitlines()[-2:] == [
        f"detached: backfill a1b2c3 goes on; {program} pause a1b2c3 holds it, {program} cancel a1b2c3 ends it.",
        f"hint: {program} watch a1b2c3",
    ]


def test_what_a_step_advises_means_this_home(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="queued")
    held = course(tmp_path, scripted, replace(THEIRS, state=BackfillState.PAUSED))
    held.watching = watch.Watching(held.app.platform.metadata, scripted.api, held.backfill)
    assert next(held._steps()).message == f"it is paused; to go on: mlopsctl --home {tmp_path}/h backfills resume 7"
