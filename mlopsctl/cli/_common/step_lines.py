"""Steps of a plan as lines: plain ones for a log, coloured ones for a terminal."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.core.text import duration

if TYPE_CHECKING:
    from rich.console import RenderableType

STATE_STYLES = {
    StepState.PLANNED: "",
    StepState.RUNNING: "cyan",
    StepState.OK: "green",
    StepState.CHANGED: "green",
    StepState.SKIPPED: "dim",
    StepState.FAILED: "red",
}


def plain(step: Step) -> str:
    return f"{step.state:<7} {step.name:<13} {_detail(step)}  {duration(step.seconds)}"


def styled(step: Step) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=7)
    grid.add_column(width=13)
    grid.add_column(ratio=1)
    grid.add_column(justify="right", width=11)
    detail = Text(_detail(step), "dim" if step.state == StepState.RUNNING else "")
    grid.add_row(Text(step.state, STATE_STYLES[step.state]), step.name, detail, Text(duration(step.seconds), "dim"))
    return grid


def group(steps: Iterable[Step]) -> "RenderableType":
    from rich.console import Group

    return Group(*map(styled, steps))


def _detail(step: Step) -> str:
    """The reason of a failure follows the steps, together with its hint."""
    return "failed, see below" if step.error else step.detail
