"""Which DAGs the files of the DAGs folder define, as far as their code shows it without being run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mlopsctl.core.model import DagDetails
from mlopsctl.operations.dags.files import dag_ast, zip_files
from mlopsctl.operations.dags.files.folder_walk import FolderTree


@dataclass(frozen=True)
class DagFile:
    """A file that creates DAGs whenever it is read. `path`: as reached from the DAGs folder; a member of a zip file is
    below it. `dag_ids`: those that are not computed. `complete`: whether these are all."""

    path: Path
    dag_ids: frozenset[str]
    complete: bool


def find(tree: FolderTree) -> list[DagFile]:
    """Raises OSError."""
    return [*_in_files(tree), *_in_zip_files(tree)]


def _in_files(tree: FolderTree) -> Iterator[DagFile]:
    for path in tree.dag_files:
        stat = path.stat()
        yield from _defined(path, _parsed(path, stat.st_mtime_ns, stat.st_size))


def _in_zip_files(tree: FolderTree) -> Iterator[DagFile]:
    for path in tree.zip_files:
        stat = path.stat()
        for file in _parsed_members(path, stat.st_mtime_ns, stat.st_size):
            yield from _defined(file.path, file)


def _defined(path: Path, file: dag_ast.PythonFile) -> Iterator[DagFile]:
    if file.defines:
        names = frozenset(reference.name for reference in file.defines)
        yield DagFile(path, names - {""}, "" not in names)


@lru_cache(maxsize=10_000)
def _parsed(path: Path, _changed_ns: int, _size: int) -> dag_ast.PythonFile:
    """Waiting for files looks at them again and again."""
    return dag_ast.parse_file(path)


@lru_cache(maxsize=1000)
def _parsed_members(path: Path, _changed_ns: int, _size: int) -> list[dag_ast.PythonFile]:
    return [dag_ast.parse(member, content) for member, content in zip_files.dag_files(path)]


def duplicates(files: Sequence[DagFile]) -> dict[str, list[Path]]:
    """The DAG ids that several files define, and those files; of two paths to one file, the first."""
    found: dict[str, dict[Path, Path]] = {}
    for file in files:
        for dag_id in file.dag_ids:
            found.setdefault(dag_id, {}).setdefault(file.path.resolve(), file.path)
    return {dag_id: list(paths.values()) for dag_id, paths in sorted(found.items()) if len(paths) > 1}


def not_listed(files: Sequence[DagFile], dags: Sequence[DagDetails]) -> list[DagFile]:
    """The files of which Airflow lists no DAG, without those that have only DAGs which it lists from another file: of
    several files with the same DAG, it shows one."""
    shown = {dag.dag_id: Path(dag.file).resolve() for dag in dags}
    rivals = {dag_id: {path.resolve() for path in paths} for dag_id, paths in duplicates(files).items()}
    beaten = {dag_id for dag_id, paths in rivals.items() if shown.get(dag_id) in paths}
    read = set(shown.values())
    return [
        file for file in files if file.path.resolve() not in read and not (file.complete and file.dag_ids <= beaten)
    ]
