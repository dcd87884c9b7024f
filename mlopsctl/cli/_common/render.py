"""The one renderer: a Result becomes a screen, or the JSON object of the contract."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Result
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, Step

View = Callable[[Output], None]


def render(out: Output, command: str, result: Result, view: View | None = None) -> int:
    """Show a result; returns the exit code. On a screen, `view` draws the data on stdout; messages and errors follow on
    stderr. With `--json`, one object on stdout replaces data and errors."""
    if view and not out.json:
        view(out)
    for message in result.messages:
        out.message(message)
    if out.json:
        out.text(envelope(command, result, out.program))
    else:
        for error in result.errors:
            out.error(error)
    return result.exit_code


def envelope(command: str, result: Result, program: str) -> str:
    """The JSON object. `program`: how hints call mlopsctl."""
    return json.dumps(
        {
            "version": 1,
            "command": command,
            "status": result.status,
            "data": result.data,
            "errors": [error_entry(error, program) for error in result.all_errors],
        },
        ensure_ascii=False,
    )


def error_entry(error: MlopsctlError, program: str) -> dict[str, Any]:
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint.text(program),
        "hint_command": hint_command(error.hint),
    }


def hint_command(hint: Hint) -> list[str] | None:
    """The words after `mlopsctl`; None if another program has to run first."""
    return list(hint.command) if hint.command and not hint.line else None


def step_rows(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Finished steps as JSON."""
    return [
        {"name": s.name, "state": s.state, "seconds": round(s.seconds, 3), "detail": s.detail} for s in steps
    ]  # fmt: skip


def plan_rows(plan: Plan) -> list[dict[str, Any]]:
    """A plan as JSON, in the form of its steps."""
    return step_rows(Step(s.name, StepState.PLANNED if s.what else StepState.OK, s.what) for s in plan.steps)
