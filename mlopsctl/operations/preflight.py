"""Reasons why a run of a DAG cannot be created, or would not start. Each check returns an error with its remedy, or
None."""

import textwrap
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.files import tail
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails
from mlopsctl.core.paths import SERVICES
from mlopsctl.operations.services import airflow_health
from mlopsctl.operations.target import Target

FindLog = Callable[[str], Path | None]  # the log of a service; None: this home does not run the service
LOG_LINES, LOG_WIDTH = 6, 150  # how much of that log is shown


def unhealthy_component(api: AirflowApi, find_log: FindLog | None = None) -> MlopsctlError | None:
    """The first component of Airflow that is not healthy, with the end of its log. Raises Unavailable."""
    own = [service for service in SERVICES if not find_log or find_log(service)]
    found = airflow_health.find_unhealthy(api, ignore_absent=True, own=own)
    if not found:
        return None
    service, error = found
    log = find_log(service) if find_log else None
    if not log:
        return error
    text = tail(log, LOG_LINES)
    lines = (textwrap.shorten(line, LOG_WIDTH, placeholder=" …") for line in text.splitlines())
    end = "\n".join(f"  {line}" for line in lines)
    message = f"{error.message} The end of its log:\n{end}" if end else error.message
    return MlopsctlError(
        message, hint=airflow_health.remedy(service, text, Hint.of("restart", service)), code=error.code
    )


def import_error(api: AirflowApi, dag: DagDetails) -> MlopsctlError | None:
    """Airflow cannot read the current version of the DAG's file."""
    if not dag.has_import_errors:
        return None
    from mlopsctl.operations.dags.import_errors.listing import diagnose  # a slow import, needed only here

    reports = [report for report in api.import_errors() if report.file in (dag.relative_file, dag.file)]
    reason = diagnose(reports[0]).message if reports else "Airflow gives no reason"
    return MlopsctlError(
        f"Airflow cannot import {dag.file}, the file of {dag.dag_id}: {reason}",
        hint=Hint.of("dags", "errors"),
        code="import-error",
    )


def missing_dag(dag: DagDetails) -> MlopsctlError | None:
    """Airflow accepts runs of a DAG that is no longer in its file, but never starts them."""
    if not dag.stale:
        return None
    return MlopsctlError(
        f"Airflow no longer finds the DAG {dag.dag_id} in {dag.file}: the file is gone, or the DAG was removed from it."
        " A run would not start.",
        hint=Hint.of("link", "list", note="to link the file again:", other=("link", "add", "PATH")),
        code="dag-gone",
    )


def feature_store_down(target: Target, dag_id: str) -> MlopsctlError | None:
    """MariaDB does not run, if it is this home's own and the DAG writes to a table there."""
    output = target.settings.output_table(dag_id)
    if not output or not target.stopped_service("mariadb"):
        return None
    return MlopsctlError(
        f"mariadb is not running, so no run of {dag_id} could write to {output[0]}.",
        hint=Hint.of("start", "mariadb"),
        code="mariadb-down",
    )


def paused(dag: DagDetails, unpause: bool) -> MlopsctlError | None:
    """The DAG is paused, and will not be unpaused."""
    if not dag.paused or unpause:
        return None
    return MlopsctlError(
        f"{dag.dag_id} is paused, so its runs would stay queued.", hint="add --unpause to the command", code="paused"
    )


def not_started_yet(dag: DagDetails, day: date, now: datetime, hint: str) -> UsageError | None:
    """Airflow starts no task before the logical date of its run. East of Greenwich, the logical date of a DAG without a
    schedule is some hours after the local day has begun."""
    at = dates.logical_date_of(day, dag.timezone)
    if dag.periodic or at <= now:
        return None
    local = at.astimezone(dates.load_timezone(dag.timezone))
    return UsageError(
        f"the run of {day} cannot start before its logical date, {local:%Y-%m-%d %H:%M} {dag.timezone}.",
        hint=hint,
        code="empty-range",
    )


def interval_not_settable(api: AirflowApi, dag: DagDetails) -> str:
    """Why a run through the API would not have the data interval of its date, as a sentence."""
    return (
        f"the API of Airflow {api.capabilities.version} cannot set the data interval of a run: a run of {dag.dag_id} "
        "would get the interval before its date, not the one that its schedule gives it."
    )
