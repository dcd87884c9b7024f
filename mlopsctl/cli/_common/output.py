"""What a command writes while it runs: data on stdout, everything else on stderr.

rich is imported only where it draws something.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import click

from mlopsctl.cli._common import step_lines
from mlopsctl.cli._common.wait_notice import WaitNotice
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline
from mlopsctl.core.errors import Detached, MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Level, Message
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

HEARTBEAT = 5.0  # seconds without a line in a log after which the running step is shown
BUSY_EVERY = 10.0  # the same without steps
NOTICE_AFTER = 1.0  # seconds without output after which the user sees what the command waits for


@dataclass(frozen=True)
class Output:
    """The two streams and how much to write to them. `color`: None is decided by the terminal. `program`: how hints
    call mlopsctl. `wait_notice`: closed by the first output, and before a question."""

    verbose: bool = False
    quiet: bool = False
    color: bool | None = None
    json: bool = False
    program: str = "mlopsctl"
    wait_notice: WaitNotice = field(default_factory=WaitNotice, repr=False, compare=False)
    clock: Clock = field(default=SYSTEM_CLOCK, repr=False, compare=False)

    @property
    def live(self) -> bool:
        """Whether to show a display that rewrites itself: only on a terminal, because a log would not show it."""
        plain = os.environ.get("CI") or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        wanted = not plain if self.color is None else self.color
        return wanted and bool(sys.stderr and sys.stderr.isatty()) and not self.quiet

    @property
    def talk(self) -> "Console":
        """stderr."""
        self.wait_notice.close()
        return self._talk

    @cached_property
    def _talk(self) -> "Console":
        from rich.console import Console

        return Console(stderr=True, no_color=not self.live, highlight=False, soft_wrap=not self.live)

    @property
    def data(self) -> "Console":
        """stdout."""
        self.wait_notice.close()
        return self._data

    @cached_property
    def _data(self) -> "Console":
        from rich.console import Console

        # In a pipe a row is one line, however long, so that grep finds all of it.
        piped = not (sys.stdout and sys.stdout.isatty()) and "COLUMNS" not in os.environ
        return Console(no_color=self.color is False or None, highlight=False, width=1000 if piped else None)

    def say(self, text: str = "") -> None:
        """Write a line to stderr, except with `--quiet`."""
        if not self.quiet:
            self._echo(text, err=True)

    def message(self, message: Message | str) -> None:
        """Write a message and its hint to stderr, except with `--quiet`."""
        if self.quiet:
            return
        if isinstance(message, str):
            message = Message(message)
        if message.level is Level.WARNING:
            self._labelled("warning: ", "yellow", message.text)
        else:
            self._echo(message.text, err=True)
        self._hint(message.hint)

    def error(self, error: MlopsctlError) -> None:
        """Write an error and its hint to stderr."""
        if isinstance(error, Detached):
            self._echo(error.message, err=True)
        else:
            self._labelled("error: ", "red", error.message)
        self._hint(error.hint)

    def _hint(self, hint: Hint) -> None:
        if hint:
            self._labelled("hint: ", "cyan", hint.text(self.program))

    def show(self, what: "RenderableType") -> None:
        """Draw something on stdout."""
        self.data.print(what)

    def text(self, text: str) -> None:
        """Write text to stdout as it is: no markup, no wrapping."""
        self._echo(text)

    def styled(self, text: str, *, fg: str | None, bold: bool = False) -> None:
        """Write a line to stdout as it is, colored on a terminal."""
        self._echo(click.style(text, fg=fg, bold=bold or None), color=self.color)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
        """Draw a table on stdout. Only the last column wraps."""
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, title=title or None, title_justify="left", header_style="bold")
        for n, column in enumerate(columns):
            table.add_column(column, no_wrap=n < len(columns) - 1, overflow="fold")
        for row in rows:
            table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
        self.data.print(table)

    def _labelled(self, label: str, colour: str, text: str) -> None:
        plain = self.color is False or (self.color is None and os.environ.get("NO_COLOR"))
        self._echo(click.style(label, fg=colour) + text, err=True, color=False if plain else self.color)

    def _echo(self, text: str, *, err: bool = False, color: bool | None = None) -> None:
        self.wait_notice.close()
        click.echo(text, err=err, color=color)

    def notify_if_slow(self, words: str) -> None:
        """Write `words` to stderr if nothing else is written within a second; on a terminal they vanish again."""
        self.wait_notice.show_after(NOTICE_AFTER, lambda: self._notice(words))

    def _notice(self, words: str) -> AbstractContextManager[object]:
        if self.live:
            return self._talk.status(f"{words} …")
        if not self.quiet:
            click.echo(f"{words} …", err=True)
        return nullcontext()

    @contextmanager
    def busy(self, words: str) -> Iterator[None]:
        """Write `words` to stderr while something runs that has no steps: on a terminal at once, in a log after a
        second and then, with the time, every few seconds."""
        self.wait_notice.close()
        if self.live:
            with self._notice(words):
                yield
            return
        notice, waited = WaitNotice(), Deadline(None, self.clock)

        def show() -> AbstractContextManager[object]:
            so_far = f", {waited.waited:.0f} s so far" if waited.waited > HEARTBEAT else ""
            return self._notice(f"{words}{so_far}")

        notice.show_after(NOTICE_AFTER, show, every=BUSY_EVERY)
        try:
            yield
        finally:
            notice.close()

    def steps(self, steps: Iterator[Step]) -> list[Step]:
        """Show steps as they run; returns those that have finished."""
        self.wait_notice.close()
        return self._live(steps) if self.live else self._lines(steps)

    def _lines(self, steps: Iterator[Step]) -> list[Step]:
        finished, heartbeat = [], Deadline(HEARTBEAT, self.clock)
        for step in steps:
            if step.state != StepState.RUNNING:
                finished.append(step)
            elif not (heartbeat.expired or self.verbose):
                continue
            heartbeat.renew()
            self.say(step_lines.plain(step))
        return finished

    def _live(self, steps: Iterator[Step]) -> list[Step]:
        from rich.live import Live

        running: dict[str, Step] = {}
        finished = []
        with Live(console=self.talk, refresh_per_second=8, transient=True) as live:
            for step in steps:
                if step.state == StepState.RUNNING:
                    running[step.name] = step
                else:
                    running.pop(step.name, None)
                    finished.append(step)
                    live.console.print(step_lines.styled(step))
                live.update(step_lines.group(running.values()))
        return finished
