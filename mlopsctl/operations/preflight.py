"""Why a run of a DAG cannot be, or would not start: each reason is one sentence with its remedy."""

import textwrap
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.supervisor.control import ALIVE, tail
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails
from mlopsctl.core.paths import SERVICES
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import airflow_health

Logs = Callable[[str], Path | None]  # the log of a service; None: this home does not run it itself
LINES, WIDTH = 6, 150  # of that log, what is shown


def dead_component(api: AirflowApi, logs: Logs | None = None) -> MlopsctlError | None:
    """The first part of Airflow that is not alive, with the end of its log. Raises Unavailable."""
    own = [service for service in SERVICES if not logs or logs(service)]
    found = airflow_health.dead(api, absent_is_well=True, own=own)
    if not found:
        return None
    service, error = found
    log = logs(service) if logs else None
    if not log:
        return error
    lines = (textwrap.shorten(line, WIDTH, placeholder=" …") for line in tail(log, LINES).splitlines())
    end = "\n".join(f"  {line}" for line in lines)
    words = f"{error.message} The end of its log:\n{end}" if end else error.message
    return MlopsctlError(words, hint=Hint.of("restart", service), code=error.code)


def import_error(api: AirflowApi, dag: DagDetails) -> MlopsctlError | None:
    """Why Airflow cannot read the file of a DAG that it knew."""
    if not dag.has_import_errors:
        return None
    from mlopsctl.operations.dags.import_errors import explain  # all that it knows of causes is needed only here

    reports = [r for r in api.import_errors() if r.file == dag.relative_file]
    why = explain(reports[0]).message if reports else "Airflow does not say why"
    return MlopsctlError(
        f"{dag.file}, the file of {dag.dag_id}, cannot be imported: {why}",
        hint=Hint.of("dags", "errors"),
        code="import-error",
    )


def gone(dag: DagDetails) -> MlopsctlError | None:
    """Airflow still takes runs of a DAG that it does not find any more, and never starts one."""
    if not dag.stale:
        return None
    return MlopsctlError(
        f"Airflow finds no DAG {dag.dag_id} in {dag.file} any more: the file is gone, or the DAG is not in it, and no "
        "run would start.",
        hint=Hint.of(
            "link",
            "list",
            note="to have it back:",
            other=(
                "link",
                "add",
                "PATH",
            ),
        ),
        code="dag-gone",
    )


def closed_store(platform: Platform, dag_id: str) -> MlopsctlError | None:
    """The feature store that does not run, where it is this home's own and the DAG is known to fill a table there."""
    settings = platform.settings
    filled = settings.filled_by(dag_id)
    if settings.external_feature_store or not filled:
        return None
    status = platform.supervisor.states().get("mariadb")
    if status and status.state in ALIVE:
        return None
    return MlopsctlError(
        f"mariadb does not run: no run of {dag_id} could fill {filled[0]}.",
        hint=Hint.of("start", "mariadb"),
        code="mariadb-down",
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


def to_come(dag: DagDetails, day: date, now: datetime, hint: str) -> UsageError | None:
    """Airflow gives a run no task before its logical date. East of Greenwich, that of a DAG without a schedule comes
    hours after its day has begun."""
    at = dates.logical_date_of(day, dag.timezone)
    if dag.periodic or at <= now:
        return None
    there = at.astimezone(dates.zone(dag.timezone))
    return UsageError(
        f"the run of {day} can begin at {there:%Y-%m-%d %H:%M} {dag.timezone}: that is its logical date, before which "
        "Airflow gives it no task.",
        hint=hint,
        code="empty-range",
    )


def outside(
    dag: DagDetails, instants: Sequence[datetime], said: Literal["--from", "--dates", "--date"] = "--from"
) -> MlopsctlError | None:
    """Of a run before the DAG's start date or after its end date Airflow makes a success, and runs no task in it.

    `said`: how the runs were named, as a range, as days, or as the one that is meant.
    """
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
    word, option, end, beyond = ("starts", "--from", "first", "before") if early else ("ends", "--to", "last", "after")
    which, them = ("this run", "it") if said == "--date" else (f"{len(early or late)} of these runs", "them")
    remedy = {
        "--from": f"narrow the range with {option} {day}",
        "--dates": f"leave out the days {beyond} {day}",
        "--date": f"say --date {day}, its {end} day",
    }[said]
    if said == "--from" and len(early or late) == len(instants):  # no narrower range would do
        remedy = f"take days {'from' if early else 'up to'} {day}{' on' if early else ''}"
    return MlopsctlError(
        f"{dag.dag_id} {word} on {border.astimezone(zone):%Y-%m-%d %H:%M} {dag.timezone}: in {which} no task would "
        f"run, and Airflow would call {them} a success.",
        hint=f"{remedy}, or change the {word[:-1]}_date of the DAG",
        code="outside",
    )
