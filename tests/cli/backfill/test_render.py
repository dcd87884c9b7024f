"""What a backfill shows: the plan, the progress, the end; in words, and as the contract's JSON."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from mlopsctl.cli._common.output import Output
from mlopsctl.cli.backfill import render as screen
from mlopsctl.core.model import DagDetails, PlannedRun
from mlopsctl.core.states import EngineName, RunState, Selection
from mlopsctl.operations.backfill.failures import Cause
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.progress import Progress
from mlopsctl.operations.backfill.run_counts import Counts, Tasks

MIXED = [""] * 20 + ["failed"] * 6 + ["success"] * 5
DAG = DagDetails("d", None, "Asia/Seoul", False, False, "/h/d.py")


def plan_of(*states: str, request: BackfillRequest | None = None, dag: DagDetails = DAG) -> BackfillPlan:
    """A plan of as many days of January as there are states."""
    request = request or BackfillRequest()
    first = date(2024, 1, 1)
    runs = tuple(
        PlannedRun(
            first + timedelta(days=n),
            datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=n),
            request.action(RunState(state)), RunState(state), f"r{n}" if state else "",
        )
        for n, state in enumerate(states)
    )  # fmt: skip
    return BackfillPlan(dag, request, first, runs[-1].date, EngineName.PER_RUN, runs)


@pytest.mark.parametrize(
    ("states", "given", "words"),
    [
        (
            [""] * 20 + ["failed"] * 6 + ["success"] * 5,
            BackfillRequest(),
            "31 runs: 20 new, 6 failed → again, 5 done → kept",
        ),
        (["success"], BackfillRequest(), "1 run: 1 done → kept"),
        (["success", "queued", "running"], BackfillRequest(), "3 runs: 1 done → kept, 2 under way → awaited"),
        (["success", ""], BackfillRequest(everything=True), "2 runs: 1 new, 1 done → again"),
        (["failed", ""], BackfillRequest(only=Selection.MISSING), "2 runs: 1 new, 1 failed → kept"),
        (["failed", ""], BackfillRequest(only=Selection.FAILED), "2 runs: 1 failed → again, 1 missing → left out"),
        (["success", ""], BackfillRequest(only=Selection.HOLES), "2 runs: 1 new, 1 done, no rows → again"),
    ],
)
def test_the_plan_in_one_line(states: list[str], given: BackfillRequest, words: str) -> None:
    assert screen.summary(plan_of(*states, request=given)) == words


def test_the_plan_shows_its_first_and_its_last_date(capsys: pytest.CaptureFixture[str]) -> None:
    screen.show_plan(Output(), plan_of("", ""))
    assert capsys.readouterr().err.splitlines() == [
        "d: 2 runs: 2 new",
        "  first 2024-01-01 09:00 Asia/Seoul   ds 2024-01-01",
        "  last  2024-01-02 09:00 Asia/Seoul   ds 2024-01-02",
    ]


def steps(*counts: Counts, message: str = "", apart: float = 1.0) -> Iterator[Progress]:
    return (Progress(c, n * apart, message=message) for n, c in enumerate(counts))


def test_a_log_gets_a_line_at_every_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    course = [Counts(success=n, queued=100 - n) for n in range(101)]
    for _ in screen.follow(Output(color=False), plan_of(""), steps(*course, apart=0.01)):
        pass
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == [f"{n}/100" for n in range(10, 101, 10)]
    assert lines[0] == "10/100  10 done, 0 failed, 0 running, 90 queued  0.1 s"


def test_a_log_is_never_silent_for_long_and_says_each_trouble_once(capsys: pytest.CaptureFixture[str]) -> None:
    waiting = [Counts(queued=5)] * 100
    for _ in screen.follow(Output(color=False), plan_of(""), steps(*waiting)):
        pass
    assert [line.rpartition("  ")[2] for line in capsys.readouterr().err.splitlines()] == ["11 s", "32 s", "1 min 13 s"]
    trouble = (Progress(Counts(queued=5), n / 10, message=f"no answer for {n} s") for n in range(50))
    for _ in screen.follow(Output(color=False), plan_of(""), trouble):
        pass
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_terminal_gets_a_bar() -> None:
    console = Console(record=True, width=80, color_system=None, file=StringIO())
    step = Progress(Counts(success=3, failed=1, running=2, queued=4), 65, eta=9.5, message="no sign of life")
    console.print(screen._picture(plan_of(""), step))
    lines = console.export_text().splitlines()
    assert lines[0].startswith("d  ━") and lines[0].rstrip().endswith("4/10")
    assert lines[1:] == ["3 done, 1 failed, 2 running, 4 queued", "1 min 05 s, 9.5 s left", "no sign of life"]


def test_a_terminal_tells_the_pace_what_is_slow_and_which_part_it_is() -> None:
    console = Console(record=True, width=80, color_system=None, file=StringIO())
    step = Progress(
        Counts(success=3, running=2, queued=4), 65, eta=9.5, pace=24.4, tasks=Tasks(2, "train", 12.3),
        piece="2 of 12: 2024-02-01 … 2024-02-29",
    )  # fmt: skip
    console.print(screen._picture(plan_of(""), step))
    assert console.export_text().splitlines()[1:] == [
        "3 done, 0 failed, 2 running, 2 up for retry, 4 queued",
        "1 min 05 s, 9.5 s left; 24 runs a minute; the slowest task: train, 12 s",
        "part 2 of 12: 2024-02-01 … 2024-02-29",
    ]


def test_the_plan_of_a_schedule_shows_the_data_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    plan = plan_of("", "", dag=replace(DAG, periodic=True))
    instants = tuple(replace(run, interval=(run.logical_date, run.logical_date)) for run in plan.runs)
    screen.show_plan(Output(), replace(plan, runs=instants))
    assert capsys.readouterr().err.splitlines()[1] == (
        "  first 2024-01-01 09:00 Asia/Seoul   ds 2024-01-01   no data interval"
    )
    days = tuple(replace(run, interval=(run.logical_date, run.logical_date + timedelta(1))) for run in plan.runs)
    screen.show_plan(Output(), replace(plan, runs=days))
    assert capsys.readouterr().err.splitlines()[1:] == [
        "  first 2024-01-01 09:00 Asia/Seoul   ds 2024-01-01",
        "        data from 2024-01-01 09:00 to 2024-01-02 09:00",
        "  last  2024-01-02 09:00 Asia/Seoul   ds 2024-01-02",
        "        data from 2024-01-02 09:00 to 2024-01-03 09:00",
    ]


def test_a_dry_run_of_many_is_a_calendar(capsys: pytest.CaptureFixture[str]) -> None:
    states = ["success"] * 9 + ["failed"] * 3 + ["running", "queued"] + [""] * 30
    screen.show_planned(Output(), plan_of(*states))
    assert capsys.readouterr().out.splitlines() == [
        "MONTH    1       5         10        15        20        25        30",
        "2024-01  ✓ ✓ ✓ ✓ ✓ ✓ ✓ ✓ ✓ ↻ ↻ ↻ ▶ … + + + + + + + + + + + + + + + + +",
        "2024-02  + + + + + + + + + + + + +",
        "↻ runs again   + new   ▶ running   … queued   ✓ done",
    ]
    screen.show_planned(Output(), plan_of(*["failed"] * 2, *[""] * 20, request=BackfillRequest(only=Selection.MISSING)))
    assert capsys.readouterr().out.splitlines()[1:] == [
        "2024-01  ✗ ✗ + + + + + + + + + + + + + + + + + + + +",
        "+ new   ✗ failed, left alone",
    ]


def test_what_failures_have_in_common_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    days = tuple(date(2024, 1, n) for n in (1, 2, 3, 6))
    screen.show_causes(Output(), [Cause("load", "KeyError: 'x'", days, read=4, log="a\nKeyError: 'x'")])
    assert capsys.readouterr().err.splitlines() == [
        "all 4: task load: KeyError: 'x'", "the end of the log of task load, 2024-01-01:", "  a", "  KeyError: 'x'",
    ]  # fmt: skip
    many = [
        Cause("load", "KeyError: 'x'", days, read=3, log="\n".join("abcdefgh")),
        Cause("", "", (date(2024, 1, 5),)), Cause("train", "OSError: no <date>", (date(2024, 1, 7),), 1),
    ]  # fmt: skip
    screen.show_causes(Output(), many)
    assert capsys.readouterr().err.splitlines() == [
        "2024-01-01…03, 06: task load: KeyError: 'x' (3 of 4 logs were read)",
        "2024-01-05: the run failed, and no task of it did",
        "2024-01-07: task train: OSError: no 2024-01-07",
        "the end of the log of task load, 2024-01-01:", "  d", "  e", "  f", "  g", "  h",
    ]  # fmt: skip


def test_dates_that_were_not_run_are_told_apart_from_those_that_failed(capsys: pytest.CaptureFixture[str]) -> None:
    runs = plan_of("failed", "success", "failed", "").runs
    screen.show_dates(Output(), runs, runs[2:])
    assert capsys.readouterr().err.splitlines() == ["failed   2024-01-01", "not run  2024-01-03…04"]
    screen.show_table(Output(), runs, runs[2:])
    assert [line.split()[5:] for line in capsys.readouterr().out.splitlines()[1:]] == [
        ["failed"], ["success"], ["not", "run"], ["not", "run"],
    ]  # fmt: skip


def test_the_dates_that_are_no_success_are_folded(capsys: pytest.CaptureFixture[str]) -> None:
    screen.show_dates(Output(), plan_of("failed", "failed", "failed", "success", "", "failed").runs)
    assert capsys.readouterr().err.splitlines() == ["failed   2024-01-01…03, 06", "no run   2024-01-05"]


def test_many_runs_are_shown_by_month(capsys: pytest.CaptureFixture[str]) -> None:
    plan = plan_of(*["success"] * 31, *["failed"] * 9, "")
    screen.show_table(Output(), plan.runs)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[1:] == [["2024-01", "31", "31", "0", "0"], ["2024-02", "10", "0", "9", "1"]]


def test_the_data_are_the_contracts() -> None:
    plan = plan_of("success", "failed", "")
    data = screen.data(
        plan, (plan.runs[0], replace(plan.runs[1], state=RunState.RUNNING), plan.runs[2]), seconds=1.23456
    )
    assert data == {
        "dag_id": "d", "from": "2024-01-01", "to": "2024-01-03", "timezone": "Asia/Seoul", "engine": "runs",
        "backfill_id": None, "seconds": 1.235,
        "counts": {"total": 3, "new": 1, "again": 1, "kept": 1, "success": 1, "failed": 0, "running": 1, "queued": 0,
                   "skipped": 0},
        "runs": [
            {"date": "2024-01-01", "logical_date": "2024-01-01T00:00:00+00:00", "ds": "2024-01-01", "action": "kept",
             "state": "success", "run_id": "r0"},
            {"date": "2024-01-02", "logical_date": "2024-01-02T00:00:00+00:00", "ds": "2024-01-02", "action": "again",
             "state": "running", "run_id": "r1"},
            {"date": "2024-01-03", "logical_date": "2024-01-03T00:00:00+00:00", "ds": "2024-01-03", "action": "new",
             "state": None, "run_id": None},
        ],
    }  # fmt: skip


def test_a_date_that_is_left_out_counts_as_skipped() -> None:
    plan = plan_of("success", "", request=BackfillRequest(only=Selection.FAILED))
    assert screen.data(plan, plan.runs)["counts"]["skipped"] == 1
