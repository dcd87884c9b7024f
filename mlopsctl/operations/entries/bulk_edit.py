"""Import and delete many connections or variables by name. Those that setup manages are never changed."""

import difflib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import SETUP_DESCRIPTION, Connection, Variable
from mlopsctl.core.names import NameRule
from mlopsctl.core.names import check as check_name
from mlopsctl.core.result import Message
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.core.text import plural, shorten
from mlopsctl.operations.db.check import check_metadata
from mlopsctl.operations.entries import masking
from mlopsctl.operations.platform import Platform

SHOWN = 5  # names

Known = Mapping[str, Connection | Variable]


class EntryAction(StrEnum):
    """What a plan does with an entry of a file, or with one that is set."""

    CREATE = "create"
    REPLACE = "replace"
    KEEP = ""


DONE = {EntryAction.CREATE: "created", EntryAction.REPLACE: "replaced"}


@dataclass(frozen=True)
class ParsedFile:
    """The entries of a file: `valid` ones by name, and the errors of the others."""

    noun: str
    valid: dict[str, Any] = field(repr=False)
    errors: dict[str, MlopsctlError]


def by_name(entries: Iterable[Connection | Variable]) -> Known:
    return {entry.name: entry for entry in entries}


def is_managed(name: str, known: Known) -> bool:
    """Whether setup manages an entry: DAGs rely on it, and setup would write it again."""
    return name in known and known[name].description == SETUP_DESCRIPTION


def check_can_set(rule: NameRule, name: str, known: Known) -> None:
    """Raises UsageError for an invalid name of a new entry, MlopsctlError as `check_not_managed`."""
    check_not_managed(rule.noun, name, known)
    if name not in known:
        check_name(rule, name, code="invalid")


def check_not_managed(noun: str, name: str, known: Known) -> None:
    if is_managed(name, known):
        raise MlopsctlError(
            f"{noun} {name} is managed by setup and cannot be changed here.",
            hint=Hint.of("setup", "--help", note="its options define it"),
            code="ours",
        )


def plan_delete(noun: str, names: Sequence[str], known: Known) -> Plan:
    """Raises MlopsctlError for an unknown entry, and for one that setup manages."""
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 3)
            suggestion = f" Did you mean {' or '.join(near)}?" if near else ""
            raise MlopsctlError(
                f"there is no {noun} {name!r}.{suggestion}", hint=Hint.of(noun, "list"), code=f"unknown-{noun}"
            )
        check_not_managed(noun, name, known)
    unique = list(dict.fromkeys(names))
    what = f"{noun} {unique[0]}" if len(unique) == 1 else plural(len(unique), noun)
    secrets = (
        (Message.warning("their secrets cannot be restored."),)
        if any(_has_secret(known[name]) for name in unique)
        else ()
    )
    return Plan(tuple(PlannedStep(name, "delete") for name in unique), asks=f"Delete {what}?", notes=secrets)


def _has_secret(entry: Connection | Variable) -> bool:
    if isinstance(entry, Connection):
        return bool(entry.password) or masking.MASK in str(masking.mask(entry.extra))
    return masking.MASK in masking.mask(entry.value, entry.name)


def read_with_secrets(platform: Platform, noun: str) -> list[dict[str, Any]]:
    """All entries in the form of the REST API, but with their secrets, which only Airflow's Python returns."""
    check_metadata(platform)
    entries: list[dict[str, Any]] = platform.airflow.run_script("export", {"what": f"{noun}s"})["entries"]
    return entries


def run_delete(plan: Plan, delete: Callable[[list[str]], None]) -> Iterator[Step]:
    start = time.monotonic()
    delete([step.name for step in plan.steps])
    yield from (Step(step.name, StepState.CHANGED, "deleted", time.monotonic() - start) for step in plan.steps)


def plan_import(
    parsed: ParsedFile,
    known: Known,
    *,
    overwrite: bool,
    notes: tuple[Message, ...] = (),
    others: tuple[Message, ...] = (),
) -> Plan:
    """`notes`: about entries that would be replaced. `others`: about what else is in the file."""
    steps = [PlannedStep(name, _action(name, known, overwrite)) for name in parsed.valid]
    steps += [PlannedStep(name, f"skip: {error.message}") for name, error in parsed.errors.items()]
    kept = [step.name for step in steps if not step.what and not is_managed(step.name, known)]
    existing = (Message(f"already exists: {shorten(kept, SHOWN)}; --overwrite replaces"),) if kept else ()
    return Plan(tuple(steps), notes=(*existing, *(notes if overwrite else ()), *others))


def _action(name: str, known: Known, overwrite: bool) -> EntryAction:
    if name not in known:
        return EntryAction.CREATE
    return EntryAction.REPLACE if overwrite and not is_managed(name, known) else EntryAction.KEEP


def run_import(
    parsed: ParsedFile, known: Known, put: Callable[[dict[str, Any]], None], *, overwrite: bool
) -> Iterator[Step]:
    """Write the entries in one request, then yield a step for each, also for the invalid ones."""
    start = time.monotonic()
    actions = {name: _action(name, known, overwrite) for name in parsed.valid}
    if wanted := {name: parsed.valid[name] for name, action in actions.items() if action}:
        put(wanted)
    seconds = time.monotonic() - start
    for name, action in actions.items():
        if action:
            yield Step(name, StepState.CHANGED, DONE[action], seconds)
        else:
            yield Step(name, StepState.OK, "kept, managed by setup" if is_managed(name, known) else "kept")
    for name, error in parsed.errors.items():
        yield Step(name, StepState.FAILED, error.message, 0.0, error)
