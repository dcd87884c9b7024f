"""The proof that all of it works."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from mlopsctl.core.deadline import Deadline
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.operations.dags import folder_walk, import_errors
from mlopsctl.operations.services import airflow_health
from mlopsctl.operations.setup.request import Request

PARSE_SECONDS = 90.0  # until every DAG file must have been read; airflow.cfg has each read anew every 60


@dataclass(frozen=True)
class Verify:
    """Every component healthy, every DAG file read, no import error; or it says which.

    `since`: when the command began. What Airflow could not import before may have been mended by now."""

    request: Request
    name: str = "verify"
    needs: Sequence[str] = ("start", "link", "seed")
    since: datetime = field(default_factory=lambda: datetime.now(UTC))

    def todo(self) -> str:
        return ""

    def do(self) -> Iterator[str]:
        yield from ()

    def detail(self) -> str:
        api = self.request.platform.api
        own = [program.name for program in self.request.platform.programs()]
        if dead := airflow_health.dead(api, absent_is_well=False, own=own):
            raise dead[1]
        files = self._wait_for_files()
        return f"all components healthy, DAG files read: {files}, no import error"

    def _wait_for_files(self) -> int:
        deadline = Deadline(PARSE_SECONDS)
        while True:
            expected = folder_walk.walk(self.request.platform.home.dags).defining_dags
            errors = import_errors.failed_imports(self.request.platform)
            if last := next((error for error in errors if error.at and error.at > self.since), None):
                raise _broken(last)
            unread = expected - {Path(dag.file).resolve() for dag in self.request.platform.api.dags()}
            if not errors and not unread:
                return len(expected)
            if deadline.expired:
                raise _broken(errors[0]) if errors else _unread(unread)
            time.sleep(0.3)


def _broken(error: ImportErrorReport) -> MlopsctlError:
    last = error.traceback.strip().rpartition("\n")[2]
    return MlopsctlError(
        f"{error.file} cannot be imported: {last}", hint=Hint.of("dags", "errors"), code="import-error"
    )


def _unread(files: set[Path]) -> MlopsctlError:
    named = ", ".join(map(str, sorted(files)))
    return MlopsctlError(f"no DAG was found in {named}.", hint=Hint.of("logs", "dag-processor"), code="no-dag")
