"""DAG files of which Airflow shows neither a DAG nor an error: read here, to find out why.

Airflow records nothing if the process that reads a file ends before it answers (3.3.2), and soon drops the errors of
files in a zip file.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlopsctl.adapters.airflow import dag_file_reader
from mlopsctl.adapters.airflow.dag_file_reader import EarlyEnd, ReadFile
from mlopsctl.core.model import DagDetails, ImportErrorReport
from mlopsctl.operations.dags.files import dag_definitions, folder_walk, zip_files
from mlopsctl.operations.dags.import_errors import obstacles
from mlopsctl.operations.platform import Platform

SETTLED = 30.0  # seconds after which Airflow should have read a changed file


@dataclass
class Outcome:
    """`reports`: why files cannot be imported. `settled`: the names of the files that Airflow will not list as they are
    now, also because they define no DAG any more, or only DAGs that Airflow lists from another file."""

    reports: list[ImportErrorReport] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)


def find_suspects(platform: Platform, failed: Collection[str]) -> list[str]:
    """The files that Airflow should have read, by name. `failed`: those of which it has an error. Raises
    MlopsctlError."""
    if obstacles.find(platform):  # then it reads none
        return []
    tree, dags = folder_walk.walk(platform.home.dags), platform.api.dags()
    names = [tree.relative(file.path) for file in dag_definitions.not_listed(dag_definitions.find(tree), dags)]
    names += [dag.relative_file for dag in dags if _is_outdated(dag)]
    return sorted(set(names) - set(failed))


def _is_outdated(dag: DagDetails) -> bool:
    path = Path(dag.file)
    changed = path.stat().st_mtime if path.is_file() else 0.0
    return bool(dag.parsed_at and dag.parsed_at.timestamp() < changed < time.time() - SETTLED)


def read(platform: Platform, names: Iterable[str]) -> Outcome:
    """Read files, given by their names from the DAGs folder, in processes of their own. Raises MlopsctlError."""
    dags, outcome = platform.home.dags, Outcome()
    by_file: dict[Path, list[str]] = {}
    for name in names:
        by_file.setdefault(zip_files.zip_of(dags / name) or dags / name, []).append(name)
    if not by_file:
        return outcome
    listed = {dag.dag_id: Path(dag.file).resolve() for dag in platform.api.dags()}
    for file, found in zip(by_file, dag_file_reader.read(platform.airflow, list(by_file)), strict=True):
        reports = list(_reports(dags, file, found))
        outcome.reports += reports
        if reports or all(_is_elsewhere(file, listed.get(dag_id)) for dag_id in found.dag_ids):
            outcome.settled |= {*by_file[file], *(report.file for report in reports)}
    return outcome


def _is_elsewhere(file: Path, listed: Path | None) -> bool:
    return bool(listed and zip_files.exists(listed) and not listed.is_relative_to(file.resolve()))


def _reports(dags: Path, file: Path, found: ReadFile) -> Iterator[ImportErrorReport]:
    if found.early_end:
        yield ImportErrorReport(str(file.relative_to(dags)), _describe(found.early_end))
    for path, traceback in found.errors:
        yield ImportErrorReport(path.removeprefix(f"{dags}/"), traceback)


def _describe(end: EarlyEnd) -> str:
    """As a traceback."""
    if end.code is not None:
        reason = f"the process that reads the file ends with os._exit({end.code})"
    elif end.signal == "SIGKILL":
        reason = f"the process that reads the file is killed; it had {end.size / 1e6:,.0f} MB of memory"
    elif end.signal:
        reason = f"the process that reads the file crashes with {end.signal}"
    else:
        reason = f"reading the file takes more than {dag_file_reader.TIME_LIMIT:.0f} s, and Airflow cannot interrupt it"
    return "\n".join([*_positions(end.stack), reason])


def _positions(stack: Sequence[tuple[str, int]]) -> Iterator[str]:
    if stack:
        yield "Traceback (most recent call last):"
    yield from (f'  File "{path}", line {line}' for path, line in stack)
