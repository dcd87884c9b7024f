"""Having Airflow read the DAG files again, and waiting until it has."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline
from mlopsctl.core.errors import MlopsctlError, TimedOut, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.core.states import ALIVE_SERVICE_STATES, ServiceAction, ServiceState, StepState
from mlopsctl.core.steps import Step
from mlopsctl.core.text import plural
from mlopsctl.operations.dags.files import dag_definitions, folder_walk
from mlopsctl.operations.dags.import_errors import obstacles, unreported
from mlopsctl.operations.dags.import_errors.listing import failed_imports
from mlopsctl.operations.dags.import_errors.unreported import Outcome
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle

STALLED = 90.0  # seconds in which Airflow reads none of the files; the dag-processor allows each file 50
SLOW = 5.0  # seconds in which Airflow reads none of them, after which they are read here
API_SERVER = "Airflow's API server"
POLL_INTERVAL = 0.3
PROCESSOR = "dag-processor"


def is_airflow_running(platform: Platform) -> bool:
    """Whether the API server runs, and the dag-processor, which reads the files, or whether that will be started again:
    links that form a loop, or a zip file that it cannot unpack, have ended it."""
    states = {name: status.state for name, status in platform.supervisor.states().items()}
    alive = (*ALIVE_SERVICE_STATES, ServiceState.BACKOFF, ServiceState.EXITED)
    return states.get("api-server") == ServiceState.RUNNING and states.get(PROCESSOR) in alive


def run(platform: Platform, *, restart: bool, clock: Clock = SYSTEM_CLOCK) -> Iterator[Step]:
    """`restart`: restart the dag-processor, which clears its memory and makes it read every file; otherwise ask it to
    read the files of all known DAGs. The last step is `failed` if files still cannot be imported."""
    began, since = clock.monotonic(), datetime.now(UTC)
    if found := obstacles.find(platform):
        yield Step("read", StepState.FAILED, "", 0.0, obstacles.as_error(found[0]))
        return
    if restart:
        for step in lifecycle.run(platform, ServiceAction.RESTART, (PROCESSOR,)):
            yield step
            if step.error:
                return
    else:
        _request_reparse(platform.api)
    for error in _duplicate_dags(platform):
        yield Step("dag-ids", StepState.FAILED, "", 0.0, error)
    outcome = Outcome()
    for step in _wait(platform, since, outcome, clock):
        yield step
        if step.error:
            return
    yield _result(platform, outcome.reports, clock.monotonic() - began)


def _wait(platform: Platform, since: datetime, outcome: Outcome, clock: Clock) -> Iterator[Step]:
    """`outcome`: what is found out about files that Airflow says nothing about."""
    began, left, stalled, slow = clock.monotonic(), sys.maxsize, Deadline(STALLED, clock), Deadline(SLOW, clock)
    while unread := [name for name in _unread(platform, since) if name not in outcome.settled]:
        if len(unread) < left:
            left = len(unread)
            stalled.renew()
            slow.renew()
        more = f" and {len(unread) - 1} more" if len(unread) > 1 else ""
        yield Step("read", StepState.RUNNING, f"waiting for {unread[0]}{more}", clock.monotonic() - began)
        if stalled.expired:
            yield Step("read", StepState.FAILED, "", clock.monotonic() - began, _stalled(unread))
            return
        if slow.expired and API_SERVER not in unread:
            detail = f"reading {plural(len(unread), 'file')} that Airflow has not read"
            yield Step("read", StepState.RUNNING, detail, clock.monotonic() - began)
            found = unreported.read(platform, unread)
            outcome.reports += found.reports
            outcome.settled |= found.settled
            slow = Deadline(STALLED, clock)  # once
        clock.sleep(POLL_INTERVAL)


def _duplicate_dags(platform: Platform) -> Iterator[MlopsctlError]:
    tree = folder_walk.walk(platform.home.dags)
    for dag_id, paths in dag_definitions.duplicates(dag_definitions.find(tree)).items():
        yield MlopsctlError(
            f"{' and '.join(map(tree.relative, paths))} define the same DAG, {dag_id}; Airflow shows one of them.",
            hint="give each DAG an id of its own",
            code="duplicate-dag",
        )


def _request_reparse(api: AirflowApi) -> None:
    """One request per file."""
    for token in {dag.relative_file: dag.file_token for dag in api.dags()}.values():
        api.reparse_file(token)


def _unread(platform: Platform, since: datetime) -> list[str]:
    """The files that Airflow has not read since then."""
    try:
        dags, errors = platform.api.dags(), failed_imports(platform)
    except Unavailable:
        return [API_SERVER]
    failed = {error.file: bool(error.at and error.at > since) for error in errors}
    read: dict[str, bool] = {}
    for dag in dags:
        if Path(dag.file).exists() and dag.relative_file not in failed:
            parsed = bool(dag.parsed_at and dag.parsed_at > since)
            read[dag.relative_file] = read.get(dag.relative_file, False) or parsed
    tree = folder_walk.walk(platform.home.dags)
    files = dag_definitions.not_listed(dag_definitions.find(tree), dags)
    new = sorted({tree.relative(file.path) for file in files} - set(failed))
    return [*(name for name, done in sorted({**read, **failed}.items()) if not done), *new]


def _stalled(unread: list[str]) -> MlopsctlError:
    return TimedOut(
        f"in {STALLED:.0f} s Airflow has not read {', '.join(unread[:5])}; or the file no longer contains a DAG.",
        hint=Hint.of("logs", "dag-processor", "-n", "50"),
    )


def _result(platform: Platform, unreported_errors: list[ImportErrorReport], seconds: float) -> Step:
    by_file = {error.file: error for error in [*unreported_errors, *failed_imports(platform)]}
    if errors := list(by_file.values()):
        return Step("read", StepState.FAILED, "", seconds, _still_failing(errors))
    files = {dag.file for dag in platform.api.dags()}
    return Step("read", StepState.CHANGED, f"{plural(len(files), 'DAG file')}, no import errors", seconds)


def _still_failing(errors: list[ImportErrorReport]) -> MlopsctlError:
    files = plural(len(errors), "DAG file")
    return MlopsctlError(
        f"Airflow still cannot import {files}: {', '.join(error.file for error in errors)}.",
        hint=Hint.of("dags", "errors"),
        code="import-error",
    )
