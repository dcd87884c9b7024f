"""The DAGs folder as Airflow walks it: links are followed, `.airflowignore` is respected.

Airflow's own walk (`_find_path_from_directory` of its file discovery) raises when it reaches a directory twice, and
then reads no file at all. This walk continues, and reports such directories.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import is_zipfile

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.dags.files.zip_files import might_contain_dag

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

CACHE = "__pycache__"
IGNORE_FILE = ".airflowignore"
MAX_FILES = 20_000  # with more files, a link most likely leads to the wrong folder

IgnoreRules = Sequence[tuple[Path, "GitIgnoreSpec"]]  # the folder of each .airflowignore file, and its rules


@dataclass
class FolderTree:
    """`files`, `folders`: everything reached, by the path that leads there from the DAGs folder. `duplicates`: the
    second path to a directory, and the first. `loops`: a path that leads back to a directory above it, and that
    directory. `broken`: links without a target."""

    root: Path
    files: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    duplicates: list[tuple[Path, Path]] = field(default_factory=list)
    loops: list[tuple[Path, Path]] = field(default_factory=list)
    broken: list[Path] = field(default_factory=list)

    @cached_property
    def sources(self) -> list[Path]:
        return [path for path in self.files if path.suffix == ".py"]

    @cached_property
    def dag_files(self) -> list[Path]:
        """The sources that Airflow reads as DAG files."""
        return [path for path in self.sources if might_contain_dag(path.read_bytes())]

    @cached_property
    def zip_files(self) -> list[Path]:
        return [path for path in self.files if path.suffix == ".zip" and is_zipfile(path)]

    def relative(self, path: Path) -> str:
        """The path as it is shown to users: from the DAGs folder."""
        return str(path.relative_to(self.root))


def is_venv(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").exists()


def walk(dags: Path, skip: Callable[[Path], bool] = is_venv, obey_ignore_files: bool = True) -> FolderTree:
    """`skip`: the folders that are not entered, besides those that are ignored. `obey_ignore_files`: false to get what
    DAG files may import, too. Raises MlopsctlError if the folder contains more than MAX_FILES files, or an
    .airflowignore that is not valid."""
    walker = _Walker(FolderTree(dags), skip, obey_ignore_files)
    if dags.is_dir():
        walker.enter(dags, (dags.resolve(),), ())
    return walker.tree


@dataclass
class _Walker:
    tree: FolderTree
    skip: Callable[[Path], bool]
    obey_ignore_files: bool = True
    seen: dict[Path, Path] = field(default_factory=dict)  # real path → the path that led there first

    def enter(self, folder: Path, above: tuple[Path, ...], rules: IgnoreRules) -> None:
        """`above`: the real paths from the DAGs folder down to this one."""
        rules = [*rules, *_ignore_rules(folder)] if self.obey_ignore_files else ()
        # Real directories before links: of two paths to one directory, the link is then the duplicate.
        for path in sorted(folder.iterdir(), key=lambda path: (path.is_symlink(), path.name)):
            if not path.exists():
                self.tree.broken += [path] if path.is_symlink() else []
            elif path.is_dir():
                self._folder(path, above, rules)
            elif path.is_file() and not _ignored(path, rules):  # not a pipe, on which reading would wait
                self.tree.files.append(path)
        if len(self.tree.files) > MAX_FILES:
            raise MlopsctlError(
                f"{self.tree.root} contains more than {MAX_FILES:,} files (links followed); Airflow reads them all.",
                hint=Hint.of("link", "list", note="find the link that leads to the wrong folder"),
                code="too-many-files",
            )

    def _folder(self, path: Path, above: tuple[Path, ...], rules: IgnoreRules) -> None:
        real = path.resolve()
        if path.name == CACHE or self.skip(path) or _ignored(path, rules):
            return
        if real in above:
            self.tree.loops.append((path, real))
        elif real in self.seen:
            self.tree.duplicates.append((path, self.seen[real]))
        else:
            self.seen[real] = path
            self.tree.folders.append(path)
            self.enter(path, (*above, real), rules)


def _ignore_rules(folder: Path) -> Iterator[tuple[Path, "GitIgnoreSpec"]]:
    from pathspec import GitIgnoreSpec

    if (folder / IGNORE_FILE).is_file():
        text = (folder / IGNORE_FILE).read_text(encoding="utf-8", errors="replace")
        try:
            yield folder, GitIgnoreSpec.from_lines(text.splitlines())
        except ValueError as e:  # Airflow's own walk raises it, too
            raise MlopsctlError(
                f"{folder / IGNORE_FILE} is not valid: {e}.",
                hint="correct the pattern; Airflow reads no file of the folder until then",
                code="ignore-file",
            ) from e


def _ignored(path: Path, rules: IgnoreRules) -> bool:
    """The last file with a matching rule decides, as in git."""
    ignored = False
    for folder, spec in rules:
        matched = spec.check_file(f"{path.relative_to(folder)}{'/' if path.is_dir() else ''}").include
        ignored = ignored if matched is None else matched
    return ignored
