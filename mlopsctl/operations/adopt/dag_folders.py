"""Links to the DAG packages of the other Airflow."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.result import Message
from mlopsctl.core.states import LinkState
from mlopsctl.core.steps import Plan
from mlopsctl.core.text import shorten
from mlopsctl.operations.dags import links

SHOWN = 10  # names


@dataclass(frozen=True)
class LinkPlan:
    """`errors`: why a package cannot be linked, by its name."""

    targets: tuple[Path, ...]
    plan: Plan
    errors: dict[str, MlopsctlError]
    notes: tuple[Message, ...] = ()


def plan(dags: Path, folders: Iterable[Path], *, overwrite: bool) -> LinkPlan:
    """Each package is linked under its own name. A link of that name to another target is replaced only with
    `overwrite`."""
    accepted: list[Path] = []
    errors: dict[str, MlopsctlError] = {}
    notes: list[Message] = []
    kept: list[str] = []
    taken = {link.name: link for link in links.list_links(dags) if link.state == LinkState.OK}
    for folder in folders:
        try:
            targets = links.dag_packages(folder)
        except MlopsctlError as e:
            notes.append(Message.warning(f"no DAGs are linked: {e.message}"))
            continue
        except PermissionError as e:
            notes.append(Message.warning(f"no DAGs are linked: {e.filename} cannot be read"))
            continue
        for target in targets:
            link = taken.get(target.name)
            if link and not overwrite and (dags / link.name).resolve() != target.resolve():
                kept.append(link.name)
                continue
            try:
                links.plan(dags, [*accepted, target])
                accepted.append(target)
            except MlopsctlError as e:
                errors[target.name] = e
    if kept:
        notes.append(Message(f"linked to other targets here: {shorten(kept, SHOWN)}; --overwrite replaces"))
    return LinkPlan(tuple(accepted), links.plan(dags, accepted), errors, tuple(notes))
