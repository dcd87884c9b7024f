"""The source files of DAGs, read without running them, and how messages refer to them."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mlopsctl.operations.dags.files import dag_ast, zip_files
from mlopsctl.operations.dags.files.dag_ast import PythonFile
from mlopsctl.operations.dags.files.folder_walk import FolderTree
from mlopsctl.operations.doctor.checks.dags.folder import dags_tree, relative
from mlopsctl.operations.doctor.context import DoctorContext


def sources(context: DoctorContext) -> list[PythonFile]:
    """The DAG files, also those in zip files, and the files of the project that they import."""
    tree = dags_tree(context)
    return context.cached("dag-sources", lambda: list(_follow_imports(tree.root, dag_files(tree))))


def dag_files(tree: FolderTree) -> list[Path]:
    """What Airflow reads as a DAG file."""
    return [*tree.dag_files, *(member for path in tree.zip_files for member, _ in zip_files.dag_files(path))]


def _follow_imports(root: Path, files: Iterable[Path]) -> Iterator[PythonFile]:
    pending, seen = list(files), set()
    while pending:
        path = pending.pop(0)
        if path.resolve() not in seen:
            seen.add(path.resolve())
            source = dag_ast.parse(path, zip_files.read(path))
            yield source
            roots = [folder for folder in (zip_files.zip_of(path), root) if folder]
            for found in source.imports:
                modules = [found.module, *(f"{found.module}.{name}" for name in found.names)]
                pending += [file for module in modules for folder in roots for file in _module_files(folder, module)]


def _module_files(root: Path, module: str) -> Iterator[Path]:
    """The files below `root`, a folder or zip file, that run when `module` is imported."""
    base = root.joinpath(*module.split("."))
    packages = [folder for folder in (base, *base.parents) if root in folder.parents]
    for path in (base.with_name(f"{base.name}.py"), *(folder / "__init__.py" for folder in packages)):
        if root in path.parents and zip_files.has_file(path):
            yield path


def location(context: DoctorContext, path: Path, line: int) -> str:
    return f"{relative(context, path)}:{line}"


def first_of(locations: Sequence[str]) -> str:
    """`one/dag.py:3 (and 2 more)`."""
    return locations[0] if len(locations) == 1 else f"{locations[0]} (and {len(locations) - 1} more)"
