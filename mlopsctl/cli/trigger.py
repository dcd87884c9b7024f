"""mlopsctl trigger."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common import completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import (
    conf_option,
    dry_run_option,
    json_option,
    pass_app,
    timeout_option,
    unpause_option,
    yes_option,
)
from mlopsctl.core.errors import Detached, MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import Status

if TYPE_CHECKING:
    from mlopsctl.operations.trigger import RunWaiter, TriggerPlan


@click.command()
@click.argument("dag_id", metavar="DAG", shell_complete=completion.dags)
@click.option("--date", "day", metavar="D", help="Day of the run [default: now].")
@conf_option
@click.option("--wait", is_flag=True, help="Wait until the run has ended; exit 1 if it failed.")
@timeout_option
@unpause_option
@dry_run_option
@yes_option
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
    yes: bool,
) -> int:
    """Start one run of DAG."""
    from mlopsctl.operations import trigger as operation

    if timeout is not None and not wait:
        raise UsageError("--timeout requires --wait.", hint="add --wait")
    plan = _plan(app, dag_id, day, conf, unpause)
    for note in plan.notes:
        app.out.message(Message.warning(note))
    if plan.scheduled:
        app.out.message(plan.scheduled.message)
    if dry_run:
        message = Message(f"would create the run {plan.run_id} of {dag_id} for {plan.logical_date.isoformat()}")
        return app.render(Result(plan.data(), Status.PLANNED, (message,)))
    if plan.scheduled and plan.scheduled.question:
        app.confirm(plan.scheduled.question, yes)
    run = operation.run(plan, app.api)
    app.out.say(f"created the run {run.run_id} of {dag_id}")
    if not wait:
        return app.render(Result(plan.data(run)), lambda out: out.text(run.run_id))
    return _wait(app, plan, operation.RunWaiter(app.api, plan.dag, run), timeout)


def _plan(app: App, dag_id: str, day: str | None, conf: Mapping[str, Any] | None, unpause: bool) -> "TriggerPlan":
    from mlopsctl.core import dates
    from mlopsctl.operations import trigger as operation
    from mlopsctl.operations.backfill.plan import BackfillRequest
    from mlopsctl.operations.backfill.planning.sources import sources
    from mlopsctl.operations.dags import scheduled_runs

    if day:  # an invalid date is reported before Airflow is asked
        dates.parse_day(day, today=dates.today_in(app.settings.timezone))
        if app.context and (why := app.target.dag_obstacle(app.api.dag(dag_id))):
            raise why
    schedule = sources(app.target, dag_id, BackfillRequest())
    with app.out.busy(f"checking {dag_id}"):
        plan = operation.plan(app.api, dag_id, day, conf, unpause=unpause, sources=schedule, find_log=app.target.log_of)
        scheduled = scheduled_runs.read(app.target, plan.dag, [plan.logical_date]) if unpause else None
        return replace(plan, scheduled=scheduled)


def _wait(app: App, plan: "TriggerPlan", waiter: "RunWaiter", timeout: float | None) -> int:
    from mlopsctl.operations import trigger_outcome

    try:
        app.out.steps(waiter.steps(timeout))
    except MlopsctlError as e:
        return _stop_waiting(app, plan, waiter, e)
    except KeyboardInterrupt:
        detached = Detached(f"detached: the run {waiter.run.run_id} continues.", hint=Hint.of("runs", plan.dag.dag_id))
        return _stop_waiting(app, plan, waiter, detached)
    with app.out.busy("reading the results"):
        result = trigger_outcome.read(app.api, plan, waiter.run, waiter.seconds, app.out.program)
    succeeded = result.status == Status.OK
    return app.render(result, lambda out: out.text(waiter.run.run_id) if succeeded else None)


def _stop_waiting(app: App, plan: "TriggerPlan", waiter: "RunWaiter", why: MlopsctlError) -> int:
    """The run has not ended."""
    return app.render(Result(plan.data(waiter.run, waiter.seconds), Status.PARTIAL, errors=(why,)))
