"""Symlinks of DAG packages in the DAGs folder.

Airflow follows links, and stops reading the folder when it reaches a directory twice. So no directory is linked
twice, nor one inside another.
"""

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Link
from mlopsctl.core.states import LinkState, StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.dags.files import folder_walk

OTHER_FOLDER = Hint.of("link", "add", "DIR", note="with the directory of the DAGs in it")
VIRTUAL_FOLDERS = [Path("/", name) for name in ("dev", "proc", "run", "sys")]
SYSTEM_FOLDERS = {
    *VIRTUAL_FOLDERS,
    *(Path("/", name) for name in ("", "bin", "boot", "etc", "home", "lib", "lib64", "root", "sbin", "tmp", "usr")),
    *(Path("/", name) for name in ("var", "var/tmp", "usr/bin", "usr/lib", "usr/local", "usr/share", "var/lib")),
}


def dag_packages(folder: Path) -> list[Path]:
    """The DAG packages of `folder`: the folder itself if it is one, else its subfolders and files with Python in them.

    A folder is a package if it has an `__init__.py`, and if it has Python files next to a folder without Python: a DAG
    finds its SQL there, which a link to the file alone would leave behind.

    Raises MlopsctlError if the folder does not exist, contains no package, or is a directory of the system.
    """
    _check_no_system_folder(folder, Hint.of("setup", "--dags", "DIR"))
    if not folder.is_dir():
        raise MlopsctlError(
            f"the DAGs folder {folder} does not exist.", hint=Hint.of("setup", "--dags", "DIR"), code="no-dags"
        )
    entries = [p for p in sorted(folder.iterdir()) if p.name != folder_walk.CACHE and not p.name.startswith(".")]
    found = [p for p in entries if _contains_python(p)]
    folders = [p for p in entries if p.is_dir()]
    files_beside_data = found and folders and not set(found) & set(folders)
    if files_beside_data or (folder / "__init__.py").exists():
        return [folder]
    if not found:
        raise MlopsctlError(
            f"{folder} contains no Python file.", hint=Hint.of("setup", "--dags", "DIR"), code="no-dags"
        )
    return found


def packages_in(folders: Iterable[Path]) -> dict[str, Path]:
    """The packages of several folders by name, without those of folders that have none."""
    found: dict[str, Path] = {}
    for folder in folders:
        try:
            found |= {path.name: absolute_path(path) for path in dag_packages(folder)}
        except MlopsctlError:  # the doctor's check `dag-targets` reports it
            continue
    return found


def _contains_python(path: Path) -> bool:
    return path.suffix == ".py" if path.is_file() else next(path.rglob("*.py"), None) is not None


def list_links(dags: Path) -> list[Link]:
    """The entries of the DAGs folder."""
    if not dags.is_dir():
        return []
    return [_link(p) for p in sorted(dags.iterdir()) if p.name != folder_walk.CACHE]


def _link(path: Path) -> Link:
    if not path.is_symlink():
        return Link(path.name, "", LinkState.FILE)
    return Link(path.name, str(path.readlink()), LinkState.OK if path.exists() else LinkState.BROKEN)


def list_links_with_states(dags: Path) -> list[Link]:
    """As `list_links`, and links at which Airflow stops have the state `twice` or `loop`. Walks the whole folder."""
    tree = folder_walk.walk(dags)
    paths = [(path, LinkState.TWICE) for path, _ in tree.duplicates] + [
        (path, LinkState.LOOP) for path, _ in tree.loops
    ]
    states = {path.relative_to(dags).parts[0]: state for path, state in paths}
    return [
        replace(link, state=states.get(link.name, LinkState.OK)) if link.state == LinkState.OK else link
        for link in list_links(dags)
    ]


def plan(dags: Path, targets: Iterable[Path], name: str = "") -> Plan:
    """Link each target under its own name, or the only one under `name`. Asks before DAGs disappear because their link
    is replaced.

    Raises MlopsctlError: the target does not exist, has no Python or is a directory of the system, a real file is in
    the way, or Airflow would reach a directory twice.
    """
    links = {link.name: link for link in list_links(dags)}
    reached = {(dags / link.name).resolve(): link.name for link in links.values() if link.state == LinkState.OK}
    reached[dags.resolve()] = "."
    steps, replaced = [], []
    planned: dict[str, Path] = {}
    for key, target in _named(targets, name):
        _check_target(dags / key, target, links.get(key), planned.setdefault(key, target))
        real, link = target.resolve(), links.get(key)
        if link and link.state == LinkState.OK and (dags / link.name).resolve() == real:
            steps.append(PlannedStep(key, ""))
            continue
        reached = {path: other for path, other in reached.items() if other != key}
        _check_no_system_folder(target)
        _check_not_reached(target, reached)
        _check_python(target)
        reached[real] = key
        steps.append(PlannedStep(key, f"replace {link.target} → {target}" if link else f"link → {target}"))
        if link and link.state == LinkState.OK:
            replaced.append(link)
    return Plan(tuple(steps), *_replacement_question(replaced))


