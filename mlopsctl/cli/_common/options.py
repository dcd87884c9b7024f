"""Options that commands share, and the environment variable of every option."""

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any, TypeVar

import click

from mlopsctl.cli._common.app import WORKER_HOST_COMMANDS, App
from mlopsctl.core.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

_pass_app = click.make_pass_decorator(App)


def pass_app(function: F) -> F:
    """Pass the App to a command. On a worker host, commands that only the head has are refused before they begin."""

    @wraps(function)
    def command(app: App, *args: Any, **given: Any) -> Any:
        command_path = click.get_current_context().command_path.partition(" ")[2]  # `link add`
        if not command_path.startswith(WORKER_HOST_COMMANDS):
            app.need_head(*command_path.split())
        return function(app, *args, **given)

    return _pass_app(command)  # type: ignore[return-value]


def collect_options(options: type) -> Callable[[F], Callable[..., Any]]:
    """Pass the parameters of a command that are fields of a dataclass as one object of it, after other arguments."""
    names = [field.name for field in fields(options)]

    def decorate(function: F) -> Callable[..., Any]:
        @wraps(function)
        def command(*args: Any, **given: Any) -> Any:
            return function(*args, options(**{name: given.pop(name) for name in names}), **given)

        return command

    return decorate


def name_variables(command: click.Command, *words: str) -> None:
    """Give every option of a command and its subcommands the variable MLOPSCTL_<COMMAND>_<OPTION>, and name one of them
    below the options. `words`: "MLOPSCTL" and the command."""
    options = [param for param in command.params if isinstance(param, click.Option)]
    for param in options:
        long = next(name for name in param.opts if name.startswith("--"))
        param.envvar = "_".join([*words, long[2:]]).upper().replace("-", "_")
    if options:
        command.epilog = (
            f"Every option has an environment variable, such as {options[0].envvar}; see docs/environment.md."
        )
    if isinstance(command, click.Group):
        for name, subcommand in command.commands.items():
            name_variables(subcommand, *words, name)


MAX_DIGITS = 100  # of a number: 1e999999999 would fill the memory


def _json_object(_ctx: click.Context, param: click.Parameter, value: str | None) -> dict[str, Any] | None:
    from mlopsctl.core import strict_json

    if value is None:
        return None
    example = f"""write --{param.name} '{{"key": "value"}}'"""
    try:
        found = strict_json.loads(value)
    except ValueError as e:
        raise UsageError(f"--{param.name} is not JSON: {e}.", hint=example) from e
    if not isinstance(found, dict):
        raise UsageError(f"--{param.name} must be a JSON object, not {value}.", hint=example)
    return found


def _seconds(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    from mlopsctl.core.dates import parse_duration

    return None if value is None else parse_duration(value)


def integer(_ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """A callback for integers that may be written as 1e9."""
    from decimal import Decimal, InvalidOperation  # a float would change large numbers

    try:
        number = None if value is None else Decimal(value)
        if number is not None and (number.adjusted() > MAX_DIGITS or number != int(number)):
            raise ValueError
        return None if number is None else int(number)
    except (ValueError, OverflowError, InvalidOperation) as e:
        raise UsageError(f"--{param.name} must be a whole number, not {value!r}.", hint=f"--{param.name} 1") from e


def parts_per_million(_ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """A callback for shares such as `0.05` or `5%`."""
    try:
        if value is None:
            return None
        return round(float(value.removesuffix("%")) * (10_000 if value.endswith("%") else 1_000_000))
    except (ValueError, OverflowError) as e:
        raise UsageError(
            f"--{param.name} must be a share, not {value!r}.", hint=f"--{param.name} 0.05, or --{param.name} 5%"
        ) from e


def range_options(start: str, end: str) -> Callable[[F], F]:
    """--from and --to. `start`, `end`: their defaults, in words."""

    def add(function: F) -> F:
        to = click.option("--to", metavar="DATE", help=f"Last day, inclusive [default: {end}].")
        from_ = click.option("--from", "from_", metavar="DATE", help=f"First day [default: {start}].")
        return from_(to(function))

    return add


def _use_json(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    app = ctx.find_object(App)
    assert app  # noqa: S101  # the root command has created it
    app.command = ctx.command_path.partition(" ")[2]  # `link add`
    if value:
        app.use_json()


json_option = click.option(
    "--json", is_flag=True, expose_value=False, callback=_use_json, help="Print one JSON object."
)
yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask for confirmation.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Show the plan and change nothing.")
unpause_option = click.option("--unpause", is_flag=True, help="Unpause the DAG first.")
conf_option = click.option("--conf", callback=_json_object, metavar="JSON", help="Pass this JSON object to the runs.")
timeout_option = click.option(
    "--timeout", callback=_seconds, metavar="T",
    help="Stop waiting after this time, such as 90s, 30m or 2h (exit 4); the runs continue.",
)  # fmt: skip
