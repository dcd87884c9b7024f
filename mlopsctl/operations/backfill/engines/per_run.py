"""Making the runs of a plan one by one, which Airflow's own engine cannot: of a DAG without a schedule, of a list of
dates, of the failed ones alone."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any

from mlopsctl.adapters.airflow.run_owner import RUN_ID_PREFIX, note
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES
from mlopsctl.operations.backfill.submission_state import Job, Making

CLEAR_AT_ONCE = 25


def jobs(making: Making, at_once: int) -> Iterator[Job]:
    """`at_once`: how many runs a job may queue."""
    again = making.plan.of("again")
    yield from clear(making, [run for run in again if not run.unclearable], at_once)
    for number, run in enumerate(making.plan.of("new")):
        yield _create(making, run, number)
    for number, run in enumerate(run for run in again if run.unclearable):
        yield _replace(making, run, number)


def _create(making: Making, run: PlannedRun, number: int) -> Job:
    return lambda: _make(making, run, number)


def _make(making: Making, run: PlannedRun, number: int, conf: Mapping[str, Any] | None = None) -> None:
    plan = making.plan
    # Of hours of one day each has its own: the instant tells them apart.
    word = f"{run.date}" if not plan.dag.periodic else f"{run.logical_date.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    making.begin([run])
    making.api.create_run(
        plan.dag.dag_id,
        run.logical_date,
        run_id=f"{RUN_ID_PREFIX}{making.backfill_id}__{word}",
        conf=plan.request.conf if conf is None else conf,
        # The scheduler starts them in this order, whichever of our threads comes first.
        run_after=making.since - timedelta(seconds=1) + timedelta(microseconds=number),
        interval=None if plan.dag.exact else run.interval,
    )


def _replace(making: Making, run: PlannedRun, number: int) -> Job:
    """Of a run that clearing would leave queued for ever: a new one in its place, with its conf."""
    api, dag_id = making.api, making.plan.dag.dag_id
    conf: list[Mapping[str, Any]] = []

    def job() -> None:
        standing = api.runs(dag_id, run.logical_date, run.logical_date)
        if any(r.run_id == run.run_id for r in standing):
            conf.append(api.run_conf(dag_id, run.run_id))
            api.delete_runs(dag_id, [run.run_id])
        _make(making, run, number, conf[-1] if conf else None)
        making.orphaned -= run.orphaned
        making.pending.subtract([run.state])

    return job


def clear(making: Making, runs: Sequence[PlannedRun], at_once: int = CLEAR_AT_ONCE) -> Iterator[Job]:
    """Queue runs that have ended once more; on those that this engine takes, a note says whose they are."""
    for at in range(0, len(runs), at_once):
        yield _clear(making, runs[at : at + at_once])


def _clear(making: Making, runs: Sequence[PlannedRun]) -> Job:
    tried = False
    said = note(str(making.backfill_id)) if making.plan.engine == "runs" else ""

    def job() -> None:
        nonlocal tried
        chosen = _unmoved(making, runs) if tried else [run.run_id for run in runs]
        tried = True
        making.begin(runs)
        if chosen:
            making.api.clear_runs(making.plan.dag.dag_id, chosen, note=said)
        making.pending.subtract(run.state for run in runs)

    return job


def _unmoved(making: Making, runs: Sequence[PlannedRun]) -> list[str]:
    """Those that stand as they ended before we began: a lost answer does not tell whether they were cleared."""
    instants = [run.logical_date for run in runs]
    ids = {run.run_id for run in runs}
    standing = making.api.runs(making.plan.dag.dag_id, min(instants), max(instants))
    ended = [r for r in standing if r.run_id in ids and r.state not in ACTIVE_RUN_STATES]
    return [r.run_id for r in ended if r.end is None or r.end < making.since]
