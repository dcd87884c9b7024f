"""The proof that all of it works."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.errors import MlopsctlError
from mlopsctl.operations import components
from mlopsctl.operations.setup.request import Request

AT_TOP = re.compile(r"^(with DAG\(|\w+ = DAG\(|DAG\(|@dag\b)", re.MULTILINE)  # in a function it may make none
PARSE_SECONDS = 60.0  # until every DAG file must have been read


@dataclass(frozen=True)
class Verify:
    """Every component healthy, every DAG file read, no import error; or it says which."""

    request: Request
    name: str = "verify"
    needs: Sequence[str] = ("start", "link", "seed")

    def todo(self) -> str:
        return ""

    def do(self) -> Iterator[str]:
        yield from ()

    def detail(self) -> str:
        api = self.request.platform.api
        own = [program.name for program in self.request.platform.programs()]
        if dead := components.dead(api, absent_is_well=False, own=own):
            raise dead[1]
        files = self._wait_for_files()
        return f"all components healthy, DAG files read: {files}, no import error"

    def _wait_for_files(self) -> int:
        expected = dag_files(self.request.platform.home.dags)
        until = time.monotonic() + PARSE_SECONDS
        while True:
            api = self.request.platform.api
            if errors := api.import_errors():
                last = errors[0].traceback.strip().rpartition("\n")[2]
                raise MlopsctlError(
                    f"{errors[0].file} cannot be imported: {last}", hint="mlopsctl dags errors", code="import-error"
                )
            unread = expected - {Path(d.file).resolve() for d in api.dags()}
            if not unread:
                return len(expected)
            if time.monotonic() > until:
                raise MlopsctlError(
                    f"no DAG was found in {', '.join(map(str, sorted(unread)))}.",
                    hint="mlopsctl logs dag-processor",
                    code="no-dag",
                )
            time.sleep(0.3)


def dag_files(folder: Path) -> set[Path]:
    """The real paths of the files below `folder`, links followed, that make a DAG."""
    found = set()
    for top in folder.iterdir():
        for path in [top] if top.is_file() else top.rglob("*.py"):
            text = path.read_text(encoding="utf-8", errors="replace") if path.suffix == ".py" else ""
            if "airflow" in text and AT_TOP.search(text):
                found.add(path.resolve())
    return found
