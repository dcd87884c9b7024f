"""mlopsctl worker token|join|list|drain|start|stop|remove."""

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.cli.worker.processes import agent, serve
from mlopsctl.core import names
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Result
from mlopsctl.core.states import Status
from mlopsctl.core.workers import MOST_SLOTS

if TYPE_CHECKING:
    from mlopsctl.operations.platform import Platform
    from mlopsctl.operations.step_runner import RunnableStep


STDIN = "-"


@click.group()
def worker() -> None:
    """Let other machines run tasks, and see what they do."""


worker.add_command(serve)
worker.add_command(agent)


def _names(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Raises UsageError for a name that no queue can have."""
    found = [] if value is None else [name.strip() for name in value.split(",")]
    for name in found:
        names.check(names.QUEUE, name)
    return tuple(dict.fromkeys(found))


queues_option = click.option(
    "--queues", metavar="Q,…", callback=_names, help="The queues that the worker takes tasks from [default: default]."
)


@worker.command()
@queues_option
@click.option("--ttl", metavar="TIME", default="1h", help="How long the token is valid, such as 30m [default: 1h].")
@json_option
@pass_app
def token(app: App, queues: tuple[str, ...], ttl: str) -> int:
    """Print a token with which one other machine can join, once."""
    from mlopsctl.core.dates import parse_duration
    from mlopsctl.operations.workers import invite

    made = invite.create(app.platform, queues, parse_duration(ttl))
    call = Hint.of("worker", "join", made).text()
    return app.render(Result({"token": str(made)}), lambda out: out.text(f"on the other machine, once:\n{call}"))


@worker.command()
@click.argument("token", metavar="[TOKEN]", required=False)
@click.option("--name", metavar="NAME", help="The name of this machine among the workers [default: its host name].")
@click.option(
    "--concurrency", metavar="N", type=click.IntRange(1, MOST_SLOTS), help="Tasks at once [default: one a core]."
)
@queues_option
@dry_run_option
@json_option
@pass_app
def join(
    app: App, token: str | None, name: str | None, concurrency: int | None, queues: tuple[str, ...], dry_run: bool
) -> int:
    """Make this machine a worker of the head that printed TOKEN.

    With - for TOKEN it is read from stdin. Safe to re-run, without TOKEN once the machine has joined: it picks up where
    it stopped, or changes the number of tasks or the queues.
    """
    import sys

    from mlopsctl.core.join_token import JoinToken
    from mlopsctl.operations import step_runner
    from mlopsctl.operations.join import steps as operation
    from mlopsctl.operations.join.steps import Joining
    from mlopsctl.operations.workers import membership

    text = sys.stdin.readline() if token == STDIN else token
    parsed = None if text is None else JoinToken.parse(text)
    host = name or membership.name(app.home)
    joining = Joining(app.home, parsed, host, concurrency, queues, partial(_platform, app))
    operation.check(joining)
    steps = operation.steps(joining)
    if not dry_run and not app.home.root.exists():
        app.home.run.mkdir(parents=True)
    with app.lock(dry_run):
        return app.show(
            step_runner.plan(steps),
            lambda: step_runner.run(steps),
            data=lambda rows: {"steps": rows, "host": joining.name, "head": joining.head},
            dry_run=dry_run,
        )


@worker.command("list")
@json_option
@pass_app
def list_(app: App) -> int:
    """List the workers: that of this machine first."""
    from mlopsctl.cli.worker.table import show
    from mlopsctl.operations.workers import head, listing

    head.check(app.platform)
    revision = ""
    errors: tuple[MlopsctlError, ...] = ()
    try:
        revision = listing.own_revision(app.platform)
    except MlopsctlError as e:
        errors = (e,)
    found = listing.workers(app.platform, revision)
    result = Result({"workers": [asdict(w) for w in found]}, Status.PARTIAL if errors else Status.OK, errors=errors)
    return app.render(result, lambda out: show(out, found))


host_argument = click.argument("host")


@worker.command()
@host_argument
@json_option
@pass_app
def drain(app: App, host: str) -> int:
    """Let HOST take no more tasks, and wait for those that it has."""
    return _change(app, host, "drain")


@worker.command()
@host_argument
@json_option
@pass_app
def start(app: App, host: str) -> int:
    """Let HOST take tasks again after a drain."""
    return _change(app, host, "run")


@worker.command()
@host_argument
@json_option
@pass_app
def stop(app: App, host: str) -> int:
    """Drain HOST, and stop its services.

    `mlopsctl start` on HOST starts them again.
    """
    return _change(app, host, "stop")


def _change(app: App, host: str, wanted: str) -> int:
    from mlopsctl.core.steps import Plan
    from mlopsctl.core.workers import Wanted
    from mlopsctl.operations import step_runner
    from mlopsctl.operations.workers import control, head
    from mlopsctl.operations.workers.control import ChangeStep

    head.check(app.platform)
    control.check(app.platform, host)
    steps = [ChangeStep(app.platform, host, Wanted(wanted))]
    return app.show(Plan(()), lambda: step_runner.run(steps))


@worker.command()
@host_argument
@yes_option
@json_option
@pass_app
def remove(app: App, host: str, yes: bool) -> int:
    """Drain and stop HOST, and revoke its certificate.

    It cannot connect any more. A host that does not answer is removed at once.
    """
    from mlopsctl.core.steps import Plan
    from mlopsctl.core.workers import Wanted
    from mlopsctl.operations import step_runner
    from mlopsctl.operations.workers import control, head
    from mlopsctl.operations.workers.control import ChangeStep, RemoveStep

    head.check(app.platform)
    control.check(app.platform, host)
    app.confirm(f"remove the worker {host}?", yes)
    steps: list[RunnableStep] = [ChangeStep(app.platform, host, Wanted.STOP), RemoveStep(app.platform, host, (host,))]
    with app.lock():
        return app.show(Plan(()), lambda: step_runner.run(steps))


def _platform(app: App) -> "Platform":
    from mlopsctl.core import settings

    return app.platform_with(settings.load(app.home.config))
