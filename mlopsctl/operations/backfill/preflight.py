"""Why a backfill must not begin: each reason is one sentence with its remedy, found before anything is created."""

from dataclasses import replace

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunState
from mlopsctl.operations import preflight
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.platform import Platform


def check(platform: Platform, plan: BackfillPlan) -> BackfillPlan:
    """The plan with the first obstacle found, the backfill that is open on its DAG, and what else is running."""
    if not plan.waits:
        return plan
    api = platform.api
    if plan.dag.periodic:
        plan = replace(plan, open=api.active_backfill(plan.dag.dag_id))
    if plan.engine == "airflow":
        plan = replace(
            plan,
            busy=api.count_runs_in_state(RunState.RUNNING) - api.count_runs_in_state(RunState.RUNNING, plan.dag.dag_id),
        )
    obstacle = (
        preflight.unhealthy_component(api, platform.log_of)
        or preflight.feature_store_down(platform, plan.dag.dag_id)
        or preflight.import_error(api, plan.dag)
        or preflight.missing_dag(plan.dag)
        or preflight.paused(plan.dag, plan.request.unpause)
        or preflight.outside_dag_dates(
            plan.dag,
            [run.logical_date for run in plan.runs if run.action != "kept"],
            "--dates" if plan.request.days else "--from",
        )
        or _other_backfill(api, plan)
        or _held(plan)
        or _past(api, plan)
    )
    return replace(plan, obstacle=obstacle)


def _other_backfill(api: AirflowApi, plan: BackfillPlan) -> MlopsctlError | None:
    """Airflow allows one per DAG. One whose runs have all ended is only waiting to be closed, and so are we."""
    if plan.open is None or plan.is_ours(plan.open) or (not plan.of("new") and not plan.of("again")):
        return None
    moving = api.count_runs(plan.dag.dag_id, plan.open.start, plan.open.end, ACTIVE_RUN_STATES)
    return active(plan.open.dag_id, plan.open.id, f"{moving} of its runs have not ended") if moving else None


def _held(plan: BackfillPlan) -> MlopsctlError | None:
    """A queued run of a paused backfill would be waited for until somebody resumes it, and so would one that is cleared
    while it is open. Without any, Airflow closes it as it closes others."""
    queued = any(run.state == "queued" and not run.orphaned for run in plan.runs)
    if plan.open is None or not plan.open.paused or not (queued or (plan.is_ours(plan.open) and plan.of("again"))):
        return None
    return MlopsctlError(
        f"backfill {plan.open.id} of {plan.dag.dag_id} is paused: its queued runs would not start.",
        hint=Hint.of("backfills", "resume", plan.open.id),
        code="backfill-paused",
    )


def active(dag_id: str, backfill_id: int, why: str) -> MlopsctlError:
    """A backfill is at work on the DAG."""
    return MlopsctlError(
        f"backfill {backfill_id} is already active on {dag_id}: {why}.",
        hint=Hint.of(
            "backfills",
            "watch",
            backfill_id,
            note="or to end it:",
            other=(
                "backfills",
                "cancel",
                str(backfill_id),
            ),
        ),
        code="backfill-active",
    )


def _past(api: AirflowApi, plan: BackfillPlan) -> MlopsctlError | None:
    """What Airflow does not do with tasks that wait for their run of the date before."""
    only_missing = plan.engine == "airflow" and plan.request.only == "missing" and not plan.request.everything
    if not (plan.request.reverse or only_missing) or not api.depends_on_past(plan.dag.dag_id):
        return None
    if plan.request.reverse:
        return MlopsctlError(
            f"{plan.dag.dag_id} has tasks with depends_on_past: in reverse each would wait for the one after it.",
            hint="leave out --reverse",
            code="depends-on-past",
        )
    return MlopsctlError(
        f"{plan.dag.dag_id} has tasks with depends_on_past: a missing date after a failed one could never run.",
        hint="leave out --only missing, so that the failed dates run again too",
        code="depends-on-past",
    )
