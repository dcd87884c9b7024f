"""How `mlopsctl backfills watch` ends."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.rest.v2.client import AirflowApiV2
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.backfill.watch import WatchSession
from mlopsctl.core.model import Backfill
from mlopsctl.core.states import BackfillState
from mlopsctl.operations.target import Target
from tests.operations.backfill.fake_metadata import NATIVE, PER_RUN, FakeMetadata
from tests.operations.fake_airflow import UNSCHEDULED, FakeAirflow

KEYS = {
    "dag_id", "from", "to", "timezone", "engine", "backfill_id", "counts", "runs", "seconds", "state",
}  # fmt: skip
Capture = pytest.CaptureFixture[str]


class FakeApp(App):
    """With a platform that has one backfill."""

    def __init__(self, folder: Path, found: FakeMetadata, *, json: bool = False) -> None:
        super().__init__(folder / "h", "backfills watch", Output(color=False, json=json))
        self._found = found

    @property
    def target(self) -> Target:
        return self._found.target()

    @property
    def api(self) -> AirflowApi:
        return self._found.airflow.api


@pytest.fixture(autouse=True)
def known_dag(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(AirflowApiV2, "dag", lambda *_: UNSCHEDULED)
    yield


def watch(
    folder: Path,
    airflow: FakeAirflow,
    backfill: Backfill = PER_RUN,
    *,
    json: bool = False,
    timeout: float | None = None,
) -> int:
    found = FakeMetadata(airflow, backfill)
    return WatchSession(FakeApp(folder, found, json=json), found.backfill, timeout, airflow.clock).run()


def test_success(tmp_path: Path, capsys: Capture) -> None:
    assert watch(tmp_path, FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="success")) == 0
    seen = capsys.readouterr()
    assert seen.err.splitlines()[0] == "backfill a1b2c3 of d: 2 runs: 2 success"
    assert seen.err.splitlines()[-1].startswith("all 2 runs succeeded  ")
    assert [line.split()[-1] for line in seen.out.splitlines()] == ["STATE", "success", "success"]


def test_json_keys(tmp_path: Path, capsys: Capture) -> None:
    assert watch(tmp_path, FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="failed"), json=True) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["command"], answer["status"]) == ("backfills watch", "partial")
    assert set(answer["data"]) == KEYS | {"failures"}
    assert (answer["data"]["state"], answer["data"]["counts"]["failed"]) == ("done", 1)


@pytest.mark.parametrize(
    ("backfill", "dates"),
    [
        (PER_RUN, ["--dates", "2024-01-02,2024-01-04"]),
        (NATIVE, ["--from", "2024-01-01", "--to", "2024-01-31"]),
    ],
)
def test_rerun_lists_the_dates_of_a_per_run_backfill_and_the_range_of_a_native_one(
    tmp_path: Path, capsys: Capture, backfill: Backfill, dates: list[str]
) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="failed", d2024_01_04="failed")
    assert watch(tmp_path, airflow, backfill, json=True) == 1
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert (error["code"], error["hint_command"]) == ("unfinished", ["backfill", "d", *dates])


def test_logs_of_a_cancelled_backfill_are_not_read(tmp_path: Path, capsys: Capture) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="failed")
    assert watch(tmp_path, airflow, replace(PER_RUN, state=BackfillState.CANCELLED)) == 1
    assert "error: backfill a1b2c3 was cancelled: 1 of 1 run have not succeeded" in capsys.readouterr().err
    assert not airflow.requests["GET taskInstances"]


def test_backfill_without_runs(tmp_path: Path, capsys: Capture) -> None:
    assert watch(tmp_path, FakeAirflow(tmp_path), replace(NATIVE, state=BackfillState.DONE), json=True) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["status"], answer["errors"][0]["code"]) == ("error", "no-runs")
    assert answer["errors"][0]["hint_command"] == ["backfills", "list", "d"]


def test_timeout_has_the_present_states(tmp_path: Path, capsys: Capture) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="queued", d2024_01_02="queued")
    airflow.clock.after(3, airflow.runs["2024-01-01T00:00:00+00:00"].update, {"state": "running"})
    assert watch(tmp_path, airflow, json=True, timeout=5) == 4
    answer = json.loads(capsys.readouterr().out)
    (error,) = answer["errors"]
    assert (answer["status"], error["code"]) == ("partial", "timeout")
    assert error["hint_command"] == ["backfills", "watch", "a1b2c3"]
    assert [run["state"] for run in answer["data"]["runs"]] == ["running", "queued"]


@pytest.mark.parametrize("json_", [False, True])
def test_server_that_stays_unavailable_leaves_the_last_states_and_the_way_back(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, json_: bool
) -> None:
    monkeypatch.setattr("mlopsctl.operations.backfill.execution.observer.SERVER_SILENT", 30.0)
    airflow = FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="running")
    airflow.clock.after(5, setattr, airflow, "fail_next", 10**9)
    assert watch(tmp_path, airflow, json=json_) == 1
    seen, program = capsys.readouterr(), f"mlopsctl --home {tmp_path}/h"
    hint = f"{program} start && {program} backfills watch a1b2c3"
    if json_:
        answer: dict[str, Any] = json.loads(seen.out)
        assert (answer["status"], set(answer["data"])) == ("partial", KEYS)
        assert (answer["data"]["backfill_id"], answer["data"]["counts"]["success"]) == ("a1b2c3", 1)
        assert [(error["code"], error["hint"]) for error in answer["errors"]] == [("api-unreachable", hint)]
    else:
        assert f"does not answer: Connection refused.\nhint: {hint}" in seen.err


def test_ctrl_c_detaches_and_names_the_commands_that_control_it(tmp_path: Path, capsys: Capture) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    airflow = FakeAirflow(tmp_path, d2024_01_01="running")
    airflow.clock.after(2, interrupt)
    assert watch(tmp_path, airflow) == 130
    program = f"mlopsctl --home {tmp_path}/h backfills"
    assert capsys.readouterr().err.splitlines()[-4:] == [
        f"to pause it:  {program} pause a1b2c3",
        f"to cancel it: {program} cancel a1b2c3",
        "detached: backfill a1b2c3 continues.",
        f"hint: {program} watch a1b2c3",
    ]
