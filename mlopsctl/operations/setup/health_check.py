"""Check that the platform works: healthy components, all DAG files read, no import errors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.operations.dags.files import dag_definitions, folder_walk
from mlopsctl.operations.dags.import_errors import listing, unreported
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import airflow_health
from mlopsctl.operations.setup.request import SetupRequest

PARSE_TIMEOUT = 90.0  # seconds until Airflow must have read every DAG file; airflow.cfg has each read every 60 s
HEARTBEAT_TIMEOUT = 30.0  # seconds for the next heartbeat; they come every 5 s, except on a busy machine
POLL_INTERVAL = 0.3


@dataclass(frozen=True)
class HealthCheck:
    """`since`: when the command started. An import error from before may have been fixed in the meantime."""

    request: SetupRequest
    name: str = "verify"
    needs: Sequence[str] = ("start", "link", "seed")
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: Clock = SYSTEM_CLOCK

    def todo(self) -> str:
        return ""

    def do(self) -> Iterator[str]:
        yield from ()

    def detail(self) -> str:
        self._wait_for_components()
        return f"all components healthy, DAG files read: {self._wait_for_dag_files()}, no import errors"

    def _wait_for_components(self) -> None:
        """All have sent a heartbeat since their start, but the first may be too old by now. Raises MlopsctlError."""
        platform, deadline = self.request.platform, Deadline(HEARTBEAT_TIMEOUT, self.clock)
        own = [program.name for program in platform.programs()]
        while unhealthy := airflow_health.find_unhealthy(platform.api, ignore_absent=False, own=own):
            if deadline.expired:
                raise unhealthy[1]
            self.clock.sleep(POLL_INTERVAL)

    def _wait_for_dag_files(self) -> int:
        """The number of DAG files that Airflow has read, once all that are known to define one are among them. Raises
        MlopsctlError."""
        platform, deadline = self.request.platform, Deadline(PARSE_TIMEOUT, self.clock)
        while True:
            defined = dag_definitions.find(folder_walk.walk(platform.home.dags))
            errors = listing.failed_imports(platform)
            if recent := next((error for error in errors if error.at and error.at > self.since), None):
                raise _import_error(recent)
            dags = platform.api.dags()
            missing = dag_definitions.not_listed(defined, dags)
            if not errors and not missing:
                return len({Path(dag.file).resolve() for dag in dags})
            if deadline.expired:
                raise _import_error(errors[0]) if errors else _not_read(platform, [file.path for file in missing])
            self.clock.sleep(POLL_INTERVAL)


def _import_error(error: ImportErrorReport) -> MlopsctlError:
    last = error.traceback.strip().rpartition("\n")[2]
    return MlopsctlError(
        f"{error.file} cannot be imported: {last}", hint=Hint.of("dags", "errors"), code="import-error"
    )


def _not_read(platform: Platform, files: list[Path]) -> MlopsctlError:
    """Of some errors, Airflow keeps no record."""
    dags = platform.home.dags
    if reports := unreported.read(platform, [str(file.relative_to(dags)) for file in files]).reports:
        return _import_error(reports[0])
    names = ", ".join(map(str, sorted(files)))
    return MlopsctlError(f"no DAG was found in {names}.", hint=Hint.of("logs", "dag-processor"), code="no-dag")
