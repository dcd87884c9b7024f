"""How one call of `mlopsctl backfill` ends: its exit code, its JSON, and the commands that it recommends."""

import json
import re
import shlex
from collections.abc import Generator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import click
import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.cli._common import failure
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.backfill.session import BackfillSession
from mlopsctl.core.errors import MlopsctlError, Unavailable, UsageError, first_of
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import EngineName, Selection
from mlopsctl.operations.backfill.execution import controller, outcome
from mlopsctl.operations.backfill.execution.progress import Progress
from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.target import Target
from tests.inline_executor import InlineExecutor
from tests.operations.backfill.plans import plan_of
from tests.operations.fake_airflow import FakeAirflow

Capture = pytest.CaptureFixture[str]
SILENCE = "mlopsctl.operations.backfill.execution.observer.SERVER_SILENT"


class FakeApp(App):
    """With the API of a test. `metadata`: what answers instead of the metadata database."""

    def __init__(self, home: Path, api: AirflowApi, *, metadata: object = None, json: bool = False) -> None:
        super().__init__(home, "backfill", Output(color=False, json=json))
        self._api, self._metadata = api, metadata

    @property
    def target(self) -> Target:
        return cast(Target, SimpleNamespace(api=self._api, metadata=self._metadata))

    @property
    def api(self) -> AirflowApi:
        return self._api


def session(
    airflow: FakeAirflow, plan: BackfillPlan, folder: Path, *, json: bool = False, **options: Any
) -> BackfillSession:
    app = FakeApp(folder / "h", airflow.api, metadata=airflow, json=json)
    return BackfillSession(app, plan, airflow.api.runs, clock=airflow.clock, executor=InlineExecutor(), **options)


def run(airflow: FakeAirflow, plan: BackfillPlan, folder: Path, **options: Any) -> int:
    dry_run = options.pop("dry_run", False)
    return session(airflow, plan, folder, **options).run(dry_run=dry_run, yes=False)


def answer(capsys: Capture) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_success(tmp_path: Path, capsys: Capture) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success")
    airflow.clock.after(2, airflow.end_runs, "success")
    assert run(airflow, airflow.plan("2024-01-01", "2024-01-02"), tmp_path) == 0
    seen = capsys.readouterr()
    assert seen.err.splitlines()[0] == "d: 2 runs: 1 new, 1 done → kept"
    assert seen.err.splitlines()[-1].startswith("all 2 dates succeeded  ")
    assert [line.split()[-1] for line in seen.out.splitlines()] == ["STATE", "success", "success"]


@pytest.mark.parametrize(
    ("states", "status", "code"), [(["success", "failed"], "partial", 1), (["failed"], "error", 1)]
)
def test_failure_in_json(tmp_path: Path, capsys: Capture, states: list[str], status: str, code: int) -> None:
    plan = plan_of(*states, request=BackfillRequest(Selection.MISSING))
    assert run(FakeAirflow(tmp_path), plan, tmp_path, json=True) == code
    found = answer(capsys)
    assert (found["status"], [error["code"] for error in found["errors"]]) == (status, ["unfinished"])
    assert found["errors"][0]["hint_command"][:2] == ["backfill", "d"]


def test_dry_run_reports_the_obstacle_and_succeeds(tmp_path: Path, capsys: Capture) -> None:
    plan = replace(plan_of(""), obstacle=MlopsctlError("d is paused.", code="paused"))
    assert run(FakeAirflow(tmp_path), plan, tmp_path, json=True, dry_run=True) == 0
    found = answer(capsys)
    assert (found["status"], [error["code"] for error in found["errors"]]) == ("planned", ["paused"])
    with pytest.raises(MlopsctlError, match="d is paused"):
        run(FakeAirflow(tmp_path), plan, tmp_path)


def test_every_reason_is_named_before_and_instead_of_the_run(tmp_path: Path, capsys: Capture) -> None:
    why = first_of(
        None, MlopsctlError("d is paused.", code="paused"), None, MlopsctlError("too early.", code="outside")
    )
    plan = replace(plan_of(""), obstacle=why)
    assert run(FakeAirflow(tmp_path), plan, tmp_path, json=True, dry_run=True) == 0
    errors = answer(capsys)["errors"]
    assert [error["message"] for error in errors] == [
        "this would be refused: d is paused.", "this would be refused: too early.",
    ]  # fmt: skip
    with pytest.raises(MlopsctlError) as caught:
        run(FakeAirflow(tmp_path), plan, tmp_path)
    assert failure.report(caught.value, ["--json"], click.Group(), None) == 1
    assert [error["code"] for error in answer(capsys)["errors"]] == ["paused", "outside"]


