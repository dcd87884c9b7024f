"""The DAGs folder as Airflow walks it: links followed, `.airflowignore` heeded.

Airflow's walk (`_find_path_from_directory` of its file discovery) raises where it reaches a directory twice, and then
reads no file at all. This one goes on, and tells.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

CACHE = "__pycache__"
IGNORE = ".airflowignore"
AT_TOP = re.compile(r"^(with DAG\(|\w+ = DAG\(|DAG\(|@dag\b)", re.MULTILINE)  # in a function it may make none
MOST = 20_000  # files; with more of them it is no DAGs folder that somebody means

Rules = Sequence[tuple[Path, "GitIgnoreSpec"]]  # the folder of each .airflowignore, and what it says


@dataclass(frozen=True)
class Tree:
    """`files`, `folders`: all that is reached, by the way that leads there. `again`: a second way to a directory, and
    the first. `loops`: a way that leads back to a directory above it, and that directory. `broken`: links to nothing.
    """

    root: Path
    files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    again: tuple[tuple[Path, Path], ...] = ()
    loops: tuple[tuple[Path, Path], ...] = ()
    broken: tuple[Path, ...] = ()

    @cached_property
    def sources(self) -> tuple[Path, ...]:
        return tuple(path for path in self.files if path.suffix == ".py")

    @cached_property
    def dag_files(self) -> tuple[Path, ...]:
        """Those that Airflow reads as DAG files, by its own heuristic (`might_contain_dag_via_default_heuristic`)."""
        return tuple(path for path in self.sources if _may_hold_dag(path))

    @property
    def certain(self) -> set[Path]:
        """The real paths of those that make a DAG whenever they are read."""
        return {path.resolve() for path in self.dag_files if AT_TOP.search(path.read_text("utf-8", errors="replace"))}

    def named(self, path: Path) -> str:
        """As people name it: from the DAGs folder."""
        return str(path.relative_to(self.root))


def walk(dags: Path) -> Tree:
    """Look through the DAGs folder. Raises MlopsctlError where it holds more than anybody can mean."""
    found = _Walk(dags)
    if dags.is_dir():
        found.enter(dags, (dags.resolve(),), ())
    return Tree(
        dags,
        *map(tuple, (found.files, found.folders, found.again, found.loops, found.broken)),  # type: ignore[arg-type]
    )


def is_venv(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").exists()


@dataclass
class _Walk:
    root: Path
    files: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    again: list[tuple[Path, Path]] = field(default_factory=list)
    loops: list[tuple[Path, Path]] = field(default_factory=list)
    broken: list[Path] = field(default_factory=list)
    seen: dict[Path, Path] = field(default_factory=dict)

    def enter(self, folder: Path, above: tuple[Path, ...], rules: Rules) -> None:
        """`above`: the real paths from the DAGs folder down to this one."""
        rules = [*rules, *_rules(folder)]
        # What stands here itself before what is linked: of two ways to one directory the link is the second.
        for path in sorted(folder.iterdir(), key=lambda path: (path.is_symlink(), path.name)):
            if not path.exists():
                self.broken += [path] if path.is_symlink() else []
            elif path.is_dir():
                self._folder(path, above, rules)
            elif not _ignored(path, rules):
                self.files.append(path)
        if len(self.files) > MOST:
            raise MlopsctlError(
                f"{self.root} holds more than {MOST:,} files, links followed: Airflow walks through all of them.",
                hint=Hint.of("link", "list"),
                code="too-many-files",
            )

    def _folder(self, path: Path, above: tuple[Path, ...], rules: Rules) -> None:
        real = path.resolve()
        if path.name == CACHE or is_venv(path) or _ignored(path, rules):
            return
        if real in above:
            self.loops.append((path, real))
        elif real in self.seen:
            self.again.append((path, self.seen[real]))
        else:
            self.seen[real] = path
            self.folders.append(path)
            self.enter(path, (*above, real), rules)


def _rules(folder: Path) -> Iterator[tuple[Path, "GitIgnoreSpec"]]:
    from pathspec import GitIgnoreSpec

    if (folder / IGNORE).is_file():
        text = (folder / IGNORE).read_text(encoding="utf-8", errors="replace")
        yield folder, GitIgnoreSpec.from_lines(text.splitlines())


def _ignored(path: Path, rules: Rules) -> bool:
    """The last file with an opinion decides, as in git."""
    verdict = False
    for folder, spec in rules:
        word = spec.check_file(f"{path.relative_to(folder)}{'/' if path.is_dir() else ''}").include
        verdict = verdict if word is None else word
    return verdict


def _may_hold_dag(path: Path) -> bool:
    content = path.read_bytes().lower()
    return b"airflow" in content and (b"dag" in content or b"asset" in content)
