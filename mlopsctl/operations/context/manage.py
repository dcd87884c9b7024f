"""Choose the current context, or remove one."""

import os
from collections.abc import Iterator

from mlopsctl.adapters import context_folder
from mlopsctl.core import contexts
from mlopsctl.core.result import Message
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step

PRECEDENCE = ("MLOPSCTL_CONTEXT", "MLOPSCTL_HOME")  # variables that override the current context


def plan_use(name: str) -> Plan:
    """Raises MlopsctlError if there is no such context."""
    if name != contexts.LOCAL:
        contexts.load(name)
    chosen = (contexts.current() or contexts.LOCAL) == name
    set_ = [variable for variable in PRECEDENCE if os.environ.get(variable)]
    why = f"{set_[0]} is set, and takes precedence: unset it to use the current context." if set_ else ""
    notes = (Message.warning(why),) if why else ()
    return Plan((PlannedStep("use", "" if chosen else f"make {name} the current context"),), notes=notes)


def use(plan: Plan, name: str) -> Iterator[Step]:
    if plan.empty:
        yield Step("use", StepState.OK, f"{name} is the current context already")
        return
    context_folder.use(name)
    yield Step("use", StepState.CHANGED, f"commands now go to {name}")


def plan_remove(name: str) -> Plan:
    """Raises MlopsctlError if there is no such context."""
    context = contexts.load(name)
    asks = f"Remove the context {name} with its login? {context.url} itself is not changed."
    notes = ("The local home becomes the current context.",) if contexts.current() == name else ()
    return Plan((PlannedStep("remove", f"delete {context.home.root}"),), asks=asks, notes=notes)


def remove(name: str) -> Iterator[Step]:
    context_folder.remove(name)
    yield Step("remove", StepState.CHANGED, name)
