"""The root command and the entry point."""

import gc
import importlib
import io
import os
import sys
from pathlib import Path

import click

from mlopsctl import __version__
from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint

# name → (module in mlopsctl.cli, what it does). The texts are here so that `--help` imports no command.
COMMANDS = {
    "setup": ("setup.command", "Set up a complete platform on this machine."),
    "status": ("services.command", "Show services, health, versions and addresses."),
    "start": ("services.command", "Start all services, or only some."),
    "stop": ("services.command", "Stop all services, or only some."),
    "restart": ("services.command", "Restart all services, or only some."),
    "logs": ("services.command", "Show or follow the log of a service or a task."),
    "backfill": ("backfill.command", "Run a DAG for every date in a range that has not succeeded yet."),
    "backfills": ("backfill.manage", "List, watch, pause, resume and cancel backfills."),
    "trigger": ("trigger", "Start one run of a DAG."),
    "runs": ("runs", "Show the runs of a DAG by date."),
    "seed": ("seed.command", "Generate, check and delete exam data in the feature store."),
    "coverage": ("coverage", "Show the rows of a table by date, and the dates without any."),
    "models": ("models.command", "Compare trained models and choose the champion."),
    "dags": ("dags.command", "List, pause, check and repair DAGs."),
    "worker": ("worker.command", "Let other machines run tasks, and see what they do."),
    "queues": ("worker.queues", "Show the queues of tasks, and which workers take from them."),
    "helm": ("helm.command", "Take a platform to Kubernetes with Airflow's Helm chart."),
    "init": ("init", "Create a project with a pipeline, its tests and a CI workflow."),
    "adopt": ("adopt", "Take over an existing Airflow with its users, secrets and DAGs."),
    "user": ("user.command", "Manage Airflow users."),
    "connection": ("connection", "Manage Airflow connections."),
    "variable": ("variable", "Manage Airflow variables."),
    "link": ("link", "Link DAG packages into the DAGs folder."),
    "db": ("db", "Check, migrate or reset the databases, or open a client."),
    "doctor": ("doctor", "Find problems, explain them, and fix what is safe to fix."),
    "config": ("config", "Show and change settings."),
    "context": ("context.command", "Use Airflows elsewhere by their API."),
    "airflow": ("airflow", "Run the command line of the managed Airflow."),
    "env": ("airflow", "Print the environment of the managed Airflow."),
    "completion": ("completion", "Print a completion script for your shell."),
    "upgrade": ("upgrade", "Install another Airflow release."),
    "uninstall": ("uninstall", "Remove the platform."),
}


class LazyGroup(click.Group):
    """A group that imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        from mlopsctl.cli._common.options import name_variables

        module = importlib.import_module(f"mlopsctl.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        name_variables(command, "MLOPSCTL", cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            raise UsageError(f"there is no command {args[0]!r}.", hint=Hint.of(near[0]) if near else Hint.of("--help"))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


class Verbosity(click.ParamType[int]):
    """The number of `-v`; in MLOPSCTL_VERBOSE also `true` or `false`."""

    name = "verbosity"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        return int(text) if text.isdecimal() else int(click.BOOL.convert(text, param, ctx))


@click.group(
    cls=LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"], "auto_envvar_prefix": "MLOPSCTL", "max_content_width": 100,
    },
    epilog="Every option has an environment variable, such as MLOPSCTL_HOME; see docs/environment.md.",
)  # fmt: skip
@click.option("--home", metavar="DIR", help="Directory of the platform.")
@click.option("--context", metavar="NAME", help="Use an Airflow elsewhere; see the command context.")
@click.option(
    "-v", "--verbose", count=True, type=Verbosity(), help="Show more; -vv also logs HTTP requests and programs.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Show only errors.")
@click.option("--color/--no-color", default=None, help="Use colors and a live display, or plain lines.")
@click.version_option(__version__, message="mlopsctl %(version)s")
@click.pass_context
def cli(
    ctx: click.Context, home: str | None, context: str | None, verbose: int, quiet: bool, color: bool | None
) -> None:
    """Set up and operate machine-learning pipelines on Apache Airflow and MariaDB."""
    if verbose and quiet:
        raise UsageError("-v and -q exclude each other.", hint="leave out one of them")
    if home == "":
        raise UsageError("--home is empty.", hint="leave it out for the default home, or give --home DIR")
    from mlopsctl.cli._common.app import App
    from mlopsctl.cli._common.context_choice import choose
    from mlopsctl.cli._common.output import Output

    log = verbose > 1
    out = Output(verbose=verbose > 0, quiet=quiet, color=False if log else color)  # a live display would garble the log
    if log:
        from mlopsctl.cli._common import debug_log

        ctx.call_on_close(debug_log.enable())
    ctx.obj = App(Path(home) if home else None, ctx.invoked_subcommand or "", out, choose(ctx, home, context))
    ctx.call_on_close(out.wait_notice.close)


def main(argv: list[str] | None = None) -> None:
    """Entry point of `mlopsctl` and `python -m mlopsctl`; ends the process with the exit code of the command."""
    gc.set_threshold(50_000)  # collecting cycles while modules load costs a command an eighth of its CPU time
    argv = sys.argv[1:] if argv is None else argv
    _open_closed_streams()
    if "_MLOPSCTL_COMPLETE" in os.environ:
        from mlopsctl.cli._common.completion import answer

        sys.exit(answer(cli))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show ✓ shows a question mark
            stream.reconfigure(errors="replace")
    try:
        code = _run(argv)
    except BrokenPipeError:
        from mlopsctl.cli._common.failure import discard

        # The reader, such as `head`, has closed the pipe. Exit as after SIGPIPE: the command may be incomplete.
        discard(sys.stdout, sys.stderr)
        code = 141
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        from mlopsctl.cli._common.failure import discard

        # Already reported: a second attempt when the interpreter exits would change the exit code
        discard(sys.stdout)
    sys.exit(code)


def _open_closed_streams() -> None:
    """Open /dev/null for a standard stream that the caller has closed. The next file opened would get its number
    otherwise, and a program that we run would read or write that file as its standard stream."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # gets the lowest free number
    sys.stdin = sys.stdin or open(0, encoding="utf-8")  # noqa: SIM115  # open until the process ends


def _run(argv: list[str]) -> int:
    """Run the command and report its failure; returns the exit code. Raises BrokenPipeError."""
    ctx: click.Context | None = None
    try:
        with cli.make_context("mlopsctl", list(argv)) as ctx:
            code: int = cli.invoke(ctx) or 0
        if sys.stdout:  # None if the caller has closed it
            sys.stdout.flush()
        return code
    except click.exceptions.Exit as e:  # --help and --version
        return e.exit_code
    except click.exceptions.NoArgsIsHelpError as e:  # `mlopsctl user`: its message is the help page
        click.echo(e.format_message(), err=True)
        return 2
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as e:  # noqa: BLE001  # never a bare traceback
        from mlopsctl.cli._common.failure import report

        return report(e, argv, cli, ctx.obj if ctx else None)