def _named(targets: Iterable[Path], name: str) -> list[tuple[str, Path]]:
    return [(name or target.name, target) for target in map(absolute_path, targets)]


def _replacement_question(links: Sequence[Link]) -> tuple[str, tuple[str, ...]]:
    """The question before links are replaced, and how to keep both."""
    if not links:
        return "", ()
    what = ", ".join(f"{link.name!r} → {link.target}" for link in links)
    word, its = ("link", "its") if len(links) == 1 else ("links", "their")
    question = f"Replace the {word} {what}? Airflow will no longer read {its} DAGs."
    return question, (f"To keep {its} DAGs, link the new directory under another name: link add --name NAME PATH.",)


def absolute_path(path: Path) -> Path:
    """Without `..`; links are not followed."""
    return Path(os.path.normpath(path.absolute()))


def _check_target(path: Path, target: Path, link: Link | None, planned: Path) -> None:
    """`path`: where the link will be. `planned`: the target of this plan with that name."""
    if planned != target:
        raise MlopsctlError(
            f"{target} and {planned} have the same name, so only one of them can be linked.",
            hint=Hint.of("link", "add", "--name", "NAME", target, note="one after the other"),
            code="same-name",
        )
    if not target.exists():
        raise MlopsctlError(f"{target} does not exist.", hint=Hint.of("link", "add", "PATH"), code="no-target")
    if link and link.state == LinkState.FILE:
        raise MlopsctlError(
            f"{path} is a real file or folder; a link never replaces it.",
            hint=Hint(line=f"mv {shlex.quote(str(path))} ~/{shlex.quote(path.name + '.old')}", note="moves it away"),
            code="real-file",
        )


def _check_no_system_folder(target: Path, hint: Hint = OTHER_FOLDER) -> None:
    """Everyone may write to some of them, and Airflow would run what lies there; others have no end."""
    real = target.resolve()
    if real in SYSTEM_FOLDERS or real == _account_home() or any(top in real.parents for top in VIRTUAL_FOLDERS):
        raise MlopsctlError(
            f"{target} is a directory of the system, not one of DAGs: Airflow would read all Python files below it.",
            hint=hint,
            code="system-folder",
        )


def _account_home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:  # no account and no variable names it
        return None


def _check_python(target: Path) -> None:
    linked = target.is_dir() and any(path.is_symlink() for path in target.iterdir())  # to packages elsewhere
    if target.suffix != ".zip" and not linked and not _contains_python(target):
        what = "contains no Python file" if target.is_dir() else "is not a Python file"
        raise MlopsctlError(
            f"{target} {what}, so Airflow would find no DAG there.",
            hint=Hint.of("link", "add", "PATH", note="of a directory with DAG files, a .py file or a .zip"),
            code="no-dags",
        )


def _check_not_reached(target: Path, reached: dict[Path, str]) -> None:
    """`reached`: the real path of each linked directory, and the name of its link."""
    real = target.resolve()
    for path, name in reached.items():
        if real != path and real not in path.parents and path not in real.parents:
            continue
        if name == ".":
            raise MlopsctlError(
                f"{target} contains the DAGs folder or is inside it, so Airflow would walk in a loop.",
                hint=Hint.of("link", "add", "DIR", note="with a package outside the DAGs folder"),
                code="linked-twice",
            )
        raise MlopsctlError(
            f"the link {name!r} already leads to {target}; Airflow stops at a directory that it reaches twice.",
            hint=Hint.of("link", "remove", name),
            code="linked-twice",
        )


def run(plan: Plan, dags: Path, targets: Iterable[Path], name: str = "") -> Iterator[Step]:
    """Create the planned links; each replaces its predecessor atomically."""
    dags.mkdir(parents=True, exist_ok=True)
    by_name = dict(_named(targets, name))
    for step in plan.steps:
        if step.what:
            part = dags / f".{step.name}.part"
            part.unlink(missing_ok=True)
            part.symlink_to(by_name[step.name])
            part.replace(dags / step.name)
        yield Step(step.name, StepState.CHANGED if step.what else StepState.OK, f"→ {by_name[step.name]}")


def plan_removal(dags: Path, names: Iterable[str]) -> Plan:
    """Raises MlopsctlError for a name that is not a link."""
    links = {link.name: link for link in list_links(dags)}
    steps = []
    for name in dict.fromkeys(Path(n).name for n in names):
        link = links.get(name)
        if link is None:
            raise MlopsctlError(f"there is no link {name!r} in {dags}.", hint=Hint.of("link", "list"), code="no-link")
        if link.state == LinkState.FILE:
            raise MlopsctlError(
                f"{dags / name} is a real file or folder, not a link; it was not removed.",
                hint=Hint(line=f"rm -r {shlex.quote(str(dags / name))}", note="if you no longer need it"),
                code="real-file",
            )
        steps.append(PlannedStep(name, f"remove the link to {link.target}"))
    return Plan(tuple(steps))


def remove(plan: Plan, dags: Path) -> Iterator[Step]:
    for step in plan.steps:
        (dags / step.name).unlink()
        yield Step(step.name, StepState.CHANGED, "link removed")
