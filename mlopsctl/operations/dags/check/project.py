"""The files that are checked together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import is_zipfile

from mlopsctl.core.errors import UsageError
from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check.declared import NOTHING_DECLARED, Declared
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.source import Source, parse, template
from mlopsctl.operations.dags.check.target import DEFAULT_TARGET, Target
from mlopsctl.operations.dags.files import folder_walk, zip_files

TEMPLATE_FILES = (".sql", ".hql", ".sh", ".bash", ".json", ".yaml", ".yml", ".html", ".j2", ".jinja", ".jinja2")

FOREIGN_FOLDERS = ("node_modules", "site-packages")


@dataclass(frozen=True, eq=False)
class Project:
    """`paths`: as given by the user. `trees`: the given folders. `files`: every file in them and those given directly,
    without what `.airflowignore` excludes. `sources`: the Python files among them, those in zip files too, without
    those that are not valid Python; `unreadable`: why they are not. `templates`: files that operators render.
    `declared`: what the project says it has. `target`: what it runs on."""

    paths: tuple[Path, ...]
    trees: tuple[folder_walk.FolderTree, ...]
    files: tuple[Path, ...]
    sources: tuple[Source, ...]
    templates: tuple[Source, ...]
    unreadable: tuple[Finding, ...]
    declared: Declared = NOTHING_DECLARED
    target: Target = DEFAULT_TARGET


def read(paths: Iterable[Path], declared: Declared = NOTHING_DECLARED, target: Target = DEFAULT_TARGET) -> Project:
    """Raises UsageError if a path does not exist, MlopsctlError if a folder holds too many files, OSError."""
    paths = tuple(dict.fromkeys(paths))
    if missing := next((path for path in paths if not path.exists()), None):
        raise UsageError(f"{missing} does not exist.", hint="give files or folders", code="no-path")
    trees = tuple(folder_walk.walk(path, _is_foreign) for path in paths if path.is_dir())
    files = (*(path for path in paths if path.is_file()), *(file for tree in trees for file in tree.files))
    by_real_path = {path.resolve(): path for path in reversed(files)}  # two given paths can reach one file
    unique = tuple(sorted(by_real_path.values()))
    parsed = [found for path in unique for found in _parse_file(path)]
    sources = tuple(found for found in parsed if isinstance(found, Source))
    unreadable = tuple(found for found in parsed if isinstance(found, Finding))
    return Project(paths, trees, unique, sources, tuple(_templates(unique)), unreadable, declared, target)


def _is_foreign(folder: Path) -> bool:
    """Whether a folder has no code of the project: the root of a repository can be given, too."""
    return folder.name.startswith(".") or folder.name in FOREIGN_FOLDERS or folder_walk.is_venv(folder)


def _parse_file(path: Path) -> Iterator[Source | Finding]:
    if path.suffix == ".py":
        yield parse(path, path.read_bytes())
    elif path.suffix == ".zip" and is_zipfile(path):
        yield from _parse_zip(path)


def _templates(files: Iterable[Path]) -> Iterator[Source]:
    """dbt renders its files itself, with a context of its own."""
    for path in files:
        if path.suffix in TEMPLATE_FILES and not any((folder / "dbt_project.yml").exists() for folder in path.parents):
            read = template(path, path.read_bytes())
            if read:
                yield read


def _parse_zip(path: Path) -> Iterator[Source | Finding]:
    """The members that Airflow reads: the Python files at the top level of the archive, and what they can import."""
    try:
        for member, content in zip_files.python_members(path):
            yield parse(member, content)
    except zip_files.UNREADABLE as e:
        yield Finding(path, 1, 1, "zip", Severity.ERROR, f"the zip file cannot be read: {e}")
