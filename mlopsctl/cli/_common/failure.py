"""Where every failure ends: a message, a hint, an exit code. Imported only if a command fails."""

import os
import sys
from dataclasses import replace
from typing import TextIO

import click

from mlopsctl import __version__
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.cli._common.render import render
from mlopsctl.core.errors import Bug, Interrupted, MlopsctlError, UsageError, from_os
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Result
from mlopsctl.core.states import Status


def report(exception: BaseException, argv: list[str], root: click.Group, app: App | None) -> int:
    """Render a failure; returns the exit code. `app` is None if it happened before the options of `root` were read.
    Raises BrokenPipeError."""
    error = _as_error(exception, root, app)
    words = argv[: argv.index("--")] if "--" in argv else argv
    commands = root.list_commands(click.Context(root))
    command = next((word for word in words if word in commands), "")
    out = app.out if app else Output(color=False if "--no-color" in words else None)
    out = replace(out, json=out.json or _wants_json(words, command))
    try:
        render(out, (app and app.command) or command, Result(status=Status.ERROR, errors=(error, *error.others)))
    except BrokenPipeError:
        raise
    except OSError as e:  # such as a full disk: say on stderr what stdout does not accept
        discard(sys.stdout)
        out.error(from_os(e) or error)
    return error.exit_code


def discard(*streams: TextIO | None) -> None:
    """Discard what these streams have buffered, also when the process exits."""
    for stream in filter(None, streams):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _as_error(exception: BaseException, root: click.Group, app: App | None) -> MlopsctlError:
    if isinstance(exception, MlopsctlError):
        return exception
    if isinstance(exception, KeyboardInterrupt | EOFError | click.Abort):
        if sys.stderr and sys.stderr.isatty():
            click.echo(err=True)  # end the line with ^C
        return Interrupted("stopped by Ctrl-C.", hint="run the same command again to continue")
    if isinstance(exception, click.ClickException):
        return _usage(exception, root)
    return from_os(exception) or _bug(exception, app.command if app else "")


def _usage(error: click.ClickException, root: click.Group) -> UsageError:
    ctx = getattr(error, "ctx", None)
    command = ctx.command_path.split()[1:] if ctx else []
    if isinstance(error, click.NoSuchOption) and (option := _root_option(error.option_name, root)):
        value = () if option.is_flag or option.count else (option.metavar,)
        hint = Hint.of(error.option_name, *value, *command)
        return UsageError(f"{error.option_name} must come before the command.", hint=hint)
    text = error.format_message()
    return UsageError(text[:1].lower() + text[1:], hint=Hint.of(*command, "--help"))


def _root_option(name: str, root: click.Group) -> click.Option | None:
    """The option of mlopsctl itself that has this name."""
    options = [param for param in root.params if isinstance(param, click.Option)]
    return next((o for o in options if name in (*o.opts, *o.secondary_opts)), None)


def _wants_json(words: list[str], command: str) -> bool:
    """Whether `--json` or its variable was given: a command may fail before click reads either."""
    below = words[words.index(command) + 1 :][:1] if command else []
    names = [f"MLOPSCTL_{'_'.join([command, *more])}_JSON".upper().replace("-", "_") for more in ([], below)]
    values = [os.environ.get(name, "").lower() for name in names]
    return "--json" in words or any(value in ("1", "true", "yes", "on", "t", "y") for value in values)


def _bug(exception: BaseException, command: str) -> Bug:
    """Write the traceback to a file that only the user can read. It names the command without its arguments, which may
    contain secrets."""
    import platform
    import shlex
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="mlopsctl-bug-", suffix=".log", delete=False, encoding="utf-8") as log:
        log.write(f"mlopsctl {__version__}, Python {sys.version}, {platform.platform()}\ncommand: {command}\n\n")
        log.write("".join(traceback.format_exception(exception)))
    return Bug(
        f"unexpected {type(exception).__name__}, a bug in mlopsctl; the traceback is in {log.name}.",
        hint=Hint(line=f"cat {shlex.quote(log.name)}", note="include this file in your bug report"),
    )
