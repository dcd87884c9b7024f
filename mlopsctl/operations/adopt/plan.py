"""The plan of an adoption, and the steps that carry it out."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlopsctl.adapters.airflow.accounts import API_READER, SERVICE_USER
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.core.text import plural, shorten
from mlopsctl.operations.adopt import dag_folders, timezone
from mlopsctl.operations.adopt.compare import Action, Item, compare
from mlopsctl.operations.adopt.contents import Contents, Kind
from mlopsctl.operations.adopt.dag_folders import LinkPlan
from mlopsctl.operations.adopt.source import Source
from mlopsctl.operations.dags import links
from mlopsctl.operations.platform import Platform

SHOWN = 10  # names
DONE = {
    Action.CREATE: "created",
    Action.REPLACE: "replaced",
    Action.UNCHANGED: "unchanged",
    Action.KEEP: "kept, differs",
    Action.MANAGED: "kept, managed by setup",
}


@dataclass(frozen=True)
class Adoption:
    """`timezone`: the one to set, or empty."""

    source: Source
    series: str
    items: tuple[Item, ...] = field(repr=False)
    links: LinkPlan
    timezone: str
    notes: tuple[Message, ...]

    @property
    def plan(self) -> Plan:
        steps = [PlannedStep(item.title, _what(item)) for item in self.items]
        steps += [PlannedStep(f"link {step.name}", step.what) for step in self.links.plan.steps]
        steps += [PlannedStep(f"link {name}", f"skip: {error.message}") for name, error in self.links.errors.items()]
        steps += [PlannedStep("timezone", f"set {self.timezone}")] if self.timezone else []
        return Plan(tuple(steps), asks=self._question(), notes=self.notes)

    def _question(self) -> str:
        counts = Counter(str(item.kind) for item in self.items if item.action.writes)
        counts["link"] += sum(bool(step.what) for step in self.links.plan.steps)
        counts["setting"] += bool(self.timezone)
        parts = [plural(number, noun) for noun, number in counts.items() if number]
        replaced = sum(item.action == Action.REPLACE for item in self.items)
        more = f", and replace {replaced} of them" if replaced else ""
        return f"Take over {', '.join(parts)}{more}?" if parts else ""

    def data(self, steps: list[dict[str, Any]]) -> dict[str, Any]:
        """For the JSON envelope; no secrets."""
        counts = {f"{kind}s": dict.fromkeys(Action, 0) for kind in Kind}
        for item in self.items:
            counts[f"{item.kind}s"][item.action] += 1
        return {
            "airflow_home": str(self.source.home) if self.source.home else None,
            "airflow_version": self.series,
            "counts": counts,
            "options": [
                {"option": name, "value": value, "default": default}
                for name, (value, default) in self.source.options.items()
            ],
            "steps": steps,
        }


def plan(
    platform: Platform, source: Source, both: tuple[Contents, Contents], *, overwrite: bool, take_settings: bool
) -> Adoption:
    theirs, ours = both
    accounts = {name.lower() for name in (platform.settings.admin_user, SERVICE_USER, API_READER)}
    key_hint = source.hint("--fernet-key-file", "FILE", note="with all its keys, separated by commas")
    items = compare(theirs, ours, accounts, key_hint, overwrite=overwrite)
    dags = dag_folders.plan(platform.home.dags, source.dag_folders, overwrite=overwrite)
    other_zone = timezone.differing(platform.settings, source.timezone)
    notes = (*source.notes, *dags.notes, *_notes(items, source, theirs), *timezone.notes(other_zone, take_settings))
    return Adoption(source, theirs.series, tuple(items), dags, other_zone if take_settings else "", notes)


def _what(item: Item) -> str:
    if item.why:
        return f"skip: {item.why}"
    return item.action if item.action.writes else ""


def _notes(items: list[Item], source: Source, theirs: Contents) -> Iterator[Message]:
    if kept := [item.title for item in items if item.action == Action.KEEP]:
        yield Message(f"exists here with another value: {shorten(kept, SHOWN)}; --overwrite replaces")
    if not theirs.entries[Kind.USER]:
        yield Message("it has no users in its database (another auth manager than FAB keeps them elsewhere)")
    listed = [
        f"{name} = {value}" + (f" (default {default})" if default else "")
        for name, (value, default) in source.options.items()
        if name != timezone.OPTION
    ]
    if listed:
        yield Message(f"its options that are not taken over: {', '.join(listed)}")


def run(platform: Platform, adoption: Adoption) -> Iterator[Step]:
    """Safe to kill and re-run: what was written is unchanged the next time."""
    start = time.monotonic()
    if written := [item for item in adoption.items if item.action.writes]:
        yield Step(written[0].title, StepState.RUNNING, f"writing {plural(len(written), 'entry', 'entries')}")
    failed = _write(platform, written)
    seconds = time.monotonic() - start
    for item in adoption.items:
        yield _step(item, failed.get(item.title, ""), seconds)
    for step in links.run(adoption.links.plan, platform.home.dags, adoption.links.targets):
        yield Step(f"link {step.name}", step.state, step.detail, step.seconds)
    for name, error in adoption.links.errors.items():
        yield Step(f"link {name}", StepState.FAILED, error.message, 0.0, error)
    if adoption.timezone:
        yield timezone.run(platform, adoption.timezone)


def _write(platform: Platform, items: list[Item]) -> Mapping[str, str]:
    """The errors, by the title of the item."""
    if not items:
        return {}
    wanted: dict[str, dict[str, Any]] = {f"{kind}s": {} for kind in Kind}
    for item in items:
        wanted[f"{item.kind}s"][item.name] = item.fields
    failed: Mapping[str, str] = platform.airflow.run_script("write_adopted", wanted)["failed"]
    return failed


def _step(item: Item, failure: str, seconds: float) -> Step:
    if failure:
        hint = Hint(note="correct it in the other Airflow, or create it here by hand")
        error = MlopsctlError(f"{item.title} was not written: {failure}.", hint=hint, code="not-written")
        return Step(item.title, StepState.FAILED, failure, 0.0, error)
    if item.why:
        error = MlopsctlError(f"{item.title} was not adopted: {item.why}.", hint=item.hint, code="not-adopted")
        return Step(item.title, StepState.FAILED, item.why, 0.0, error)
    state = StepState.CHANGED if item.action.writes else StepState.OK
    return Step(item.title, state, DONE[item.action], seconds if item.action.writes else 0.0)
