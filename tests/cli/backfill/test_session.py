"""How a backfill is left and ended, and the command that does what is left."""

import json
import os
import re
import shlex
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.backfill import session
from mlopsctl.cli.backfill.command import backfill
from mlopsctl.cli.backfill.session import Course, again
from mlopsctl.core.errors import Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Selection
from mlopsctl.operations.backfill import controller
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.progress import Progress
from mlopsctl.operations.backfill.run_counts import Counts
from tests.cli.backfill.test_render import plan_of
from tests.operations.fake_airflow import Scripted


class Given(App):
    """An App whose Airflow is a scripted one."""

    def __init__(self, home: Path, api: AirflowApi, *, json: bool = False) -> None:
        super().__init__(home, "backfill", Output(color=False, json=json))
        self._api = api

    @property
    def api(self) -> AirflowApi:
        return self._api


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (BackfillRequest(), ""),
        (BackfillRequest(everything=True), ""),
        (BackfillRequest(Selection.FAILED, max_active=2), " --only failed --max-active 2"),
        (BackfillRequest(reverse=True, unpause=True, repause=True), " --reverse --unpause --repause"),
        (BackfillRequest(Selection.HOLES, table="mlops.t", column="dt"), " --only holes --table mlops.t --column dt"),
        (BackfillRequest(chunk=30, max_failures=2), " --chunk 30d --max-failures 2"),
        (BackfillRequest(conf={}), " --conf '{}'"),
        (BackfillRequest(conf={"it's": "서울"}), """ --conf '{"it'"'"'s": "서울"}'"""),
    ],
)
def test_the_command_that_does_what_is_left_says_all_that_was_said(given: BackfillRequest, words: str) -> None:
    assert shlex.join(again(plan_of("", "", request=given))) == f"backfill d --from 2024-01-01 --to 2024-01-02{words}"


def test_of_named_days_it_names_those_that_are_left(tmp_path: Path) -> None:
    days = tuple(date(2024, 1, n) for n in (1, 2, 4, 5))
    plan = plan_of("success", "failed", "", "failed", "failed", request=BackfillRequest(days=days))
    assert shlex.join(again(plan)) == "backfill d --dates 2024-01-01..2024-01-02,2024-01-04..2024-01-05"
    plan = replace(plan, runs=(plan.runs[0], plan.runs[1], *plan.runs[3:]))
    error = Course(Given(tmp_path, Scripted(tmp_path).api), plan)._unfinished(plan.runs, 1.0)
    assert error.hint.text().endswith("backfill d --dates 2024-01-02,2024-01-04..2024-01-05")


def test_after_too_many_failures_it_says_what_was_not_run(tmp_path: Path) -> None:
    plan = plan_of("failed", "failed", "", request=BackfillRequest(max_failures=2))
    last = Progress(Counts(), 1.0, runs=plan.runs, stopped="stopped after 2 failures", unmade=plan.runs[2:])
    error = Course(Given(tmp_path, Scripted(tmp_path).api), plan)._unfinished(plan.runs, 1.0, last)
    assert (error.message, error.code) == ("stopped after 2 failures: 1 date was not run  1.0 s", "stopped")
    assert error.hint.text().endswith("--max-failures 2")


def test_without_a_hole_there_is_nothing_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = replace(plan_of("success", request=BackfillRequest(Selection.HOLES)), runs=())
    code, talk = ended(capsys, tmp_path, plan)
    assert (code, talk) == (0, ["d: no day from 2024-01-01 to 2024-01-01 is without its rows; nothing to do"])


def test_what_it_says_is_read_as_the_same_wish() -> None:
    request = BackfillRequest(Selection.MISSING, False, True, 3, {"a": [1, "b c"]}, True, True)
    words = list(again(plan_of("", request=request)))[1:]
    context = click.Context(backfill, auto_envvar_prefix="MLOPSCTL_BACKFILL", obj=App(Path("/h"), "", Output()))
    backfill.parse_args(context, words)
    read = context.params
    assert (read["only"], read["reverse"], read["max_active"], read["conf"]) == ("missing", True, 3, request.conf)
    assert (read["unpause"], read["repause"], read["start"], read["end"]) == (True, True, "2024-01-01", "2024-01-01")


