"""What connections and variables have in common: many of them, by name, made, changed and deleted; some are setup's."""

import difflib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Connection, Variable
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step

OURS = "written by mlopsctl setup"  # the description that airflow_scripts/initialise.py gives to its own

SHOWN = 5  # so many names are listed

Known = Mapping[str, Connection | Variable]


@dataclass(frozen=True)
class Found:
    """What a file asks for. `wrong`: why an entry cannot be, by name."""

    noun: str
    ready: dict[str, Any] = field(repr=False)
    wrong: dict[str, MlopsctlError]


def by_name(entries: Iterable[Connection | Variable]) -> Known:
    return {entry.name: entry for entry in entries}


def check_free(noun: str, name: str, known: Known) -> None:
    """Raises MlopsctlError for one that setup wrote: others work with it, and setup would write it again."""
    if name in known and known[name].description == OURS:
        raise MlopsctlError(
            f"{noun} {name} is written by mlopsctl setup, and stays as that says.",
            hint=Hint.of("setup", "--help", "shows", "what", "it", "is", "made", "from"),
            code="ours",
        )


def plan_deletion(noun: str, names: Sequence[str], known: Known) -> Plan:
    """Raises MlopsctlError: no such one, or one that setup wrote."""
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 3)
            words = f" Did you mean {' or '.join(near)}?" if near else ""
            raise MlopsctlError(
                f"there is no {noun} {name!r}.{words}", hint=Hint.of(noun, "list"), code=f"unknown-{noun}"
            )
        check_free(noun, name, known)
    what = f"the {noun} {names[0]}" if len(names) == 1 else f"{len(names)} {noun}s"
    steps = tuple(PlannedStep(name, "delete") for name in dict.fromkeys(names))
    return Plan(steps, asks=f"Delete {what}? What is secret in it is nowhere else.")


def delete(plan: Plan, call: Callable[[list[str]], None]) -> Iterator[Step]:
    began = time.monotonic()
    call([step.name for step in plan.steps])
    yield from (Step(step.name, StepState.CHANGED, "deleted", time.monotonic() - began) for step in plan.steps)


def plan_import(found: Found, known: Known, *, overwrite: bool, notes: tuple[str, ...] = ()) -> Plan:
    """Which entries of a file would be made, replaced, kept or refused. `notes`: on what is replaced."""
    steps = [PlannedStep(name, _fate(name, known, overwrite)) for name in found.ready]
    steps += [PlannedStep(name, f"refuse: {error.message}") for name, error in found.wrong.items()]
    kept = [s.name for s in steps if not s.what and known[s.name].description != OURS]
    more = f" and {len(kept) - SHOWN} more" if len(kept) > SHOWN else ""
    said = (f"there already: {', '.join(kept[:SHOWN])}{more}; --overwrite replaces",) if kept else ()
    return Plan(tuple(steps), notes=(*said, *(notes if overwrite else ())))


def _fate(name: str, known: Known, overwrite: bool) -> str:
    if name not in known:
        return "make"
    return "replace" if overwrite and known[name].description != OURS else ""


def carry_out(plan: Plan, found: Found, known: Known, put: Callable[[dict[str, Any]], None]) -> Iterator[Step]:
    """Write what the plan says, in one request; then tell of each entry, those that are wrong too."""
    began = time.monotonic()
    fates = {step.name: step.what for step in plan.steps if step.name in found.ready}
    if wanted := {name: found.ready[name] for name, what in fates.items() if what}:
        put(wanted)
    seconds = time.monotonic() - began
    for name, what in fates.items():
        detail = {"make": "made", "replace": "replaced"}.get(what) or _kept(known[name])
        yield Step(name, StepState.CHANGED if what else StepState.OK, detail, seconds if what else 0.0)
    for name, error in found.wrong.items():
        yield Step(name, StepState.FAILED, error.message, 0.0, error)


def _kept(entry: Connection | Variable) -> str:
    return "kept: mlopsctl setup writes it" if entry.description == OURS else "kept as it is"
