"""Commands for tests of what surrounds a command, such as `boom`, which fails."""

import errno
import json
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from mlopsctl.cli import main
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.core.errors import Detached, MlopsctlError, TimedOut, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Result
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from tests.conftest import Ran, call_cli

COMMANDS = [sys.executable, "-m", "tests.cli.commands"]  # for tests that need a process of their own
ROOT = Path(__file__).parents[2]

DISK_FULL = MlopsctlError("the disk is full.", hint=Hint(line="df -h"), code="disk")
FAILURES = {
    "expected": DISK_FULL,
    "usage": UsageError("'x' is not a date."),
    "late": TimedOut("it takes longer than 5 s."),
    "detached": Detached("the run continues.", hint=Hint.of("runs", "etl")),
    "bug": ValueError("secret=hunter2"),
    "interrupt": KeyboardInterrupt(),
    "full": OSError(errno.ENOSPC, "No space left on device"),
    "denied": OSError(errno.EACCES, "Permission denied", "/home of/x"),
    "odd": OSError(errno.EBADF, "Bad file descriptor"),
}


@click.command()
@click.argument("how", required=False)
@json_option
def boom(how: str | None) -> None:
    """Fail in the given way."""
    if how:
        raise FAILURES[how]


@click.command()
@click.option("--code", type=int, default=0, help="Exit with this code.")
@json_option
@pass_app
def leave(app: App, code: int) -> int:
    """Show the home and exit with a code."""
    return app.render(Result({"home": str(app.home.root)})) or code


@click.command()
@click.option("--asks", default="")
@click.option("--fails", is_flag=True)
@dry_run_option
@yes_option
@json_option
@pass_app
def work(app: App, asks: str, fails: bool, dry_run: bool, yes: bool) -> int:
    """Run two steps, the second of which may fail."""
    plan = Plan((PlannedStep("first", "create it"), PlannedStep("second", "")), asks=asks)
    return app.show(plan, lambda: steps(fails), view=lambda out: out.text("all done"), dry_run=dry_run, yes=yes)


def steps(fails: bool) -> Iterator[Step]:
    click.echo("started", err=True)
    yield Step("first", StepState.RUNNING)
    yield Step("first", StepState.CHANGED, "created", 1.25)
    if fails:
        yield Step("second", StepState.FAILED, "disk full", 0.5, DISK_FULL)
    else:
        yield Step("second", StepState.OK, "exists", 0.01)


@click.command()
def flood() -> None:
    """Write more than any pipe buffers."""
    for _ in range(20_000):
        click.echo("x" * 100)


@click.command()
def wait() -> None:
    """Wait for Ctrl-C."""
    click.echo("waiting")
    sys.stdout.flush()
    time.sleep(60)


def register(patch: pytest.MonkeyPatch) -> None:
    """Add them to the commands of mlopsctl in this process."""
    module = types.ModuleType("mlopsctl.cli.for_tests")
    for command in (boom, leave, work, flood, wait):
        assert command.name
        setattr(module, command.name, command)
        patch.setitem(main.COMMANDS, command.name, ("for_tests", command.help or ""))
    patch.setitem(sys.modules, module.__name__, module)


def run(*words: str, **env: str) -> Ran:
    """Run one of them in the process of the test."""
    with pytest.MonkeyPatch.context() as patch:
        register(patch)
        return call_cli(*words, env=env)


def only_object(ran: Ran) -> Any:
    """The one JSON object on stdout."""
    assert ran.out.count("\n") == 1
    return json.loads(ran.out)


if __name__ == "__main__":
    register(pytest.MonkeyPatch())
    main.main()