def ended(
    capsys: pytest.CaptureFixture[str], folder: Path, plan: BackfillPlan, *, json: bool = False
) -> tuple[int, list[str]]:
    """A course where nothing is to be done: its exit code and its talk, or its JSON."""
    code = Course(Given(folder / "h", Scripted(folder).api, json=json), plan).take(dry_run=False, yes=False)
    seen = capsys.readouterr()
    return code, (seen.out if json else seen.err).splitlines()


def test_only_failed_says_what_it_left_alone_and_how_to_run_it_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, talk = ended(
        capsys, tmp_path, plan_of("success", "", "", request=BackfillRequest(Selection.FAILED, max_active=2))
    )
    assert code == 1
    assert talk[-2:] == [
        "error: 2 of 3 dates are no success; --only failed leaves them alone  0.0 s",
        f"hint: mlopsctl --home {tmp_path}/h backfill d --from 2024-01-01 --to 2024-01-03 --max-active 2",
    ]


def test_where_only_leaves_some_alone_the_same_command_goes_on(tmp_path: Path) -> None:
    plan = plan_of("failed", "", request=BackfillRequest(Selection.FAILED))
    course = Course(Given(tmp_path, Scripted(tmp_path).api), plan)
    error = course._unfinished(plan.runs, 1.0)
    assert error.message == "2 of 2 dates are no success; --only failed leaves 1 of them alone  1.0 s"
    assert error.hint.text().endswith("--to 2024-01-02 --only failed")
    every = replace(plan, request=BackfillRequest())
    assert Course(course.app, every)._unfinished(plan.runs, 1.0).message == "2 of 2 dates are no success  1.0 s"


def left_by_ctrl_c(folder: Path, *, json: bool = False) -> int:
    scripted = Scripted(folder)
    plan = scripted.plan("2024-01-01", "2024-01-02", conf={"mlopsctl ": 1})
    ctrl_c = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    ctrl_c.start()
    return Course(Given(folder / "h", scripted.api, json=json), plan).take(dry_run=False, yes=False)


def test_ctrl_c_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert left_by_ctrl_c(tmp_path) == 130
    words = capsys.readouterr().err.splitlines()[-5:]
    id_ = words[-1].rpartition(" ")[2]
    assert words == [
        "detached: the runs that were made go on in Airflow.",
        f"hint: mlopsctl --home {tmp_path}/h backfill d --from 2024-01-01 --to 2024-01-02 "
        """--conf '{"mlopsctl ": 1}'""",
        f"to watch it:  mlopsctl --home {tmp_path}/h backfills watch {id_}",
        f"to pause it:  mlopsctl --home {tmp_path}/h backfills pause {id_}",
        f"to cancel it: mlopsctl --home {tmp_path}/h backfills cancel {id_}",
    ]
    assert len(id_) == 6


def test_ctrl_c_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert left_by_ctrl_c(tmp_path, json=True) == 130
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert answer["status"] == "partial"
    (error,) = answer["errors"]
    assert (error["code"], error["message"]) == ("interrupted", "detached: the runs that were made go on in Airflow.")
    assert [run["date"] for run in answer["data"]["runs"]] == [str(date(2024, 1, n)) for n in (1, 2)]


def test_a_server_that_has_gone_by_then_does_not_take_the_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted = Scripted(tmp_path)
    scripted.dead = 1000
    plan = plan_of("success", "failed", request=BackfillRequest(Selection.MISSING))
    assert Course(Given(tmp_path / "h", scripted.api), plan).take(dry_run=False, yes=False) == 1
    talk = capsys.readouterr().err.splitlines()
    assert talk[-4].startswith("failed   2024-01-02")
    assert talk[-3].startswith("warning: why they failed cannot be told: Airflow's API server")
    assert talk[-2].startswith("error: 1 of 2 dates are no success; --only missing leaves them alone")


def test_holes_whose_rows_nobody_can_count_are_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> list[date]:
        raise Unavailable("MariaDB does not answer.", hint="mlopsctl start mariadb")

    monkeypatch.setattr(session, "holes_left", gone)
    plan = plan_of("success", request=BackfillRequest(Selection.HOLES, table="mlops.t"))
    app = Given(tmp_path / "h", Scripted(tmp_path).api, json=True)
    monkeypatch.setattr(App, "platform", None)
    last = Progress(Counts(success=1), 1.0, runs=plan.runs)
    assert Course(app, plan)._end(plan.runs, "ab12cd", 1.0, last) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["status"], answer["data"]["counts"]["success"]) == ("partial", 1)
    (error,) = answer["errors"]
    assert (error["code"], error["hint"]) == (
        "unverified",
        f"mlopsctl --home {tmp_path}/h backfill d --from 2024-01-01 --to 2024-01-01 --only holes --table mlops.t",
    )


