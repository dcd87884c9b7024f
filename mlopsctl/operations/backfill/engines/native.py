"""Making the runs of a plan by Airflow's own engine: it makes all of them in one transaction."""

from collections.abc import Iterator

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.core.deadline import Deadline
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunState
from mlopsctl.operations.backfill.engines import per_run
from mlopsctl.operations.backfill.preflight import active
from mlopsctl.operations.backfill.submission_state import CANCELLED, PAUSED, Job, Making

CLOSING = 200.0  # seconds within which Airflow closes a backfill whose runs have ended, or that never got any


def jobs(making: Making) -> Iterator[Job]:
    """The steps, one after the other."""
    plan = making.plan
    if making.orphaned:
        yield lambda: _free(making)
    if plan.ours:
        yield from per_run.clear(making, plan.of("again"))  # they go on under the backfill that is still open
        if not plan.of("new"):
            return
    if plan.work:
        yield _backfill(making)


def _free(making: Making) -> None:
    """Airflow's backfill takes failed runs over, never queued ones; and with `none`, only what is not there."""
    plan = making.plan
    ids = [run.run_id for run in plan.runs if run.orphaned]
    if plan.reprocess == "none":
        making.api.delete_runs(plan.dag.dag_id, ids)
    else:
        making.api.mark_runs_failed(plan.dag.dag_id, ids)
        making.pending[RunState.FAILED] += len(ids)


def _backfill(making: Making) -> Job:
    plan, tried = making.plan, False

    def job() -> None:
        nonlocal tried
        if not (tried and _adopted(making)):
            _await_closing(making)
            if making.stop.is_set():
                return
            making.begin(run for run in plan.runs if run.action != "kept")
            tried = True
            _create(making)
        making.pending.clear()

    return job


def _create(making: Making) -> None:
    plan = making.plan
    try:
        made = making.api.create_backfill(
            plan.dag.dag_id,
            *plan.days,
            reprocess=plan.reprocess,
            reverse=plan.request.reverse,
            max_active=plan.max_active,
            conf=plan.request.conf,
        )
    except RequestRejected as e:
        if e.status != 409:
            raise
        _adopted(making)
    else:
        making.backfill_id = made.id


def _await_closing(making: Making) -> None:
    """Airflow takes no second backfill on a DAG until it has closed the one before."""
    plan, api, deadline = making.plan, making.api, Deadline(CLOSING)
    own: int | None = None  # a piece of this one, or what an mlopsctl that is gone has begun
    while not making.stop.is_set() and (standing := api.active_backfill(plan.dag.dag_id)):
        # One that was paused before this command was said is known to be, and holds nothing up.
        known = plan.open and plan.open.paused and plan.open.id == standing.id
        own = standing.id if plan.is_ours(standing) and not known else None
        if own and standing.paused:
            making.halt(PAUSED)
        moving = api.count_runs(standing.dag_id, standing.start, standing.end, ACTIVE_RUN_STATES)
        if moving and not plan.is_ours(standing):
            raise active(standing.dag_id, standing.id, f"{moving} runs have not ended")
        if moving:
            deadline.renew()
        if deadline.expired:
            raise active(standing.dag_id, standing.id, "Airflow does not close it")
        making.message = f"backfill {standing.id} has to end first" + (
            "" if moving else ": its runs have ended, Airflow closes it within 30 s"
        )
        making.stop.wait(1)
    if own and not making.stop.is_set() and api.backfill(own).cancelled:
        making.halt(CANCELLED)
    making.message = ""


def _adopted(making: Making) -> bool:
    """Whether our own request has got through while its answer has not. Raises MlopsctlError where another's has."""
    standing = making.api.active_backfill(making.plan.dag.dag_id)
    if standing and not making.plan.is_ours(standing):
        raise active(standing.dag_id, standing.id, "it began a moment ago")
    making.backfill_id = standing.id if standing else None
    return standing is not None
