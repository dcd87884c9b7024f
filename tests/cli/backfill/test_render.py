"""What a backfill shows before and after it runs, and its JSON."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from mlopsctl.cli._common.output import Output
from mlopsctl.cli.backfill import render
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import TaskLog
from mlopsctl.core.result import Message
from mlopsctl.core.states import RunState, Selection, TaskErrorCause
from mlopsctl.operations.backfill.execution.failures import Cause
from mlopsctl.operations.backfill.plan import BackfillRequest
from mlopsctl.operations.task_errors import Explanation
from tests.operations.backfill.plans import DAG, plan_of


def lines(messages: Iterable[Message]) -> list[str]:
    return [line for message in messages for line in message.text.splitlines()]


MIXED = [""] * 20 + ["failed"] * 6 + ["success"] * 5


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
def test_summary_of_a_plan(states: list[str], given: BackfillRequest, words: str) -> None:
    assert render.summary(plan_of(*states, request=given)) == words


def test_plan_shows_first_and_last_date() -> None:
    assert lines(render.plan_messages(plan_of("", ""))) == [
        "d: 2 runs: 2 new",
        "  first 2024-01-01 09:00 Asia/Seoul   ds 2024-01-01",
        "  last  2024-01-02 09:00 Asia/Seoul   ds 2024-01-02",
    ]


def test_plan_of_a_schedule_shows_data_intervals() -> None:
    plan = plan_of("", "", dag=replace(DAG, backfillable=True, periodic=True))
    instants = tuple(replace(run, interval=(run.logical_date, run.logical_date)) for run in plan.runs)
    assert lines(render.plan_messages(replace(plan, runs=instants)))[1] == (
        "  first 2024-01-01 09:00 Asia/Seoul   ds 2024-01-01   no data interval"
    )
    days = tuple(replace(run, interval=(run.logical_date, run.logical_date + timedelta(1))) for run in plan.runs)
    assert lines(render.plan_messages(replace(plan, runs=days)))[1:] == [
        "  first 2024-01-01 09:00 Asia/Seoul   ds 2024-01-01",
        "        data from 2024-01-01 09:00 to 2024-01-02 09:00",
        "  last  2024-01-02 09:00 Asia/Seoul   ds 2024-01-02",
        "        data from 2024-01-02 09:00 to 2024-01-03 09:00",
    ]


def test_plan_says_why_mlopsctl_creates_the_runs_of_a_schedule() -> None:
    (note,) = lines(render.plan_messages(plan_of("", "", dag=replace(DAG, periodic=True))))[1:2]
    assert "engine runs" in note


def test_dry_run_of_many_runs_is_a_calendar(capsys: pytest.CaptureFixture[str]) -> None:
    states = ["success"] * 9 + ["failed"] * 3 + ["running", "queued"] + [""] * 30
    render.show_planned(Output(), plan_of(*states))
    assert capsys.readouterr().out.splitlines() == [
        "MONTH    1       5         10        15        20        25        30",
        "2024-01  ✓ ✓ ✓ ✓ ✓ ✓ ✓ ✓ ✓ ↻ ↻ ↻ ▶ … + + + + + + + + + + + + + + + + +",
        "2024-02  + + + + + + + + + + + + +",
        "↻ runs again   + new   ▶ running   … queued   ✓ done",
    ]
    render.show_planned(Output(), plan_of(*["failed"] * 2, *[""] * 20, request=BackfillRequest(only=Selection.MISSING)))
    assert capsys.readouterr().out.splitlines()[1:] == [
        "2024-01  ✗ ✗ + + + + + + + + + + + + + + + + + + + +",
        "+ new   ✗ failed, left out",
    ]


def test_common_cause_of_failures_is_shown_once() -> None:
    days = tuple(date(2024, 1, n) for n in (1, 2, 3, 6))
    logs = {day: TaskLog("a\nKeyError: 'x'", "KeyError: 'x'") for day in days}
    assert lines(render.cause_messages([Cause("load", "KeyError: 'x'", days, logs)])) == [
        "all 4: task load: KeyError: 'x'", "the end of the log of task load, 2024-01-01:", "  a", "  KeyError: 'x'",
    ]  # fmt: skip
    many = [
        Cause("load", "KeyError: 'x'", days, dict.fromkeys(days[:3], TaskLog("\n".join("abcdefgh"), "KeyError: 'x'"))),
        Cause("", "", (date(2024, 1, 5),)), Cause("train", "OSError: no <date>", (date(2024, 1, 7),)),
    ]  # fmt: skip
    assert lines(render.cause_messages(many)) == [
        "2024-01-01…03, 06: task load: KeyError: 'x' (3 of 4 logs were read)",
        "2024-01-05: the run failed, but none of its tasks did",
        "2024-01-07: task train: OSError: no 2024-01-07",
        "the end of the log of task load, 2024-01-01:", "  d", "  e", "  f", "  g", "  h",
    ]  # fmt: skip


def test_an_error_that_followed_the_cause_is_a_note() -> None:
    day = date(2024, 1, 1)
    log = TaskLog("the end", "ValueError: no rows", ("AirflowNotFoundException: smtp_default",))
    first, *_ = lines(render.cause_messages([Cause("load", "ValueError: no rows", (day,), {day: log})]))
    assert first == "2024-01-01: task load: ValueError: no rows; after that, AirflowNotFoundException: smtp_default"


def test_failures_in_json_are_one_entry_per_date() -> None:
    days = date(2024, 1, 1), date(2024, 1, 2)
    read = {days[0]: TaskLog("log", "OSError: no 20240101.csv")}
    why = Explanation(TaskErrorCause.MISSING_VARIABLE, Hint.of("variable", "set", "x"))
    causes = [Cause("load", "OSError: no <date>.csv", days, read, why), Cause("", "", (date(2023, 12, 31),))]
    known = {"cause": "missing-variable", "hint": "mlopsctl variable set x"}
    assert render.failures_data(causes, "mlopsctl") == [
        {"date": "2023-12-31", "task": None, "error": None, "log_tail": "", "cause": None, "hint": None},
        {"date": "2024-01-01", "task": "load", "error": "OSError: no 20240101.csv", "log_tail": "log"} | known,
        {"date": "2024-01-02", "task": "load", "error": "OSError: no 2024-01-02.csv", "log_tail": ""} | known,
    ]


def test_dates_that_were_not_run_are_separate_from_failed_ones(capsys: pytest.CaptureFixture[str]) -> None:
    runs = plan_of("failed", "success", "failed", "").runs
    assert lines(render.date_messages(runs, runs[2:])) == ["failed   2024-01-01", "not run  2024-01-03…04"]
    render.show_table(Output(), runs, runs[2:])
    assert [line.split()[5:] for line in capsys.readouterr().out.splitlines()[1:]] == [
        ["failed"], ["success"], ["not", "run"], ["not", "run"],
    ]  # fmt: skip


def test_dates_that_have_not_succeeded_are_folded() -> None:
    runs = plan_of("failed", "failed", "failed", "success", "", "failed").runs
    assert lines(render.date_messages(runs)) == [
        "failed   2024-01-01…03, 06",
        "no run   2024-01-05",
    ]


def test_many_runs_are_shown_by_month(capsys: pytest.CaptureFixture[str]) -> None:
    plan = plan_of(*["success"] * 31, *["failed"] * 9, "")
    render.show_table(Output(), plan.runs)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[1:] == [["2024-01", "31", "31", "0", "0"], ["2024-02", "10", "0", "9", "1"]]


def test_json_of_the_contract() -> None:
    plan = plan_of("success", "failed", "")
    data = render.data(
        plan, (plan.runs[0], replace(plan.runs[1], state=RunState.RUNNING), plan.runs[2]), seconds=1.23456
    )
    assert data == {
        "dag_id": "d", "from": "2024-01-01", "to": "2024-01-03", "timezone": "Asia/Seoul", "engine": "runs",
        "backfill_id": None, "seconds": 1.235,
        "counts": {"total": 3, "new": 1, "again": 1, "kept": 1, "success": 1, "failed": 0, "running": 1, "queued": 0,
                   "skipped": 0, "empty": 0, "left_out": 0},
        "runs": [
            {"date": "2024-01-01", "logical_date": "2024-01-01T00:00:00+00:00", "ds": "2024-01-01", "action": "kept",
             "state": "success", "run_id": "r0"},
            {"date": "2024-01-02", "logical_date": "2024-01-02T00:00:00+00:00", "ds": "2024-01-02", "action": "again",
             "state": "running", "run_id": "r1"},
            {"date": "2024-01-03", "logical_date": "2024-01-03T00:00:00+00:00", "ds": "2024-01-03", "action": "new",
             "state": None, "run_id": None},
        ],
    }  # fmt: skip


def test_date_left_without_a_run_is_counted() -> None:
    plan = plan_of("success", "", request=BackfillRequest(only=Selection.FAILED))
    assert render.data(plan, plan.runs)["counts"]["left_out"] == 1
