"""Options that commands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mlopsctl.cli.app import App

F = TypeVar("F", bound=Callable[..., Any])

pass_app = click.make_pass_decorator(App)


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """click.option with its environment variable shown."""
    return click.option(*names, show_envvar=True, **settings)


def _use_json(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        ctx.find_object(App).use_json()  # type: ignore[union-attr]


json_option = click.option(
    "--json", is_flag=True, expose_value=False, callback=_use_json, show_envvar=True, help="One JSON object on stdout."
)
yes_option = option("--yes", "-y", is_flag=True, help="Do not ask.")
dry_run_option = option("--dry-run", is_flag=True, help="Show the plan and touch nothing.")
