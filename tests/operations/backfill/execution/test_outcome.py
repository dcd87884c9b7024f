import shlex
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
import pytest

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.backfill.command import backfill
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.states import Selection, StopKind
from mlopsctl.operations.backfill.execution.outcome import incomplete
from mlopsctl.operations.backfill.execution.progress import Progress
from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.execution.stop_policy import StopReason
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.rerun import rerun_command
from tests.operations.backfill.plans import plan_of

RANGE = "backfill d --from 2024-01-01 --to 2024-01-0"


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
def test_rerun_command_has_every_option_but_all(given: BackfillRequest, words: str) -> None:
    assert shlex.join(rerun_command(plan_of("", "", request=given))) == f"{RANGE}2{words}"


def test_rerun_command_is_read_as_the_same_request() -> None:
    request = BackfillRequest(Selection.MISSING, False, True, 3, {"a": [1, "b c"]}, True, True)
    words = list(rerun_command(plan_of("", request=request)))[1:]
    context = click.Context(backfill, auto_envvar_prefix="MLOPSCTL_BACKFILL", obj=App(Path("/h"), "", Output()))
    backfill.parse_args(context, words)
    read = context.params
    assert (read["only"], read["reverse"], read["max_active"], read["conf"]) == ("missing", True, 3, request.conf)
    assert (read["unpause"], read["repause"], read["start"], read["end"]) == (True, True, "2024-01-01", "2024-01-01")


def error_of(plan: BackfillPlan, **progress: object) -> MlopsctlError:
    error = incomplete(plan, replace(Progress(RunCounts(), 1.0, runs=plan.runs), **progress))  # type: ignore[arg-type]
    assert error
    return error


def test_all_successful_is_complete() -> None:
    plan = plan_of("success", "success")
    assert incomplete(plan, Progress(RunCounts(), 1.0, runs=plan.runs)) is None


def test_failed_dates(tmp_path: Path) -> None:
    error = error_of(plan_of("success", "failed", "failed"))
    assert (error.code, error.message) == ("unfinished", "2 of 3 dates failed  1.0 s")
    assert shlex.join(error.hint.command) == f"{RANGE}3"
    assert error_of(plan_of("success", "failed", "running")).message.startswith("2 of 3 dates have not succeeded")


def test_named_days_are_narrowed_to_those_that_are_left() -> None:
    days = tuple(date(2024, 1, n) for n in (1, 2, 4, 5))
    plan = plan_of("success", "failed", "", "failed", "failed", request=BackfillRequest(days=days))
    assert shlex.join(rerun_command(plan)) == "backfill d --dates 2024-01-01..2024-01-02,2024-01-04..2024-01-05"
    plan = replace(plan, runs=(plan.runs[0], plan.runs[1], *plan.runs[3:]))
    command = shlex.join(error_of(plan).hint.command)
    assert command == "backfill d --dates 2024-01-02,2024-01-04..2024-01-05"


def test_stop_after_failures_reports_dates_that_were_not_run() -> None:
    plan = plan_of("failed", "failed", "", request=BackfillRequest(max_failures=2))
    error = error_of(plan, stopped=StopReason(StopKind.FAILURES, 2), not_run=plan.runs[2:])
    assert (error.code, error.message) == ("stopped", "stopped after 2 failures: 1 date was not run  1.0 s")
    assert error.hint.command[-2:] == ("--max-failures", "2")


def test_cancel_is_named_even_if_all_dates_were_run() -> None:
    error = error_of(plan_of("failed", ""), stopped=StopReason(StopKind.CANCELLED))
    assert (error.code, error.message[:29]) == ("unfinished", "cancelled by another command:")


def test_dates_that_only_leaves_out_need_another_command() -> None:
    request = BackfillRequest(Selection.FAILED, max_active=2)
    error = error_of(plan_of("success", "", "", request=request))
    assert error.message == "2 of 3 dates have not succeeded; --only failed leaves them out  1.0 s"
    assert shlex.join(error.hint.command) == f"{RANGE}3 --max-active 2"


def test_dates_that_only_partly_leaves_out_keep_the_command() -> None:
    error = error_of(plan_of("failed", "", request=BackfillRequest(Selection.FAILED)))
    assert error.message == "2 of 2 dates have not succeeded; --only failed leaves 1 of them out  1.0 s"
    assert shlex.join(error.hint.command) == f"{RANGE}2 --only failed"


def test_dates_without_a_run_in_spite_of_every_attempt_are_named() -> None:
    error = error_of(plan_of("success", "", ""), backfill_id="ab12cd")
    assert "4 times a run was created for 2024-01-02…03, and Airflow has none" in error.message
