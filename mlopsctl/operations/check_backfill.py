"""Why a backfill must not begin: each reason is one sentence with its remedy, found before anything is created."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mlopsctl import dates
from mlopsctl.adapters.airflow_api import ACTIVE, AirflowApi
from mlopsctl.errors import MlopsctlError
from mlopsctl.model import DagDetails
from mlopsctl.operations import components, dags

if TYPE_CHECKING:
    from mlopsctl.operations.plan_backfill import BackfillPlan


def check(api: AirflowApi, plan: "BackfillPlan") -> "BackfillPlan":
    """The plan with the first obstacle found, and with the backfill that is open on its DAG."""
    if not plan.waits:
        return plan
    plan = replace(plan, open=api.active_backfill(plan.dag.dag_id)) if plan.dag.periodic else plan
    obstacle = (
        components.dead(api, absent_is_well=True)
        or import_error(api, plan.dag)
        or paused(plan.dag, plan.wish.unpause)
        or outside(plan.dag, [run.logical_date for run in plan.runs if run.action != "kept"])
        or _other_backfill(api, plan)
        or _past(api, plan)
    )
    return replace(plan, obstacle=obstacle)


def import_error(api: AirflowApi, dag: DagDetails) -> MlopsctlError | None:
    """Why Airflow cannot read the file of a DAG that it knew."""
    if not dag.has_import_errors:
        return None
    reports = [r for r in api.import_errors() if r.file == dag.relative_file]
    why = dags.explain(reports[0]).message if reports else "Airflow does not say why"
    return MlopsctlError(
        f"{dag.file}, the file of {dag.dag_id}, cannot be imported: {why}",
        hint="mlopsctl dags errors",
        code="import-error",
    )


def paused(dag: DagDetails, unpause: bool) -> MlopsctlError | None:
    """A paused DAG that is not to be unpaused."""
    if not dag.paused or unpause:
        return None
    return MlopsctlError(
        f"{dag.dag_id} is paused: its runs would stay queued.",
        hint="say it again with --unpause",
        code="paused",
    )


def outside(dag: DagDetails, instants: Sequence[datetime]) -> MlopsctlError | None:
    """Of a run before the DAG's start date or after its end date Airflow makes a success, and runs no task in it."""
    early = [at for at in instants if dag.start and at < dag.start]
    late = [at for at in instants if dag.end and at > dag.end]
    if not early and not late:
        return None
    zone = dates.zone(dag.timezone)
    border = dag.start if early else dag.end
    assert border  # noqa: S101  # one of them was crossed
    day = border.astimezone(zone).date()
    if early and dates.day_bounds(day, day, dag.timezone)[0] < border:
        day += timedelta(days=1)  # a start in the middle of a day: the first whole one
    word, option = ("starts", "--from") if early else ("ends", "--to")
    return MlopsctlError(
        f"{dag.dag_id} {word} on {border.astimezone(zone):%Y-%m-%d %H:%M} {dag.timezone}: in {len(early or late)} of "
        "these runs no task would run, and Airflow would call them a success.",
        hint=f"narrow the range with {option} {day}, or change the {word[:-1]}_date of the DAG",
        code="outside",
    )


def _other_backfill(api: AirflowApi, plan: "BackfillPlan") -> MlopsctlError | None:
    """Airflow allows one per DAG. One whose runs have all ended is only waiting to be closed, and so are we."""
    if plan.open is None or plan.ours or (not plan.of("new") and not plan.of("again")):
        return None
    moving = api.count_runs(plan.dag.dag_id, plan.open.start, plan.open.end, ACTIVE)
    return active(api, plan.open.dag_id, plan.open.id, f"{moving} of its runs have not ended") if moving else None


def active(api: AirflowApi, dag_id: str, backfill_id: int, why: str) -> MlopsctlError:
    """A backfill is at work on the DAG."""
    return MlopsctlError(
        f"backfill {backfill_id} is already active on {dag_id}: {why}.",
        hint=f"wait until it has ended; watch, pause or cancel it in Airflow: {_page(api, dag_id)}",
        code="backfill-active",
    )


def _page(api: AirflowApi, dag_id: str) -> str:
    return f"{api.base_url}/dags/{dag_id}/backfills"


def _past(api: AirflowApi, plan: "BackfillPlan") -> MlopsctlError | None:
    """What Airflow does not do with tasks that wait for their run of the date before."""
    only_missing = plan.engine == "airflow" and plan.wish.only == "missing" and not plan.wish.everything
    if not (plan.wish.reverse or only_missing) or not api.depends_on_past(plan.dag.dag_id):
        return None
    if plan.wish.reverse:
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
