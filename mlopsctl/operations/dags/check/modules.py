"""Where the modules of a project are."""

from collections.abc import Iterator
from pathlib import Path

from mlopsctl.operations.dags.check.declared import is_project_root
from mlopsctl.operations.dags.check.project import Project

DAGS_FOLDER = "dags"


def names_in_project(project: Project) -> frozenset[str]:
    """The names of all top-level modules that a project could have: its Airflow can have more on its path than the DAGs
    folder, such as `plugins` or `src`."""
    found = {part for source in project.sources for part in source.path.with_suffix("").parts}
    for folder in {folder for path in project.paths for folder in _folders_of_project(path.resolve())}:
        for path in _importable(folder):
            found |= {path.stem, *(below.stem for below in _importable(path))}
    return frozenset(found)


def dags_folder(file: Path) -> Path | None:
    """The folder on Airflow's path from which a file is read; None if that cannot be told."""
    return next((folder for folder in reversed(file.absolute().parents) if folder.name == DAGS_FOLDER), None)


def search_path(dags: Path) -> Iterator[Path]:
    """The folders that Airflow can have on its path, beside the one of a DAG file."""
    yield from (dags, dags.parent)
    yield from (path for path in dags.parent.iterdir() if path.is_dir())


def dotted(dags: Path, package: Path, module: str | None) -> str:
    """The name of a module in a package below the DAGs folder."""
    return ".".join([*package.relative_to(dags).parts, *([module] if module else [])])


def find(folder: Path, module: str) -> Path | None:
    """The file or the package of a top-level module in a folder."""
    candidates = (folder / f"{module}.py", folder / module)
    return next((path for path in candidates if path.exists()), None)


def _importable(folder: Path) -> Iterator[Path]:
    """What can be imported from a folder."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.suffix in (".py", ".so") or (path.is_dir() and path.name.isidentifier()):
            yield path


def _folders_of_project(path: Path) -> Iterator[Path]:
    """From a given path up to the root of its project; only the path itself if nothing marks the root."""
    own = path if path.is_dir() else path.parent
    folders = (own, *own.parents)
    roots = (n for n, folder in enumerate(folders) if is_project_root(folder))
    yield from folders[: next(roots, 0) + 1]
