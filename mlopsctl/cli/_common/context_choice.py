"""Which Airflow a command is for: option, then variable, then the current context, then the local home."""

from typing import NamedTuple

import click
from click.core import ParameterSource

from mlopsctl.core import contexts
from mlopsctl.core.errors import UsageError


class Choice(NamedTuple):
    """`name`: of a context; empty: the home. `current`: it was not named, but is the current one."""

    name: str
    current: bool = False


HOME = Choice("")


def choose(ctx: click.Context, home: str | None, context: str | None) -> Choice:
    """`home`, `context`: --home and --context, or their variables. Raises UsageError if both options are given."""
    given = {name for name in ("home", "context") if ctx.get_parameter_source(name) == ParameterSource.COMMANDLINE}
    if context == "" and "context" in given:
        raise UsageError("--context is empty.", hint=f"give --context NAME, or --context {contexts.LOCAL}")
    if len(given) == 2:
        raise UsageError("--home and --context exclude each other.", hint="leave out one of them")
    if context and given != {"home"}:
        return HOME if context == contexts.LOCAL else Choice(context)
    if home:
        return HOME
    return Choice(contexts.current(), current=True)
