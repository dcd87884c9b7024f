"""Having Airflow read the DAG files again, and waiting until it has."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline
from mlopsctl.core.errors import MlopsctlError, TimedOut, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.core.states import ServiceAction, ServiceState, StepState
from mlopsctl.core.steps import Step
from mlopsctl.core.text import plural
from mlopsctl.operations.dags import folder_walk
from mlopsctl.operations.dags.import_errors import failed_imports
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle

STALLED = 90.0  # seconds in which Airflow reads none of the files; the dag-processor allows each file 50
POLL_INTERVAL = 0.3
PROCESSOR = "dag-processor"


def is_airflow_running(platform: Platform) -> bool:
    """Whether the dag-processor, which reads the files, and the API server both run."""
    states = platform.supervisor.states()
    return all(n in states and states[n].state == ServiceState.RUNNING for n in (PROCESSOR, "api-server"))


def run(platform: Platform, *, restart: bool, clock: Clock = SYSTEM_CLOCK) -> Iterator[Step]:
    """`restart`: restart the dag-processor, which clears its memory and makes it read every file; otherwise ask it to
    read the files of all known DAGs. The last step is `failed` if files still cannot be imported."""
    began, since = clock.monotonic(), datetime.now(UTC)
    if error := _duplicate_directory(platform):
        yield Step("read", StepState.FAILED, "", 0.0, error)
        return
    if restart:
        for step in lifecycle.run(platform, ServiceAction.RESTART, (PROCESSOR,)):
            yield step
            if step.error:
                return
    else:
        _request_reparse(platform.api)
    left, stalled = -1, Deadline(STALLED, clock)
    while unread := _unread(platform, since):
        if len(unread) != left:
            left = len(unread)
            stalled.renew()
        if stalled.expired:
            yield Step("read", StepState.FAILED, "", clock.monotonic() - began, _stalled(unread))
            return
        more = f" and {len(unread) - 1} more" if len(unread) > 1 else ""
        yield Step("read", StepState.RUNNING, f"waiting for {unread[0]}{more}", clock.monotonic() - began)
        clock.sleep(POLL_INTERVAL)
    yield _result(platform, clock.monotonic() - began)


def _duplicate_directory(platform: Platform) -> MlopsctlError | None:
    """Why Airflow reads no file at all."""
    tree = folder_walk.walk(platform.home.dags)
    found = [*tree.duplicates, *tree.loops]
    if not found:
        return None
    return MlopsctlError(
        f"Airflow reads no DAG files because it reaches a directory twice, through {tree.relative(found[0][0])}.",
        hint=Hint.of("doctor", "--fix", "--only", "dags"),
        code="reached-twice",
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
        return ["Airflow's API server"]
    failed = {error.file: bool(error.at and error.at > since) for error in errors}
    read: dict[str, bool] = {}
    for dag in dags:
        if Path(dag.file).exists() and dag.relative_file not in failed:
            parsed = bool(dag.parsed_at and dag.parsed_at > since)
            read[dag.relative_file] = read.get(dag.relative_file, False) or parsed
    known = {Path(dag.file).resolve() for dag in dags} | {(platform.home.dags / name).resolve() for name in failed}
    new = [str(path) for path in sorted(folder_walk.walk(platform.home.dags).defining_dags - known)]
    return [*(name for name, done in sorted({**read, **failed}.items()) if not done), *new]


def _stalled(unread: list[str]) -> MlopsctlError:
    return TimedOut(
        f"in {STALLED:.0f} s Airflow has not read {', '.join(unread[:5])}; or the file no longer contains a DAG.",
        hint=Hint.of("logs", "dag-processor", "-n", "50"),
    )


def _result(platform: Platform, seconds: float) -> Step:
    if errors := failed_imports(platform):
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
