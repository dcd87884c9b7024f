"""What keeps Airflow from reading any file of the DAGs folder: directories that it reaches twice, and files that end
its dag-processor."""

import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.airflow.release import Release
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.dags import links
from mlopsctl.operations.dags.files import folder_walk, zip_files
from mlopsctl.operations.dags.files.folder_walk import FolderTree
from mlopsctl.operations.platform import Platform


@dataclass(frozen=True)
class Obstacle:
    """`path`: of the link or file, as reached from the DAGs folder. `message`: a sentence. `link`: the link in the DAGs
    folder whose removal solves it, and which `doctor --fix` removes. `code`: of the error."""

    path: Path
    message: str
    hint: Hint
    link: Path | None = None
    code: str = "reached-twice"


def find(platform: Platform) -> list[Obstacle]:
    """All of them. Raises MlopsctlError as folder_walk.walk()."""
    tree = folder_walk.walk(platform.home.dags)
    packages = links.packages_in(platform.dags_folders)
    return [*duplicates(tree, packages), *loops(tree), *fatal_files(tree, platform.airflow.release)]


def as_error(found: Obstacle) -> MlopsctlError:
    return MlopsctlError(f"Airflow reads no DAG files: {found.message}", hint=found.hint, code=found.code)


def duplicates(tree: FolderTree, packages: Collection[str]) -> Iterator[Obstacle]:
    """`packages`: the names of the links that setup creates, which are kept."""
    for second, first in tree.duplicates:
        message = f"{tree.relative(first)} and {tree.relative(second)} are the same folder, {first.resolve()}."
        if link := _redundant_link(tree.root, packages, first, second):
            yield _removable(message, link)
        else:
            yield Obstacle(second, message, _remove_one(tree.root, first, second))


def _remove_one(root: Path, first: Path, second: Path) -> Hint:
    """Only links lead to a directory a second time."""
    inner = next((path for path in (second, first) if path.is_symlink() and path.parent != root), None)
    if inner:
        return _remove_inner(inner)
    return Hint.of("link", "list", note="then remove one of the two:", other=("link", "remove", "NAME"))


def loops(tree: FolderTree) -> Iterator[Obstacle]:
    for path, above in tree.loops:
        message = f"{tree.relative(path)} links back to {above}, which contains it."
        if path.parent == tree.root:
            yield _removable(message, path)
        else:
            yield Obstacle(path, message, _remove_inner(path))


def _remove_inner(link: Path) -> Hint:
    """By its real path: another link on the way to it may be removed first."""
    real = link.parent.resolve() / link.name
    return Hint(line=f"rm {shlex.quote(str(real))}", note="removes only the link")


def _removable(message: str, link: Path) -> Obstacle:
    return Obstacle(link, message, Hint.of("link", "remove", link.name), link)


def _redundant_link(root: Path, packages: Collection[str], first: Path, second: Path) -> Path | None:
    """The link in the DAGs folder that can be removed: never one that setup creates; of two others, the one whose name
    differs from its target's. A link that contains more than this folder is removed only if the other is setup's."""
    tops = [root / path.relative_to(root).parts[0] for path in (second, first)]
    if tops[0] == tops[1]:
        return None  # it contains both
    has_own = any(path.name in packages for path in tops)
    others = [path for path in tops if path.is_symlink() and path.name not in packages]
    removable = [path for path in others if has_own or path in (first, second)]
    return min(removable, key=lambda path: path.name == path.resolve().name, default=None)


def fatal_files(tree: FolderTree, release: Release) -> Iterator[Obstacle]:
    """Files that end the dag-processor."""
    if not release.is_airflow2:
        yield from _names_without_encoding(tree)
    for path in tree.files:
        if reason := zip_files.stops_airflow(path):
            message = f"{tree.relative(path)} ends the dag-processor, which looks into every zip file: {reason}."
            if path.parent == tree.root and path.is_symlink():
                hint = Hint.of("link", "remove", path.name)
            else:
                hint = Hint(line=f"echo {shlex.quote(path.name)} >> {shlex.quote(str(path.parent / '.airflowignore'))}")
            yield Obstacle(path, message, hint, code="zip-file")


def _names_without_encoding(tree: FolderTree) -> Iterator[Obstacle]:
    """Airflow 3 sends the path to the process that reads the file, as UTF-8."""
    for path in tree.dag_files:
        name = tree.relative(path).encode(errors="backslashreplace").decode()
        if name != tree.relative(path):
            message = f"{name} ends the dag-processor, because its name is not encoded in UTF-8."
            yield Obstacle(tree.root / name, message, Hint(note="rename the file"), code="file-name")
