"""Airflow's variables: set, exported to a file, parsed from one."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.rest.common import records
from mlopsctl.core import names
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import SETUP_DESCRIPTION, Variable
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.entries import bulk_edit, masking
from mlopsctl.operations.entries.bulk_edit import (
    DONE,
    EntryAction,
    Known,
    ParsedFile,
    check_can_set,
)
from mlopsctl.operations.entries.written import Written, as_json
from mlopsctl.operations.platform import Platform

NOUN = "variable"


def plan_set(wanted: Variable, known: Known) -> Plan:
    """Raises MlopsctlError for what Airflow would reject."""
    check_can_set(names.VARIABLE, wanted.name, known)
    old = known.get(wanted.name)
    unchanged = old == wanted and masking.MASK not in wanted.value  # Airflow's API masks secret values
    action = EntryAction.KEEP if unchanged else EntryAction.REPLACE if old else EntryAction.CREATE
    return Plan((PlannedStep(wanted.name, action),))


def run_set(api: AirflowApi, plan: Plan, wanted: Variable) -> Iterator[Step]:
    start = time.monotonic()
    action = EntryAction(plan.steps[0].what)
    if action:
        api.set_variables([wanted])
    state, detail = (StepState.CHANGED, DONE[action]) if action else (StepState.OK, "unchanged")
    yield Step(wanted.name, state, detail, time.monotonic() - start)


def _check_value(name: object, value: object) -> None:
    if not _is_json(value):
        raise _invalid(name, f"the value is a {type(value).__name__}, which is not JSON; put it in quotes")


def _invalid(name: object, why: str, hint: Hint | None = None) -> MlopsctlError:
    hint = hint or Hint.of("variable", "export", note="shows the format")
    return MlopsctlError(f"invalid variable {names.shown(name)}: {why}.", hint=hint, code="invalid")


def _is_json(value: object) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def read_with_secrets(platform: Platform) -> list[Variable]:
    """All variables. Starts Airflow's Python, which takes seconds."""
    return [records.variable(raw) for raw in bulk_edit.read_with_secrets(platform, NOUN)]


def data(variable: Variable) -> dict[str, str]:
    """As `variable list --json` shows it, with secrets masked."""
    value = masking.mask(variable.value, variable.name)
    return {"name": variable.name, "value": value, "description": variable.description}


def export(variables: list[Variable], *, secrets: bool) -> tuple[dict[str, Any], list[str]]:
    """The content of a file, by name; and the names of secret variables that were left out."""
    entries, left_out = {}, []
    for variable in variables:
        kept = variable.value if secrets else masking.strip_secrets(variable.value, variable.name)
        value = None if kept is None else _structured(kept)
        if not secrets and value is not None and masking.strip_secrets(value) != value:  # never export half a value
            value = None
        if value is None:
            left_out.append(variable.name)
        elif variable.description or (isinstance(value, dict) and "value" in value):
            entries[variable.name] = {"value": value, "description": variable.description or None}
        else:
            entries[variable.name] = value
    return entries, left_out


def _structured(text: str) -> Any:
    """Objects and lists as such, like Airflow's own export; everything else stays text."""
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return text
    return value if isinstance(value, dict | list) else text


def parse(entries: Mapping[Any, Any]) -> ParsedFile:
    """The variables in the entries of a file."""
    valid: dict[str, Variable] = {}
    errors: dict[str, MlopsctlError] = {}
    for name, raw in entries.items():
        described = isinstance(raw, dict) and "value" in raw
        value, description = (raw["value"], raw.get("description")) if described else (raw, None)
        try:
            if why := names.problem(names.VARIABLE, name):
                raise _invalid(name, why)
            value = _as_stored(name, value)
            _check_value(name, value)
            masking.check_not_masked(value, "its value")
        except MlopsctlError as e:
            errors[str(name)] = e
            continue
        text = value if isinstance(value, str) else json.dumps(value, indent=2)  # as Airflow's own import writes it
        valid[name] = Variable(name, text, "" if description in (None, SETUP_DESCRIPTION) else str(description))
    return ParsedFile(NOUN, valid, errors)


def _as_stored(name: object, value: Any) -> Any:
    """A number, a boolean or a date is stored as it was written; objects and lists as JSON."""
    if isinstance(value, Written):
        return value.text
    try:
        return as_json(value)
    except MlopsctlError as e:
        raise _invalid(name, e.message, e.hint) from e
