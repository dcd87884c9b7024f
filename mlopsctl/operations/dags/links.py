"""Symlinks of DAG packages into the DAGs folder.

Airflow follows symlinks; a directory that it reaches twice makes it stop listing the whole folder. So no directory is
ever linked twice, nor one inside another.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Link
from mlopsctl.core.states import LinkState, StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.dags import folder_walk

IGNORED = {"__pycache__"}


def packages(folder: Path) -> list[Path]:
    """The DAG packages of `folder`: itself if it is one, else its subfolders and files that hold Python.

    It is one where it says so (`__init__.py`), and where its Python is in files only, beside a folder of other things:
    a DAG finds its SQL there, which a link to the file alone would leave behind.

    Raises MlopsctlError where it does not exist, or holds none.
    """
    if not folder.is_dir():
        raise MlopsctlError(
            f"the DAGs folder {folder} does not exist.", hint=Hint.of("setup", "--dags", "DIR"), code="no-dags"
        )
    inside = [p for p in sorted(folder.iterdir()) if p.name not in IGNORED and not p.name.startswith(".")]
    found = [p for p in inside if _holds_python(p)]
    folders = [p for p in inside if p.is_dir()]
    whole = found and folders and not set(found) & set(folders)
    if whole or (folder / "__init__.py").exists():
        return [folder]
    if not found:
        raise MlopsctlError(f"{folder} holds no Python file.", hint=Hint.of("setup", "--dags", "DIR"), code="no-dags")
    return found


def _holds_python(path: Path) -> bool:
    return path.suffix == ".py" if path.is_file() else next(path.rglob("*.py"), None) is not None


def read(dags: Path) -> list[Link]:
    """What stands in the DAGs folder."""
    if not dags.is_dir():
        return []
    return [_link(p) for p in sorted(dags.iterdir()) if p.name not in IGNORED]


def _link(path: Path) -> Link:
    if not path.is_symlink():
        return Link(path.name, "", LinkState.FILE)
    return Link(path.name, str(path.readlink()), LinkState.OK if path.exists() else LinkState.BROKEN)


def states(dags: Path) -> list[Link]:
    """As `read`, with two more states of links: `twice`, where Airflow reaches a directory by it that it has reached
    before, and `loop`, where it leads back to where it came from. At either Airflow stops."""
    tree = folder_walk.walk(dags)
    ways = [(way, LinkState.TWICE) for way, _ in tree.again] + [(way, LinkState.LOOP) for way, _ in tree.loops]
    worse = {way.relative_to(dags).parts[0]: state for way, state in ways}
    return [
        replace(link, state=worse.get(link.name, LinkState.OK)) if link.state == "ok" else link for link in read(dags)
    ]


def plan(dags: Path, targets: Iterable[Path]) -> Plan:
    """Link each target under its own name. Raises MlopsctlError: no such target, a real file, a directory twice."""
    here = {link.name: link for link in read(dags)}
    steps = []
    reached = {(dags / link.name).resolve(): link.name for link in here.values() if link.state == "ok"}
    reached[dags.resolve()] = "."
    planned: dict[str, Path] = {}
    for target in (normal(t) for t in targets):
        if planned.setdefault(target.name, target) != target:
            raise MlopsctlError(
                f"{target} and {planned[target.name]} have one name, and a link has room for one.",
                hint=f"rename one of them: mv '{target}' '{target}-2'",
                code="same-name",
            )
        if not target.exists():
            raise MlopsctlError(f"{target} does not exist.", hint=Hint.of("link", "add", "PATH"), code="no-target")
        link = here.get(target.name)
        if link and link.state == "file":
            raise MlopsctlError(
                f"{dags / target.name} is a real file or folder, and no link replaces it.",
                hint=f"move it away: mv '{dags / target.name}' ~/",
                code="real-file",
            )
        if link and link.state == "ok" and (dags / link.name).resolve() == target.resolve():
            steps.append(PlannedStep(target.name, ""))
            continue
        reached = {place: name for place, name in reached.items() if name != target.name}
        _refuse_twice(target, reached)
        reached[target.resolve()] = target.name
        steps.append(PlannedStep(target.name, f"{'replace' if link else 'link'} → {target}"))
    return Plan(tuple(steps))


def normal(path: Path) -> Path:
    """Absolute, without `..`; links are not followed."""
    return Path(os.path.normpath(path.absolute()))


def _refuse_twice(target: Path, reached: dict[Path, str]) -> None:
    real = target.resolve()
    for place, name in reached.items():
        if real == place or real in place.parents or place in real.parents:
            if name == ".":
                raise MlopsctlError(
                    f"{target} holds the DAGs folder, or lies in it; Airflow would walk in circles.",
                    hint="link a package that stands elsewhere: mlopsctl link add DIR",
                    code="linked-twice",
                )
            raise MlopsctlError(
                f"{target} is reached by the link {name!r} already; Airflow stops at a folder that it reaches twice.",
                hint=Hint.of("link", "remove", name),
                code="linked-twice",
            )


def run(plan: Plan, dags: Path, targets: Iterable[Path]) -> Iterator[Step]:
    """Make the links that the plan names; each is replaced in one rename."""
    dags.mkdir(parents=True, exist_ok=True)
    by_name = {normal(t).name: normal(t) for t in targets}
    for step in plan.steps:
        if step.what:
            part = dags / f".{step.name}.part"
            part.unlink(missing_ok=True)
            part.symlink_to(by_name[step.name])
            part.replace(dags / step.name)
        yield Step(step.name, StepState.CHANGED if step.what else StepState.OK, f"→ {by_name[step.name]}")


def plan_removal(dags: Path, names: Iterable[str]) -> Plan:
    """Raises MlopsctlError for a name that is no link."""
    here = {link.name: link for link in read(dags)}
    steps = []
    for name in dict.fromkeys(Path(n).name for n in names):
        link = here.get(name)
        if link is None:
            raise MlopsctlError(f"there is no link {name!r} in {dags}.", hint=Hint.of("link", "list"), code="no-link")
        if link.state == "file":
            raise MlopsctlError(
                f"{dags / name} is no link but a real file; it is left alone.",
                hint=f"if it is not wanted: rm '{dags / name}'",
                code="real-file",
            )
        steps.append(PlannedStep(name, f"remove the link to {link.target}"))
    return Plan(tuple(steps))


def remove(plan: Plan, dags: Path) -> Iterator[Step]:
    for step in plan.steps:
        (dags / step.name).unlink()
        yield Step(step.name, StepState.CHANGED, "link removed")
