"""Commands made for the tests of what surrounds a command. Run with words after the name of one of them:
`python -m tests.cli.commands boom --json`."""

import errno
import sys
import time
import types
from collections.abc import Iterator

import click

from mlopsctl.cli import main
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, option, pass_app, yes_option
from mlopsctl.core.errors import MlopsctlError, TimedOut, UsageError
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step

FAILURES = {
    "foreseen": MlopsctlError("the disk is full.", hint="df -h", code="disk"),
    "usage": UsageError("'x' is not a date."),
    "late": TimedOut("it takes longer than 5 s."),
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
    """Fail in the way that is named."""
    if how:
        raise FAILURES[how]


@click.command()
@option("--code", type=int, default=0, help="The exit code.")
@json_option
@pass_app
def leave(app: App, code: int) -> int:
    """Say where the home is, and leave with a code."""
    app.out.envelope(app.command, "ok", {"home": str(app.home.root)})
    return code


@click.command()
@click.option("--asks", default="")
@click.option("--fails", is_flag=True)
@dry_run_option
@yes_option
@json_option
@pass_app
def work(app: App, asks: str, fails: bool, dry_run: bool, yes: bool) -> int:
    """Two steps, the second of which may fail."""
    plan = Plan((PlannedStep("first", "make it"), PlannedStep("second", "")), asks=asks)
    return app.show(plan, lambda: steps(fails), dry_run=dry_run, yes=yes)


def steps(fails: bool) -> Iterator[Step]:
    click.echo("started", err=True)
    yield Step("first", StepState.RUNNING)
    yield Step("first", StepState.CHANGED, "made", 1.25)
    if fails:
        yield Step("second", StepState.FAILED, "no room", 0.5, MlopsctlError("no room.", hint="df -h", code="disk"))
    else:
        yield Step("second", StepState.OK, "there already", 0.01)


@click.command()
def flood() -> None:
    """More than any pipe holds."""
    for _ in range(20_000):
        click.echo("x" * 100)


@click.command()
def wait() -> None:
    """Until Ctrl-C."""
    click.echo("waiting")
    sys.stdout.flush()
    time.sleep(60)


def register() -> None:
    """Make them commands of mlopsctl in this process."""
    module = types.ModuleType("mlopsctl.cli.for_tests")
    for name in ("boom", "leave", "work", "flood", "wait"):
        setattr(module, name, globals()[name])
        main.COMMANDS[name] = ("for_tests", globals()[name].__doc__ or "")
    sys.modules["mlopsctl.cli.for_tests"] = module


if __name__ == "__main__":
    register()
    main.main()
