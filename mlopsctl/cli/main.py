"""The root command, and the funnel through which every failure leaves: a sentence, a hint, an exit code."""

import gc
import importlib
import io
import os
import sys
from pathlib import Path
from typing import TextIO

import click

from mlopsctl import __version__
from mlopsctl.core.errors import MlopsctlError, UsageError, from_os
from mlopsctl.core.hint import Hint

# name → (module in mlopsctl.cli, what it does). The text stands here so that `--help` imports no command.
COMMANDS = {
    "setup": ("setup.command", "Take a bare machine to a healthy, seeded platform."),
    "status": ("services.command", "Show services, health, versions and addresses."),
    "start": ("services.command", "Start all services, or some."),
    "stop": ("services.command", "Stop all services, or some."),
    "restart": ("services.command", "Restart all services, or some."),
    "logs": ("services.command", "Show a service's log, or a task's."),
    "backfill": ("backfill.command", "Make every date of a range a success."),
    "backfills": ("backfill.manage", "Show, watch, pause, resume and cancel backfills."),
    "trigger": ("trigger", "Start one DAG run."),
    "runs": ("runs", "Show the runs of a DAG by date."),
    "seed": ("seed.command", "Fill the feature store with exam data."),
    "coverage": ("coverage", "Show the rows of a table by date, and its holes."),
    "models": ("models.command", "Show trained models, and choose the champion."),
    "dags": ("dags", "List DAGs, explain import errors and mend them."),
    "user": ("user.command", "Create, import, list and delete Airflow users."),
    "connection": ("connection", "Show, set, import and export Airflow connections."),
    "variable": ("variable", "Show, set, import and export Airflow variables."),
    "link": ("link", "Link DAG packages into the DAGs folder."),
    "db": ("db", "Check, migrate or reset the databases, or open a client."),
    "doctor": ("doctor", "Find what is wrong, and mend what is safe."),
    "config": ("config", "Show and change settings."),
    "airflow": ("airflow", "Run the managed Airflow's own command line."),
    "env": ("airflow", "Print the managed Airflow's environment."),
    "completion": ("completion", "Print the completion of bash, zsh or fish."),
    "upgrade": ("upgrade", "Put another Airflow in the place of the installed one."),
    "uninstall": ("uninstall", "Remove what setup made."),
}


class Lazy(click.Group):
    """A group whose commands are imported only when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"mlopsctl.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            raise UsageError(f"there is no command {args[0]!r}.", hint=Hint.of(near[0]) if near else Hint.of("--help"))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Exception as e:
            if ctx.obj and isinstance(e, MlopsctlError):
                e.program = ctx.obj.program
                e.command = ctx.obj.command
            elif ctx.obj:
                e.add_note(f"command: {ctx.obj.command}")  # for a bug's log; not its words, some may be secret
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


class Verbosity(click.ParamType[int]):
    """The number of `-v`; in MLOPSCTL_VERBOSE also `true` or `false`."""

    name = "verbosity"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        return int(text) if text.isdecimal() else int(click.BOOL.convert(text, param, ctx))


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "MLOPSCTL"})
@click.option("--home", metavar="DIR", show_envvar=True, help="The platform's folder.")
@click.option(
    "-v", "--verbose", count=True, type=Verbosity(), show_envvar=True,
    help="Print more; -vv also logs HTTP requests and programs.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, show_envvar=True, help="Say only what failed.")
@click.option("--color/--no-color", default=None, show_envvar=True, help="Colours and live display, or plain lines.")
@click.version_option(__version__, message="mlopsctl %(version)s")
@click.pass_context
def cli(ctx: click.Context, home: str | None, verbose: int, quiet: bool, color: bool | None) -> None:
    """The terminal operations CLI for machine-learning pipelines on Apache Airflow and MariaDB."""
    if verbose and quiet:
        raise UsageError("-v and -q contradict each other.", hint="leave out one of the two")
    if home == "":
        raise UsageError("--home names no folder.", hint="leave it out for the default, or give --home DIR")
    from mlopsctl.cli._common.app import App
    from mlopsctl.cli._common.output import Output

    log = verbose > 1
    out = Output(verbose=verbose > 0, quiet=quiet, color=False if log else color)  # a live display would garble the log
    if log:
        from mlopsctl.cli._common import debug_log

        ctx.call_on_close(debug_log.enable())
    ctx.obj = App(Path(home) if home else None, ctx.invoked_subcommand or "", out)
    ctx.call_on_close(out.silence.end)


def main(argv: list[str] | None = None) -> None:
    """Entry point of `mlopsctl` and of `python -m mlopsctl`; ends the process with the contract's exit code."""
    gc.set_threshold(50_000)  # looking for cycles while modules load costs a command an eighth of its CPU
    argv = sys.argv[1:] if argv is None else argv
    if "_MLOPSCTL_COMPLETE" in os.environ:  # a shell asks how a line may go on
        from mlopsctl.cli.completion import answer

        sys.exit(answer(cli))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that has no ✓ shows a question mark
            stream.reconfigure(errors="replace")
    try:
        code = _called(argv)
    except (BrokenPipeError, SystemExit):  # click makes the second of the first
        # The reader, `head` for one, has gone. As by SIGPIPE: the work may not be done, and nobody is to think so.
        _discard(sys.stdout, sys.stderr)
        code = 141
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:  # it has been told; the interpreter's own try, at its end, would change the exit code
        _discard(sys.stdout)
    sys.exit(code)


