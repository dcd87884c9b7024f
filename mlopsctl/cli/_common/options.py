"""Options that commands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mlopsctl.cli._common.app import App
from mlopsctl.core.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

pass_app = click.make_pass_decorator(App)


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """click.option with its environment variable shown."""
    return click.option(*names, show_envvar=True, **settings)


def _conf(_ctx: click.Context, _param: click.Parameter, value: str | None) -> dict[str, Any] | None:
    import json

    if value is None:
        return None
    try:
        conf = json.loads(value)
    except json.JSONDecodeError as e:
        raise UsageError(f"--conf is not JSON: {e}.", hint="""write --conf '{"key": "value"}'""") from e
    if not isinstance(conf, dict):
        raise UsageError(f"--conf must be a JSON object, not {value}.", hint="""write --conf '{"key": "value"}'""")
    return conf


def _seconds(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    from mlopsctl.core.dates import parse_duration

    return None if value is None else parse_duration(value)


def whole(_ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """A whole number, which may be written as 1e9."""
    try:
        number = None if value is None else float(value)
        if number is not None and number != int(number):
            raise ValueError
        return None if number is None else int(number)
    except (ValueError, OverflowError) as e:
        raise UsageError(f"--{param.name} must be a whole number, not {value!r}.", hint=f"--{param.name} 1") from e


def share(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    """A share, `0.05` or `5%`, as parts of a million."""
    try:
        if value is None:
            return None
        return round(float(value.removesuffix("%")) * (10_000 if value.endswith("%") else 1_000_000))
    except (ValueError, OverflowError) as e:
        raise UsageError(f"--dirt must be a share, not {value!r}.", hint="--dirt 0.05, or --dirt 5%") from e


def range_options(command: str, start: str, end: str) -> Callable[[F], F]:
    """--from and --to, with their variables."""

    def add(function: F) -> F:
        to = option("--to", metavar="DATE", envvar=f"{command}_TO", help=f"Last day, inclusive [default: {end}].")
        from_ = option(
            "--from", "from_", metavar="DATE", envvar=f"{command}_FROM", help=f"First day [default: {start}]."
        )
        return from_(to(function))

    return add


def _use_json(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    app = ctx.find_object(App)
    assert app  # noqa: S101  # the root command has made it
    app.command = ctx.command_path.partition(" ")[2]  # `link add`
    if value:
        app.use_json()


json_option = click.option(
    "--json", is_flag=True, expose_value=False, callback=_use_json, show_envvar=True, help="One JSON object on stdout."
)
yes_option = option("--yes", "-y", is_flag=True, help="Do not ask.")
dry_run_option = option("--dry-run", is_flag=True, help="Show the plan and touch nothing.")
unpause_option = option("--unpause", is_flag=True, help="Unpause the DAG first.")
conf_option = option("--conf", callback=_conf, metavar="JSON", help="The runs' conf, a JSON object.")
timeout_option = option(
    "--timeout", callback=_seconds, metavar="T", help="Stop waiting after 90s, 30m, 2h (exit 4); the work goes on."
)
