"""What `backfill` and `backfills watch` report: at the end, or when they are left before it."""

from contextlib import suppress
from typing import Any

from mlopsctl.cli._common.app import App
from mlopsctl.cli.backfill import render
from mlopsctl.core.errors import MlopsctlError, TimedOut, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import BackfillId
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import RunState, Status
from mlopsctl.operations.backfill import failures
from mlopsctl.operations.backfill.controller import final_states
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.backfill.progress import Progress
from mlopsctl.operations.backfill.resolve import RunReader


def finish(
    app: App,
    plan: BackfillPlan,
    last: Progress,
    error: MlopsctlError | None,
    done: str,
    *,
    explain: bool = True,
    more: dict[str, Any] | None = None,
) -> int:
    """All runs have ended. `done`: the sentence for a success. `explain`: read the logs of failed runs. `more`: of the
    JSON. Returns the exit code."""
    data = render.data(plan, last.runs, backfill_id=last.backfill_id, seconds=last.seconds) | (more or {})
    result = Result(data, messages=(Message(done),))
    if error:
        succeeded = any(run.state == RunState.SUCCESS for run in last.runs)
        messages = list(render.date_messages(last.runs, last.not_run))
        messages += _causes(app, plan, last) if explain and not app.out.json else []
        result = Result(data, Status.PARTIAL if succeeded else Status.ERROR, tuple(messages), (error,))
    return app.render(result, lambda out: render.show_table(out, last.runs, last.not_run))


def _causes(app: App, plan: BackfillPlan, last: Progress) -> list[Message]:
    left_out = {run.logical_date for run in last.not_run}
    try:
        with app.out.busy("reading the logs of failed tasks"):
            found = failures.read(app.api, plan, [run for run in last.runs if run.logical_date not in left_out])
    except MlopsctlError as e:
        return [Message.warning(f"could not read the failure logs: {e.message}")]
    return list(render.cause_messages(found))


def leave(
    app: App,
    plan: BackfillPlan,
    last: Progress | None,
    error: MlopsctlError,
    reader: RunReader,
    *,
    messages: tuple[Message, ...] = (),
    more: dict[str, Any] | None = None,
) -> int:
    """Before all runs have ended. The JSON has the runs as they are now, or, without an answer from Airflow, as they
    were last seen. Returns the exit code."""
    runs = last.runs if last else ()
    if app.out.json and not runs:
        with suppress(MlopsctlError):
            runs = final_states(plan, reader)
    id_, seconds = (last.backfill_id, last.seconds) if last else (None, 0.0)
    data = render.data(plan, runs or plan.runs, backfill_id=id_, seconds=seconds) | (more or {})
    if last and not runs:
        data["counts"] |= {state.value: getattr(last.counts, state) for state in render.STATES}
    return app.render(Result(data, Status.PARTIAL, messages, (error,)))


def control_messages(app: App, backfill_id: BackfillId | None, *verbs: str) -> tuple[Message, ...]:
    """How to control a backfill that continues."""
    if backfill_id is None:
        return ()
    return tuple(Message(f"to {verb + ' it:':<10} {app.call('backfills', verb, backfill_id)}") for verb in verbs)


def hint_to_return(error: MlopsctlError, command: tuple[str, ...]) -> Hint:
    """What to do about an error that ended it early, and then `command`, which continues."""
    if isinstance(error, TimedOut) or not error.hint:
        return Hint(command)
    return error.hint.followed_by(*command) if isinstance(error, Unavailable) else error.hint
