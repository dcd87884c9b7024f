"""What a person or a script sees: two streams, steps as they happen, tables, the JSON envelope.

Data goes to stdout, talk to stderr. rich is imported only where something is drawn.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.wait_notice import Silence
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Level, Message
from mlopsctl.core.steps import Plan, Step
from mlopsctl.core.text import duration

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

COLOURS = {"ok": "green", "changed": "green", "skipped": "dim", "failed": "red", "running": "cyan"}
HEARTBEAT = 5.0  # seconds of silence in a log before we say what is being waited for
SILENCE = 1.0  # seconds after which we say what is being looked up


def envelope(command: str, status: str, data: object, errors: Sequence[dict[str, Any]] = ()) -> str:
    """The one JSON object of the contract."""
    return json.dumps(
        {"version": 1, "command": command, "status": status, "data": data, "errors": list(errors)}, ensure_ascii=False
    )


def error_entry(error: MlopsctlError, program: str) -> dict[str, Any]:
    return {
        "code": error.code,
        "message": error.message,
        "hint": paste(error.hint, program),
        "hint_command": list(error.hint.command) or None,
    }


def paste(hint: Hint, program: str) -> str:
    """`hint` as a line, with its calls of mlopsctl for this home."""
    text = hint.text(program)
    return text if hint.command or "--home" in text else re.sub(r"(?<!/)mlopsctl ", lambda _: f"{program} ", text)


@dataclass(frozen=True)
class Output:
    """The two streams, and how much to say on them. `silence`: until the first word; to be ended before a question."""

    verbose: bool = False
    quiet: bool = False
    color: bool | None = None
    json: bool = False
    program: str = "mlopsctl"
    silence: Silence = field(default_factory=Silence, repr=False, compare=False)

    @property
    def live(self) -> bool:
        """Whether a display that rewrites itself may be shown: on a terminal only, for a pipe would see none of it."""
        plain = os.environ.get("CI") or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        wanted = not plain if self.color is None else self.color
        return wanted and bool(sys.stderr and sys.stderr.isatty()) and not self.quiet

    @property
    def talk(self) -> "Console":
        self.silence.end()
        return self._talk

    @cached_property
    def _talk(self) -> "Console":
        from rich.console import Console

        return Console(stderr=True, no_color=not self.live, highlight=False, soft_wrap=not self.live)

    @property
    def data(self) -> "Console":
        self.silence.end()
        return self._data

    @cached_property
    def _data(self) -> "Console":
        from rich.console import Console

        # In a pipe a row is a line, however long: who greps has no use for a fold.
        piped = not (sys.stdout and sys.stdout.isatty()) and "COLUMNS" not in os.environ
        return Console(no_color=self.color is False or None, highlight=False, width=1000 if piped else None)

    def say(self, text: str = "") -> None:
        """A line of talk, for people."""
        if not self.quiet:
            self._echo(text, err=True)

    def log_end(self, task: str, log: str) -> None:
        """Talk: the end of a task's log."""
        self.say(f"the end of the log of task {task}:")
        self.say("\n".join(f"  {line}" for line in log.splitlines()))

    def warn(self, text: str) -> None:
        self.message(Message.warning(text))

    def message(self, message: Message | str) -> None:
        """A sentence for people, on stderr; with `--quiet`, none."""
        if self.quiet:
            return
        if isinstance(message, str):
            message = Message(message)
        if message.level is Level.WARNING:
            self._labelled("warning: ", "yellow", message.text)
        else:
            self._echo(message.text, err=True)
        if message.hint:
            self._labelled("hint: ", "cyan", paste(message.hint, self.program))

    def show(self, what: "RenderableType") -> None:
        """Something for stdout; nothing under --json, where stdout holds one object."""
        if not self.json:
            self.data.print(what)

    def text(self, text: str) -> None:
        """Text for stdout as it is: no markup, no wrapping."""
        if not self.json:
            self._echo(text)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
        """Rows as a table; words wrap in the last column, the others stay whole."""
        if self.json:
            return
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, title=title or None, title_justify="left", header_style="bold")
        for n, column in enumerate(columns):
            table.add_column(column, no_wrap=n < len(columns) - 1, overflow="fold")
        for row in rows:
            table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
        self.data.print(table)

    def envelope(self, command: str, status: str, data: object, errors: Sequence[MlopsctlError] = ()) -> None:
        """Print the JSON object, where it was asked for."""
        if self.json:
            self._echo(envelope(command, status, data, [error_entry(e, self.program) for e in errors]))

    def fail(self, error: MlopsctlError) -> None:
        """An error in words (under --json it is in the envelope)."""
        if not self.json:
            self._labelled("error: ", "red", error.message)
            self._hint(error)

    def detached(self, why: MlopsctlError) -> None:
        """That work was left which goes on: no failure, and the hint is the way back to it."""
        if not self.json:
            self._echo(why.message, err=True)
            self._hint(why)

    def _hint(self, error: MlopsctlError) -> None:
        if error.hint:
            self._labelled("hint: ", "cyan", paste(error.hint, self.program))

    def _labelled(self, label: str, colour: str, text: str) -> None:
        plain = self.color is False or (self.color is None and os.environ.get("NO_COLOR"))
        self._echo(click.style(label, fg=colour) + text, err=True, color=False if plain else self.color)

    def _echo(self, text: str, *, err: bool = False, color: bool | None = None) -> None:
        self.silence.end()
        click.echo(text, err=err, color=color)

    def asking(self, words: str) -> None:
        """Talk, where no other word has come a second from now; on a terminal it goes with the first one."""
        self.silence.break_after(SILENCE, lambda: self._sign(words))

    def _sign(self, words: str) -> AbstractContextManager[object]:
        if self.live:
            return self._talk.status(f"{words} …")
        if not self.quiet:
            click.echo(f"{words} …", err=True)
        return nullcontext()

    @contextmanager
    def busy(self, words: str) -> Iterator[None]:
        """Talk, while something is looked up that has no steps: on a terminal at once, in a log after a second."""
        self.silence.end()
        if self.live:
            with self._sign(words):
                yield
            return
        looking = Silence()
        looking.break_after(SILENCE, lambda: self._sign(words))
        try:
            yield
        finally:
            looking.end()

    def plan(self, plan: Plan) -> None:
        for step in plan.steps:
            self.say(f"{step.name:<13} {step.what or 'nothing to do'}")

    def steps(self, steps: Iterator[Step]) -> list[Step]:
        """Show each step as it goes; the finished ones."""
        self.silence.end()
        return self._live(steps) if self.live else self._lines(steps)

    def _lines(self, steps: Iterator[Step]) -> list[Step]:
        done, spoken = [], time.monotonic()
        for step in steps:
            if step.state != "running":
                done.append(step)
            elif time.monotonic() - spoken < HEARTBEAT and not self.verbose:
                continue
            spoken = time.monotonic()
            self.say(f"{step.state:<7} {step.name:<13} {_detail(step)}  {duration(step.seconds)}")
        return done

    def _live(self, steps: Iterator[Step]) -> list[Step]:
        from rich.live import Live

        running: dict[str, Step] = {}
        done = []
        with Live(console=self.talk, refresh_per_second=8, transient=True) as live:
            for step in steps:
                if step.state == "running":
                    running[step.name] = step
                else:
                    running.pop(step.name, None)
                    done.append(step)
                    live.console.print(_line(step))
                live.update(_group(running.values()))
        return done


def _detail(step: Step) -> str:
    """A failure's reason follows once, at the end, with its remedy."""
    return "failed, see below" if step.error else step.detail


def _line(step: Step) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=7)
    grid.add_column(width=13)
    grid.add_column(ratio=1)
    grid.add_column(justify="right", width=11)
    colour = COLOURS[step.state]
    grid.add_row(
        Text(step.state, colour), step.name, Text(_detail(step), "dim" if step.state == "running" else ""),
        Text(duration(step.seconds), "dim"),
    )  # fmt: skip
    return grid


def _group(steps: Iterable[Step]) -> "RenderableType":
    from rich.console import Group

    return Group(*(_line(step) for step in steps))


def step_data(steps: Iterable[Step]) -> list[dict[str, Any]]:
    return [
        {"name": s.name, "state": s.state, "seconds": round(s.seconds, 3), "detail": s.detail} for s in steps
    ]  # fmt: skip


def planned_data(plan: Plan) -> list[dict[str, Any]]:
    return [
        {"name": s.name, "state": "planned" if s.what else "ok", "seconds": 0.0, "detail": s.what} for s in plan.steps
    ]
