"""Reading DAG files in the managed Airflow's Python, by `airflow_scripts/read_dag_files.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlopsctl.adapters.airflow.programs import SCRIPTS, AirflowPrograms

SCRIPT = "read_dag_files"
# Seconds for a file. After 30, Airflow ends the import, if it can: [core] dagbag_import_timeout.
TIME_LIMIT = 35.0


@dataclass(frozen=True)
class EarlyEnd:
    """The end of a process that had not answered. `code`: its exit code, if it exited. `signal`: the name of the signal
    that ended it. Neither: it was ended after TIME_LIMIT. `stack`: paths and lines in the file and what it calls, the
    innermost last; empty if unknown. `size`: the bytes of memory that it took."""

    code: int | None
    signal: str
    stack: tuple[tuple[str, int], ...]
    size: int


@dataclass(frozen=True)
class ReadFile:
    """What the reading of a file or zip file gave. `errors`: a traceback by path; a member of a zip file is below it.
    `seconds`: without the time in which others had the CPU. `early_end`: its process ended without an answer."""

    dag_ids: tuple[str, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    early_end: EarlyEnd | None = None


def read(airflow: AirflowPrograms, files: Sequence[Path]) -> list[ReadFile]:
    """In the order of `files`. Takes as long as Airflow's start, and TIME_LIMIT for a file at most. Raises
    MlopsctlError."""
    names = list(map(str, files))
    request = {"dags_folder": str(airflow.home.dags), "files": names, "seconds": TIME_LIMIT}
    answers = airflow.run_script(SCRIPT, request)["files"]
    return [_read_file(name, answer) for name, answer in zip(names, answers, strict=True)]


def _read_file(name: str, answer: Mapping[str, Any]) -> ReadFile:
    if "dag_ids" in answer:
        return ReadFile(tuple(answer["dag_ids"]), tuple(answer["errors"].items()), answer["seconds"])
    first = next((n for n, (path, _) in enumerate(answer["stack"]) if path.startswith(name)), len(answer["stack"]))
    own = ((path, line) for path, line in answer["stack"][first:] if not path.startswith(str(SCRIPTS)))
    return ReadFile(early_end=EarlyEnd(answer["exit"], answer["signal"], tuple(own), answer["bytes"]))