@pytest.mark.parametrize("json_", [False, True])
def test_a_server_that_stays_away_leaves_what_was_seen_and_the_way_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, json_: bool
) -> None:
    monkeypatch.setattr(controller, "SERVER_SILENT", 0.5)
    scripted = Scripted(tmp_path, d2024_01_01="running")
    app = Given(tmp_path / "h", scripted.api, json=json_)
    threading.Timer(1.0, setattr, (scripted, "dead", 10_000)).start()
    assert Course(app, scripted.plan("2024-01-01", "2024-01-02")).take(dry_run=False, yes=False) == 1
    seen = capsys.readouterr()
    program = f"mlopsctl --home {tmp_path}/h"
    hint = f"{program} start && {program} backfill d --from 2024-01-01 --to 2024-01-02"
    if json_:
        answer = json.loads(seen.out)
        assert (answer["status"], len(answer["data"]["runs"])) == ("partial", 2)
        assert re.fullmatch(r"[0-9a-f]{6}", answer["data"]["backfill_id"])
        assert [(error["code"], error["hint"]) for error in answer["errors"]] == [("api-unreachable", hint)]
    else:
        assert f"error: Airflow's API server at http://x does not answer: Connection refused.\nhint: {hint}" in seen.err


def left_after(app: Given, plan: BackfillPlan, capsys: pytest.CaptureFixture[str], error: Unavailable) -> Any:
    """What is told in JSON where `error` ends a backfill of which 300 of 365 dates were done."""
    seen = Progress(Counts(success=299, failed=1, running=5, waiting=60), 9.0, backfill_id=7)

    def steps(*_: Any, **__: Any) -> Iterator[Progress]:
        yield seen
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(controller, "run", steps)
        Course(app, plan).take(dry_run=False, yes=True)
    return json.loads(capsys.readouterr().out)


def test_after_a_failure_midway_the_runs_are_told_as_they_are_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-01-02")
    scripted.put("2024-01-01T00:00:00+00:00", "success", "x")
    app = Given(tmp_path / "h", scripted.api, json=True)
    data = left_after(app, plan, capsys, Unavailable("it went away."))["data"]
    assert (data["counts"]["success"], [entry["state"] for entry in data["runs"]]) == (1, ["success", None])
    scripted.dead = 10_000
    counts = left_after(app, plan, capsys, Unavailable("it went away."))["data"]["counts"]
    assert {state: counts[state] for state in ("success", "failed", "running", "queued")} == {
        "success": 299, "failed": 1, "running": 5, "queued": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hint", "pasted"),
    [
        (Hint.of("start"), "{0} start && {0} backfill d --from 2024-01-01 --to 2024-01-01"),
        (
            Hint.of("status", note="which part is it?"),
            "{0} status && {0} backfill d --from 2024-01-01 --to 2024-01-01   # which part is it?",
        ),
        (Hint(), "{0} backfill d --from 2024-01-01 --to 2024-01-01"),
    ],
)
def test_the_way_back_can_be_pasted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], hint: Hint, pasted: str
) -> None:
    scripted = Scripted(tmp_path)
    app = Given(tmp_path / "h", scripted.api, json=True)
    answer = left_after(app, scripted.plan("2024-01-01", "2024-01-01"), capsys, Unavailable("it went.", hint=hint))
    assert answer["errors"][0]["hint"] == pasted.format(f"mlopsctl --home {tmp_path}/h")


def test_dates_for_which_airflow_keeps_no_run_are_named(tmp_path: Path) -> None:
    plan = plan_of("success", "", "")
    last = Progress(Counts(success=1, waiting=2), 9.0, runs=plan.runs)
    error = Course(Given(tmp_path / "h", Scripted(tmp_path).api), plan)._unfinished(plan.runs, 9.0, last)
    assert error.message == (
        "2 of 3 dates are no success; 4 times a run was made for 2024-01-02…03, and Airflow has none  9.0 s"
    )
