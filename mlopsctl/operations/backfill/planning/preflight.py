"""The checked plan of a backfill: why it must not start, found before anything is created, and what to warn of."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError, UsageError, first_of
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails
from mlopsctl.core.states import ACTIVE_RUN_STATES, EngineName, RerunConf, RunAction, RunState, Selection
from mlopsctl.core.text import plural
from mlopsctl.operations import outside_dates, params, preflight
from mlopsctl.operations.backfill import downstream
from mlopsctl.operations.backfill.engines import engine_for
from mlopsctl.operations.backfill.engines.native import already_active
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.planning.resolve import resolve
from mlopsctl.operations.backfill.planning.sources import sources
from mlopsctl.operations.backfill.rerun import rerun_command
from mlopsctl.operations.dags import scheduled_runs
from mlopsctl.operations.target import Target


def prepare(target: Target, dag: DagDetails, start: date, end: date, request: BackfillRequest) -> BackfillPlan:
    """The plan with its obstacle and its warnings. `start`, `end`: days in the DAG's time zone. Without runs if no date
    misses its rows.

    Raises UsageError for a range without a run, MlopsctlError for a DAG that cannot be backfilled.
    """
    plan = resolve(target.api, dag, start, end, request, sources(target, dag.dag_id, request))
    if not plan.runs and request.only != Selection.HOLES:
        when = "on these dates" if request.days else f"from {start} to {end}"
        why = f"its schedule is {dag.schedule}, and an interval that has not ended does not count"
        hint = Hint.of("runs", dag.dag_id, note="a single run for now:", other=("trigger", dag.dag_id))
        raise UsageError(f"{dag.dag_id} has no run {when}: {why}.", hint=hint, code="empty-range")
    plan = check(target, plan)
    return replace(plan, downstream=downstream.read(target, dag.dag_id)) if plan.changed else plan


def check(target: Target, plan: BackfillPlan) -> BackfillPlan:
    """With all obstacles found, the warnings, and the open backfill of the DAG. Raises Unavailable."""
    engine = engine_for(plan.engine)(target.api)
    if plan.has_pending:
        if plan.dag.backfillable:
            plan = replace(plan, open_backfill=target.api.active_backfill(plan.dag.dag_id))
        plan = replace(plan, obstacle=first_of(*_obstacles(target, plan), engine.obstacle(plan)))
        if plan.request.unpause:
            # Airflow continues a schedule after the last date that a backfill of its own has run.
            at_most = plan.engine == EngineName.NATIVE
            found = scheduled_runs.read(target, plan.dag, plan.logical_dates, at_most=at_most)
            plan = replace(plan, scheduled=found)
    if plan.request.conf is not None and plan.runs_to(RunAction.AGAIN):
        plan = replace(plan, rerun_conf=engine.rerun_conf(plan))
    return replace(plan, warnings=(*plan.warnings, *_warnings(plan), *engine.warnings(plan)))


def _obstacles(target: Target, plan: BackfillPlan) -> Iterator[MlopsctlError | None]:
    dag, api = plan.dag, target.api
    yield target.dag_obstacle(dag)
    yield preflight.unhealthy_component(api, target.log_of)
    yield preflight.feature_store_down(target, dag.dag_id)
    yield preflight.import_error(api, dag)
    yield preflight.missing_dag(dag)
    yield preflight.paused(dag, plan.request.unpause)
    yield _outside_dates(api, plan)
    yield _invalid_params(plan)
    yield _other_backfill(api, plan)
    yield _paused_backfill(plan)


def _invalid_params(plan: BackfillPlan) -> MlopsctlError | None:
    """A run that is cleared keeps its conf, unless Airflow's own backfill gives it another one."""
    request = plan.request
    if not plan.new_dates and (request.conf is None or plan.engine == EngineName.PER_RUN):
        return None
    command = rerun_command(plan, replace(request, conf=None))
    return params.check(plan.dag, request.conf, (*command, "--all") if request.everything else command)


def _outside_dates(api: AirflowApi, plan: BackfillPlan) -> MlopsctlError | None:
    """Airflow marks a run in which no task has started yet, or all have ended, as a success."""
    new = plan.new_dates
    if not new or engine_for(plan.engine).ignores_task_dates:
        return None
    option: outside_dates.Option = "--dates" if plan.request.days else "--from"
    return outside_dates.check(plan.dag, api.task_dates(plan.dag.dag_id), new, option)


def _other_backfill(api: AirflowApi, plan: BackfillPlan) -> MlopsctlError | None:
    """Airflow allows one per DAG. If all runs of the other have ended, it will be closed soon, and we wait for that."""
    record = plan.open_backfill
    if record is None or plan.owns(record) or not plan.changed:
        return None
    unfinished = api.count_runs(plan.dag.dag_id, record.start, record.end, ACTIVE_RUN_STATES)
    return already_active(record, f"{unfinished} of its runs have not ended") if unfinished else None


def _paused_backfill(plan: BackfillPlan) -> MlopsctlError | None:
    """Queued runs of a paused backfill would not start, and neither would runs cleared while it is open. Without any,
    Airflow closes it like others."""
    record = plan.open_backfill
    if record is None or not record.paused:
        return None
    queued = any(run.state == RunState.QUEUED and not run.orphaned for run in plan.runs)
    if not queued and not (plan.owns(record) and plan.runs_to(RunAction.AGAIN)):
        return None
    why = f"backfill {record.id} of {plan.dag.dag_id} is paused: its queued runs would not start."
    return MlopsctlError(why, hint=Hint.of("backfills", "resume", record.id), code="backfill-paused")


def _warnings(plan: BackfillPlan) -> Iterator[str]:
    shifted = [run for run in plan.runs if run.ds != run.date.isoformat()]
    if shifted:
        at = shifted[0].logical_date.astimezone(dates.load_timezone(plan.dag.timezone))
        yield (
            f"in {len(shifted)} of {len(plan.runs)} runs, ds is not the day you named: ds is a UTC date, so the run of "
            f"{at:%Y-%m-%d %H:%M} {plan.dag.timezone} has ds {shifted[0].ds}."
        )
    again = plural(len(plan.runs_to(RunAction.AGAIN)), "run that runs again", "runs that run again")
    if plan.rerun_conf == RerunConf.REPLACED:
        yield f"--conf replaces the whole conf of {again}, and not only the keys that it names."
    elif plan.rerun_conf == RerunConf.KEPT:
        yield f"--conf reaches new runs only: the conf of {again} stays as it is."
    named = set(plan.request.days) if plan.request.only != Selection.HOLES else set()
    if idle := named - {run.date for run in plan.runs}:
        yield f"the schedule of {plan.dag.dag_id} has no run on {dates.format_days(idle)}."
