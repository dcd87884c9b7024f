"""Airflow's variables: set, deleted, written to a file, read from one."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Variable
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.entries import masking
from mlopsctl.operations.entries.bulk_edit import OURS, Found, Known, check_free

NOUN = "variable"
LONGEST = 250  # characters of a name, as Airflow has it


def plan_set(wanted: Variable, known: Known) -> Plan:
    """Raises MlopsctlError for what Airflow would not take."""
    check_free(NOUN, wanted.name, known)
    _check(wanted.name, wanted.value)
    held = known.get(wanted.name)
    same = held == wanted and masking.MASK not in wanted.value
    return Plan((PlannedStep(wanted.name, "" if same else "replace" if held else "make"),))


def set_(api: AirflowApi, plan: Plan, wanted: Variable) -> Iterator[Step]:
    began = time.monotonic()
    (step,) = plan.steps
    if step.what:
        api.set_variables([wanted])
    detail = {"make": "made", "replace": "replaced"}.get(step.what, "has that value already")
    yield Step(step.name, StepState.CHANGED if step.what else StepState.OK, detail, time.monotonic() - began)


def _check(name: object, value: object) -> None:
    fits = isinstance(name, str) and name.strip() and len(name) <= LONGEST and name.isprintable()
    why = "" if fits else f"a name is text, {LONGEST} characters at most"
    if not why and not _storable(value):
        why = f"its value, a {type(value).__name__}, is not JSON; put it in quotes"
    if why:
        raise MlopsctlError(
            f"variable {name} cannot be: {why}.",
            hint=Hint.of("variable", "export", "shows", "the", "form"),
            code="invalid",
        )


def _storable(value: object) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def data(variable: Variable) -> dict[str, str]:
    """As `variable list --json` has it; what is secret is `***`."""
    value = masking.masked(variable.value, variable.name)
    return {"name": variable.name, "value": value, "description": variable.description}


def export(variables: list[Variable], *, secrets: bool) -> tuple[dict[str, Any], list[str]]:
    """What goes into a file, by name; and the names that were left out because they are secret."""
    entries, out = {}, []
    for variable in variables:
        kept = variable.value if secrets else masking.left(variable.value, variable.name)
        value = None if kept is None else _structured(kept)
        if not secrets and value is not None and masking.left(value) != value:  # a secret inside of it: not in parts
            value = None
        if value is None:
            out.append(variable.name)
        elif variable.description or (isinstance(value, dict) and "value" in value):
            entries[variable.name] = {"value": value, "description": variable.description or None}
        else:
            entries[variable.name] = value
    return entries, out


def _structured(text: str) -> Any:
    """Objects and lists as such, as Airflow's own export has them; everything else as the text that it is."""
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return text
    return value if isinstance(value, dict | list) else text


def found(entries: Mapping[Any, Any]) -> Found:
    """What a file asks for."""
    ready: dict[str, Variable] = {}
    wrong: dict[str, MlopsctlError] = {}
    for name, raw in entries.items():
        described = isinstance(raw, dict) and "value" in raw
        value, description = (raw["value"], raw.get("description")) if described else (raw, None)
        try:
            _check(name, value)
        except MlopsctlError as e:
            wrong[str(name)] = e
            continue
        text = value if isinstance(value, str) else json.dumps(value, indent=2)  # as Airflow's own import writes it
        ready[name] = Variable(name, text, "" if description in (None, OURS) else str(description))
    return Found(NOUN, ready, wrong)
