"""mlopsctl config show|path|set."""

from dataclasses import asdict

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app
from mlopsctl.core.result import Message, Result


@click.group()
def config() -> None:
    """Show and change settings."""


@config.command()
@json_option
@pass_app
def show(app: App) -> int:
    """Show every setting and where its value comes from."""
    from mlopsctl.core.settings import Settings
    from mlopsctl.operations.preload import listing as preload

    defaults, values = asdict(Settings()), asdict(app.settings)
    rows = [(k, "default" if v == defaults[k] else "config.toml", _format(v)) for k, v in values.items()]
    left_out = preload.left_out(app.home, app.settings.preload)
    messages = tuple(Message(f"{module} is not preloaded: {reason}") for module, reason in left_out.items())
    result = Result({"settings": values, "preload_left_out": left_out}, messages=messages)
    return app.render(result, lambda out: out.table(("SETTING", "FROM", "VALUE"), rows))


@config.command()
@json_option
@pass_app
def path(app: App) -> int:
    """Print the path of config.toml."""
    file = str(app.home.config)
    return app.render(Result({"path": file}), lambda out: out.text(file))


@config.command("set")
@click.argument("key")
@click.argument("value")
@dry_run_option
@json_option
@pass_app
def set_(app: App, key: str, value: str, dry_run: bool) -> int:
    """Set KEY to VALUE.

    `mlopsctl config show` lists the keys. Run `mlopsctl setup` to apply a change; `fills` applies at once.
    """
    from mlopsctl.operations import config as operation

    app.need_setup()
    with app.lock(dry_run):
        result = operation.change(app.home, app.settings, key, value, dry_run=dry_run)
    return app.render(result)


def _format(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