def test_plan_without_holes_does_nothing(tmp_path: Path, capsys: Capture) -> None:
    plan = replace(plan_of("success", request=BackfillRequest(Selection.HOLES)), runs=())
    assert run(FakeAirflow(tmp_path), plan, tmp_path) == 0
    assert "no day from 2024-01-01 to 2024-01-01 is without rows" in capsys.readouterr().err


def test_successful_runs_run_again_only_after_confirmation(tmp_path: Path) -> None:
    with pytest.raises(MlopsctlError) as caught:
        run(FakeAirflow(tmp_path), plan_of("success", request=BackfillRequest(everything=True)), tmp_path)
    assert caught.value.code == "not-confirmed" and "1 successful run will run again" in caught.value.message


def test_detached_runs_cannot_be_limited_by_mlopsctl(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--max-active needs mlopsctl to stay"):
        run(FakeAirflow(tmp_path), plan_of("", request=BackfillRequest(max_active=2)), tmp_path, detach=True)


def test_detach_names_the_commands_that_control_it(tmp_path: Path, capsys: Capture) -> None:
    airflow = FakeAirflow(tmp_path)
    assert run(airflow, airflow.plan("2024-01-01", "2024-01-03"), tmp_path, detach=True) == 0
    lines = capsys.readouterr().err.splitlines()[-4:]
    assert lines[0] == "the runs have been created and continue in Airflow."
    assert [line.split()[-2] for line in lines[1:]] == ["watch", "pause", "cancel"]


def press_ctrl_c(airflow: FakeAirflow, folder: Path, **options: Any) -> int:
    def interrupt() -> None:
        raise KeyboardInterrupt

    airflow.clock.after(2, interrupt)
    return run(airflow, airflow.plan("2024-01-01", "2024-01-02", conf={"mlopsctl ": 1}), folder, **options)


def test_ctrl_c_detaches_and_names_the_commands_that_control_it(tmp_path: Path, capsys: Capture) -> None:
    assert press_ctrl_c(FakeAirflow(tmp_path), tmp_path) == 130
    program = f"mlopsctl --home {tmp_path}/h"
    *control, detached, hint = capsys.readouterr().err.splitlines()[-5:]
    id_ = control[0].rpartition(" ")[2]
    assert control == [
        f"to watch it:  {program} backfills watch {id_}",
        f"to pause it:  {program} backfills pause {id_}",
        f"to cancel it: {program} backfills cancel {id_}",
    ]
    assert detached == "detached: the runs that have been created continue in Airflow."
    command = "backfill d --from 2024-01-01 --to 2024-01-02"
    assert hint == f"""hint: {program} {command} --conf '{{"mlopsctl ": 1}}'"""
    assert re.fullmatch(r"[0-9a-f]{6}", id_)


def test_ctrl_c_in_json(tmp_path: Path, capsys: Capture) -> None:
    assert press_ctrl_c(FakeAirflow(tmp_path), tmp_path, json=True) == 130
    found = answer(capsys)
    assert (found["status"], [error["code"] for error in found["errors"]]) == ("partial", ["interrupted"])
    assert [run["date"] for run in found["data"]["runs"]] == [str(date(2024, 1, n)) for n in (1, 2)]


def test_timeout_recommends_the_same_command(tmp_path: Path, capsys: Capture) -> None:
    airflow = FakeAirflow(tmp_path)
    assert run(airflow, airflow.plan("2024-01-01", "2024-01-02"), tmp_path, json=True, timeout=5) == 4
    (error,) = answer(capsys)["errors"]
    assert (error["code"], error["hint_command"]) == (
        "timeout", ["backfill", "d", "--from", "2024-01-01", "--to", "2024-01-02"],
    )  # fmt: skip


def test_unreadable_failure_logs_do_not_hide_the_outcome(tmp_path: Path, capsys: Capture) -> None:
    airflow = FakeAirflow(tmp_path)
    airflow.fail_next = 1000
    plan = plan_of("success", "failed", request=BackfillRequest(Selection.MISSING))
    assert run(airflow, plan, tmp_path) == 1
    dates, skipped, warning, error = capsys.readouterr().err.splitlines()[-5:-1]
    assert dates == "failed   2024-01-02"
    assert skipped.startswith("warning: could not check for skipped tasks: Airflow's API server")
    assert warning.startswith("warning: could not read the failure logs: Airflow's API server")
    assert error.startswith("error: 1 of 2 dates failed; --only missing leaves them out")


def test_success_without_a_task_is_an_error(tmp_path: Path, capsys: Capture) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="success")
    airflow.dag_tasks[0]["start_date"] = "2024-01-02T00:00:00Z"
    airflow.empty = {"manual__d2024_01_01"}
    plan = airflow.plan("2024-01-01", "2024-01-02")
    assert run(airflow, plan, tmp_path, json=True) == 1
    found = answer(capsys)
    assert (found["status"], found["data"]["counts"]["success"], found["data"]["counts"]["empty"]) == ("partial", 2, 1)
    (error,) = found["errors"]
    assert error["code"] == "no-task-ran"
    assert "in 1 of 2 runs (2024-01-01), although Airflow reports success: work, the only task of d" in error["message"]
    assert error["hint_command"] == ["backfill", "d", "--dates", "2024-01-01", "--all"]
    native = replace(plan, engine=EngineName.NATIVE)
    assert run(airflow, native, tmp_path, json=True) == 1
    (error,) = answer(capsys)["errors"]
    assert error["hint_command"] == ["backfill", "d", "--from", "2024-01-01", "--to", "2024-01-01", "--all"]


