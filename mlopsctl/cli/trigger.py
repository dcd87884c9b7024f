"""mlopsctl trigger."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common import completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import (
    conf_option,
    dry_run_option,
    json_option,
    option,
    pass_app,
    timeout_option,
    unpause_option,
)
from mlopsctl.core.errors import MlopsctlError, TimedOut, Unavailable, UsageError
from mlopsctl.core.hint import Hint

if TYPE_CHECKING:
    from mlopsctl.core.model import DagRun
    from mlopsctl.operations.trigger import TriggerPlan, Waiting


@click.command()
@click.argument("dag_id", metavar="DAG", shell_complete=completion.dags)
@option(
    "--date", "day", metavar="D", envvar="MLOPSCTL_TRIGGER_DATE", help="The day that the run is for [default: now]."
)
@conf_option
@option("--wait", is_flag=True, help="Stay until the run has ended; exit 1 if it failed.")
@timeout_option
@unpause_option
@dry_run_option
@json_option
@pass_app
def trigger(
    app: App,
    dag_id: str,
    day: str | None,
    conf: Mapping[str, Any] | None,
    wait: bool,
    timeout: float | None,
    unpause: bool,
    dry_run: bool,
) -> int:
    """Start one run of DAG."""
    from mlopsctl.core import dates
    from mlopsctl.operations import trigger as operation
    from mlopsctl.operations.backfill.plan import BackfillRequest
    from mlopsctl.operations.backfill.sources import sources

    if timeout is not None and not wait:
        raise UsageError("--timeout is how long --wait waits.", hint="say --wait too")
    if day:
        dates.parse_day(day, today=dates.today_in(app.settings.timezone))
    schedule = sources(app.platform, dag_id, BackfillRequest())
    with app.out.busy(f"looking at {dag_id}"):
        plan = operation.plan(app.api, dag_id, day, conf, unpause=unpause, sources=schedule, logs=app.platform.log_of)
    if dry_run:
        app.out.say(f"a run of {dag_id} for {plan.logical_date.isoformat()} would be made: {plan.run_id}")
        app.out.envelope(app.command, "planned", _data(plan, None, 0.0))
        return 0
    run = operation.run(plan, app.api)
    app.out.say(f"{dag_id}: run {run.run_id} is made")
    if not wait:
        app.out.text(run.run_id)
        app.out.envelope(app.command, "ok", _data(plan, run, 0.0))
        return 0
    return _wait(app, plan, run, timeout)


def _wait(app: App, plan: "TriggerPlan", run: "DagRun", timeout: float | None) -> int:
    from mlopsctl.operations.trigger import Waiting

    waiting = Waiting(app.api, plan.dag.dag_id, run)
    try:
        app.out.steps(waiting.steps(timeout))
    except (TimedOut, Unavailable) as e:
        app.out.fail(e)
        return _left(app, plan, waiting, e, e.exit_code)
    except KeyboardInterrupt:
        hint = Hint.of("runs", plan.dag.dag_id)
        why = MlopsctlError(f"detached: the run {run.run_id} goes on.", hint=hint, code="interrupted")
        app.out.detached(why)
        return _left(app, plan, waiting, why, 130)
    return _end(app, plan, waiting.run, waiting.seconds)


def _left(app: App, plan: "TriggerPlan", waiting: "Waiting", why: MlopsctlError, code: int) -> int:
    """Gone before the run has ended."""
    app.out.envelope(app.command, "partial", _data(plan, waiting.run, waiting.seconds), [why])
    return code


def _end(app: App, plan: "TriggerPlan", run: "DagRun", seconds: float) -> int:
    if run.state == "success":
        _tell_skipped(app, plan)
        app.out.text(run.run_id)
        app.out.envelope(app.command, "ok", _data(plan, run, seconds))
        return 0
    task_id = _show_failure(app, plan.dag.dag_id, run.run_id)
    task = f": task {task_id}" if task_id else ""
    error = MlopsctlError(f"the run {run.run_id} failed{task}.", hint=Hint(_again(plan)), code="run-failed")
    app.out.fail(error)
    app.out.envelope(app.command, "error", _data(plan, run, seconds), [error])
    return error.exit_code


def _again(plan: "TriggerPlan") -> tuple[str, ...]:
    """The words of the command that runs it again: of a date its run, which keeps its conf; else another run."""
    import json

    if plan.day:
        return ("backfill", plan.dag.dag_id, "--from", plan.day, "--to", plan.day)
    conf = ["--conf", json.dumps(plan.conf, ensure_ascii=False)] if plan.conf is not None else []
    return ("trigger", plan.dag.dag_id, *conf, "--wait")


def _tell_skipped(app: App, plan: "TriggerPlan") -> None:
    """A run whose tasks were skipped is a success to Airflow, and may have done nothing."""
    from mlopsctl.operations.runs import skipped

    dag_id = plan.dag.dag_id
    try:
        with app.out.busy("looking what was skipped"):
            found = skipped(app.api, dag_id, plan.logical_date)
    except MlopsctlError as e:
        app.out.warn(f"whether it skipped tasks cannot be told: {e.message}")
        return
    if found.number:
        date = ("--date", plan.day) if plan.day else ()
        why = f"; why: {app.call('logs', dag_id, found.task_id, *date)}" if found.told else ""
        more = f" and {found.number - 1} more" if found.number > 1 else ""
        app.out.say(f"skipped: {found.task_id}{more}{why}")


def _show_failure(app: App, dag_id: str, run_id: str) -> str:
    """The task that failed first; empty where none did, or nobody can tell: the verdict does not hang on it."""
    from mlopsctl.operations.runs import failure

    try:
        with app.out.busy("reading what failed"):
            why = failure(app.api, dag_id, run_id)
    except MlopsctlError as e:
        app.out.warn(f"why it failed cannot be told: {e.message}")
        return ""
    if why.task_id:
        app.out.log_end(why.task_id, why.log)
    return why.task_id


def _data(plan: "TriggerPlan", run: "DagRun | None", seconds: float) -> dict[str, Any]:
    """As the contract has it; `seconds` that were waited."""
    return {
        "dag_id": plan.dag.dag_id,
        "run_id": run.run_id if run else plan.run_id,
        "logical_date": plan.logical_date.isoformat(),
        "state": run.state if run else None,
        "seconds": round(seconds, 3),
    }