def _discard(*streams: TextIO | None) -> None:
    """What is still to be written to them, at the end of the process, too."""
    for stream in filter(None, streams):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _called(argv: list[str]) -> int:
    """Call the command, and tell why it failed; the exit code. Raises BrokenPipeError or SystemExit, where nobody reads
    what it says or what is told."""
    try:
        code: int = cli.main(argv, prog_name="mlopsctl", standalone_mode=False) or 0
        if sys.stdout:  # closed by the caller: nobody to tell
            sys.stdout.flush()
        return code
    except (KeyboardInterrupt, click.Abort):
        hint = "the same command, said again, goes on"
        return _report(argv, MlopsctlError("stopped by Ctrl-C.", hint=hint, code="interrupted"), 130)
    except click.exceptions.NoArgsIsHelpError as e:  # `mlopsctl user`: its text is the help, not a fault's sentence
        click.echo(e.format_message(), err=True)
        return 2
    except click.ClickException as e:
        return _report(argv, _usage(e), 2)
    except MlopsctlError as e:
        return _report(argv, e, e.exit_code)
    except BrokenPipeError:
        raise
    except Exception as e:  # noqa: BLE001  # the funnel: a bug of ours leaves a log, never a bare traceback
        refused = from_os(e)
        return _report(argv, refused, 1) if refused else _report(argv, _bug(e), 3)


def _usage(e: click.ClickException) -> MlopsctlError:
    ctx = getattr(e, "ctx", None)
    if isinstance(e, click.NoSuchOption) and ctx and (param := _root_option(e.option_name)):
        program, *command = ctx.command_path.split()
        words = [program, e.option_name, *([] if param.is_flag or param.count else [str(param.metavar)]), *command]
        return UsageError(f"{e.option_name} stands before the command.", hint=" ".join(words))
    text = e.format_message()
    return UsageError(text[:1].lower() + text[1:], hint=f"{ctx.command_path if ctx else 'mlopsctl'} --help")


def _root_option(name: str) -> click.Option | None:
    """The option of mlopsctl itself that is called so."""
    options = [param for param in cli.params if isinstance(param, click.Option)]
    return next((o for o in options if name in (*o.opts, *o.secondary_opts)), None)


def _report(argv: list[str], error: MlopsctlError, code: int) -> int:
    words = argv[: argv.index("--")] if "--" in argv else argv
    command = next((word for word in words if word in COMMANDS), "")
    from mlopsctl.cli._common.output import Output

    color = False if "--no-color" in words else None
    out = Output(json=_wants_json(words, command), color=color, program=error.program)
    try:
        out.fail(error)
        out.envelope(error.command or command, "error", {}, [error])
    except BrokenPipeError:
        raise
    except OSError as e:  # a full disk: what stdout does not take is told on stderr
        _discard(sys.stdout)
        Output(color=out.color).fail(from_os(e) or error)
    return code


def _wants_json(words: list[str], command: str) -> bool:
    """Whether `--json` was said, or its variable: what failed may have failed before click read either."""
    below = words[words.index(command) + 1 :][:1] if command else []
    names = [f"MLOPSCTL_{'_'.join([command, *more])}_JSON".upper().replace("-", "_") for more in ([], below)]
    said = [os.environ.get(name, "").lower() for name in names]
    return "--json" in words or any(word in ("1", "true", "yes", "on", "t", "y") for word in said)


def _bug(error: Exception) -> MlopsctlError:
    import platform
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="mlopsctl-bug-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:  # mode 0600
        log.write(f"mlopsctl {__version__}, Python {sys.version}, {platform.platform()}\n\n")
        log.write("".join(traceback.format_exception(error)))
    return MlopsctlError(
        f"this is a bug of mlopsctl ({type(error).__name__}); its traceback is in {log.name}.",
        hint=f"send the log with your report: cat {log.name}",
        code="bug",
    )
