"""Having Airflow read the DAG files again, now, and waiting until it has."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError, TimedOut, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations.dags import folder_walk, listing
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle

PATIENCE = 90.0  # seconds in which no file is read; the dag-processor gives each file 50
PAUSE = 0.3
PROCESSOR = "dag-processor"


def runs(platform: Platform) -> bool:
    """Whether there is an Airflow that could read them: who reads and who is asked."""
    states = platform.supervisor.states()
    return all(name in states and states[name].state == "running" for name in (PROCESSOR, "api-server"))


def again(platform: Platform, *, restart: bool) -> Iterator[Step]:
    """`restart` the dag-processor: what it holds in memory goes, and it reads every file. Else it is asked for the
    files that it knows DAGs of. The last step is `failed` where files cannot be imported even so."""
    began, since = time.monotonic(), datetime.now(UTC)
    if refused := _refused(platform):
        yield Step("read", StepState.FAILED, "", 0.0, refused)
        return
    if restart:
        for step in lifecycle.run(platform, "restart", (PROCESSOR,)):
            yield step
            if step.error:
                return
    else:
        _ask(platform.api)
    left, moved = -1, time.monotonic()
    while unread := _unread(platform, since):
        seconds = time.monotonic() - began
        if len(unread) != left:
            left, moved = len(unread), time.monotonic()
        if time.monotonic() - moved > PATIENCE:
            yield Step("read", StepState.FAILED, "", seconds, _late(unread))
            return
        more = f" and {len(unread) - 1} more" if len(unread) > 1 else ""
        yield Step("read", StepState.RUNNING, f"waiting for {unread[0]}{more}", seconds)
        time.sleep(PAUSE)
    yield _result(platform, time.monotonic() - began)


def _refused(platform: Platform) -> MlopsctlError | None:
    """Why Airflow reads no file at all."""
    tree = folder_walk.walk(platform.home.dags)
    twice = [*tree.again, *tree.loops]
    if not twice:
        return None
    return MlopsctlError(
        f"Airflow reads no DAG file as long as it reaches a directory twice, as by {tree.named(twice[0][0])}.",
        hint=Hint.of("doctor", "--fix", "--only", "dags"),
        code="reached-twice",
    )


def _ask(api: AirflowApi) -> None:
    """One request for each file."""
    for token in {dag.relative_file: dag.token for dag in api.dags()}.values():
        api.reparse_file(token)


def _unread(platform: Platform, since: datetime) -> list[str]:
    """The files that have not been read since."""
    try:
        found, errors = platform.api.dags(), listing.failed(platform)
    except Unavailable:
        return ["Airflow's API server"]
    failed = {error.file: bool(error.at and error.at > since) for error in errors}
    read: dict[str, bool] = {}
    for dag in found:
        if Path(dag.file).exists() and dag.relative_file not in failed:
            read[dag.relative_file] = read.get(dag.relative_file, False) or bool(dag.parsed and dag.parsed > since)
    known = {Path(dag.file).resolve() for dag in found} | {(platform.home.dags / name).resolve() for name in failed}
    new = [str(path) for path in sorted(folder_walk.walk(platform.home.dags).certain - known)]
    return [*(name for name, done in sorted({**read, **failed}.items()) if not done), *new]


def _late(unread: list[str]) -> MlopsctlError:
    return TimedOut(
        f"for {PATIENCE:.0f} s Airflow has not read {', '.join(unread[:5])}, or no DAG is in there any more.",
        hint=Hint.of("logs", "dag-processor", "-n", "50"),
    )


def _result(platform: Platform, seconds: float) -> Step:
    stay = [error.file for error in listing.failed(platform)]
    if not stay:
        return Step(
            "read",
            StepState.CHANGED,
            f"{len({dag.file for dag in platform.api.dags()})} DAG files, no import error",
            seconds,
        )
    words = "1 file still cannot" if len(stay) == 1 else f"{len(stay)} files still cannot"
    error = MlopsctlError(
        f"{words} be imported: {', '.join(stay)}.", hint=Hint.of("dags", "errors"), code="import-error"
    )
    return Step("read", StepState.FAILED, "", seconds, error)