def test_holes_that_cannot_be_checked_are_not_a_success(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: object) -> list[date]:
        raise Unavailable("MariaDB does not answer.")

    monkeypatch.setattr(outcome, "days_still_empty", unavailable)
    monkeypatch.setattr(App, "platform", None)
    airflow = FakeAirflow(tmp_path)
    plan = airflow.plan("2024-01-01", "2024-01-01", only="holes", table="mlops.t")
    airflow.clock.after(1, airflow.end_runs, "success")
    assert run(airflow, plan, tmp_path, json=True) == 1
    found = answer(capsys)
    assert (found["status"], found["data"]["counts"]["success"]) == ("partial", 1)
    (error,) = found["errors"]
    assert error["code"] == "unverified"
    command = shlex.join(error["hint_command"])
    assert command == "backfill d --from 2024-01-01 --to 2024-01-01 --only holes --table mlops.t"


@pytest.mark.parametrize("json_", [False, True])
def test_server_that_stays_unavailable_leaves_the_last_states_and_the_way_back(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, json_: bool
) -> None:
    monkeypatch.setattr(SILENCE, 30.0)
    airflow = FakeAirflow(tmp_path, d2024_01_01="running")
    airflow.clock.after(5, setattr, airflow, "fail_next", 10**9)
    assert run(airflow, airflow.plan("2024-01-01", "2024-01-02"), tmp_path, json=json_) == 1
    seen = capsys.readouterr()
    program = f"mlopsctl --home {tmp_path}/h"
    hint = f"{program} start && {program} backfill d --from 2024-01-01 --to 2024-01-02"
    if json_:
        found = json.loads(seen.out)
        assert (found["status"], len(found["data"]["runs"])) == ("partial", 2)
        assert re.fullmatch(r"[0-9a-f]{6}", found["data"]["backfill_id"])
        assert [(error["code"], error["hint"]) for error in found["errors"]] == [("api-unreachable", hint)]
    else:
        assert f"does not answer: Connection refused.\nhint: {hint}" in seen.err


def fail_midway(airflow: FakeAirflow, plan: BackfillPlan, folder: Path, capsys: Capture, error: Unavailable) -> Any:
    """The JSON after `error` has ended a backfill in which 300 of 365 dates were done."""
    seen = Progress(RunCounts(success=299, failed=1, running=5, waiting=60), 9.0, backfill_id=7)

    def steps(*_: Any, **__: Any) -> Generator[Progress, None, None]:
        yield seen
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(controller, "run", steps)
        run(airflow, plan, folder, json=True)
    return answer(capsys)


def test_after_a_failure_midway_the_json_has_the_present_states(tmp_path: Path, capsys: Capture) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = airflow.plan("2024-01-01", "2024-01-02")
    airflow.add_run("2024-01-01T00:00:00+00:00", "success", "x")
    data = fail_midway(airflow, plan, tmp_path, capsys, Unavailable("it went away."))["data"]
    assert (data["counts"]["success"], [entry["state"] for entry in data["runs"]]) == (1, ["success", None])
    airflow.fail_next = 10_000
    counts = fail_midway(airflow, plan, tmp_path, capsys, Unavailable("it went away."))["data"]["counts"]
    assert {state: counts[state] for state in ("success", "failed", "running", "queued")} == {
        "success": 299, "failed": 1, "running": 5, "queued": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hint", "line"),
    [
        (Hint.of("start"), "{0} start && {0} backfill d --from 2024-01-01 --to 2024-01-01"),
        (
            Hint.of("status", note="which part is it?"),
            "{0} status && {0} backfill d --from 2024-01-01 --to 2024-01-01   # which part is it?",
        ),
        (Hint(), "{0} backfill d --from 2024-01-01 --to 2024-01-01"),
    ],
)
def test_way_back_can_be_pasted(tmp_path: Path, capsys: Capture, hint: Hint, line: str) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = airflow.plan("2024-01-01", "2024-01-01")
    found = fail_midway(airflow, plan, tmp_path, capsys, Unavailable("it went.", hint=hint))
    assert found["errors"][0]["hint"] == line.format(f"mlopsctl --home {tmp_path}/h")
