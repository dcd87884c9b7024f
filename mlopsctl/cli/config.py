"""mlopsctl config show|path|set."""

from dataclasses import asdict

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app
from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint

AT_ONCE = ("fills",)  # that only mlopsctl itself reads


@click.group()
def config() -> None:
    """Show and change settings."""


@config.command()
@json_option
@pass_app
def show(app: App) -> None:
    """Show every setting and where it comes from. Secrets are not settings: they are in secrets/."""
    from mlopsctl.core.settings import Settings

    defaults = asdict(Settings())
    values = asdict(app.settings)
    app.out.table(
        ("SETTING", "FROM", "VALUE"),
        [(k, "default" if v == defaults[k] else "config.toml", _word(v)) for k, v in values.items()],
    )
    app.out.envelope("config show", "ok", {"settings": values})


@config.command()
@json_option
@pass_app
def path(app: App) -> None:
    """Print where config.toml is."""
    app.out.text(str(app.home.config))
    app.out.envelope(app.command, "ok", {"path": str(app.home.config)})


@config.command("set")
@click.argument("key")
@click.argument("value")
@dry_run_option
@json_option
@pass_app
def set_(app: App, key: str, value: str, dry_run: bool) -> None:
    """Set KEY to VALUE; `mlopsctl setup` then puts it into effect, but for `fills`, which holds at once."""
    from mlopsctl.adapters import config_file
    from mlopsctl.core import settings

    app.need_setup()
    if key.startswith("external_"):
        raise UsageError(
            f"{key} is not set by hand.", hint=Hint.of("setup", "--metadata-db", "URL", note="or --feature-store")
        )
    if key == "airflow_version":
        raise UsageError(f"{key} is not set by hand.", hint=Hint.of("upgrade", "--airflow-version", value))
    if key.startswith("alert_"):  # which belong together, and to secrets
        raise UsageError(f"{key} is not set by hand.", hint=Hint.of("setup", f"--{key.replace('_', '-')}"))
    with app.lock(dry_run):
        wanted = app.settings.changed(**{key: settings.parse(key, value)})
        changed = wanted != app.settings if dry_run else config_file.save(app.home.config, wanted)
    then = "" if key in AT_ONCE else f"; put it into effect: {app.call('setup')}"
    done = f"{key} would be {value}" if dry_run else f"{key} = {value}{then}"
    app.out.say(done if changed else f"{key} was {value} already")
    data = {"key": key, "value": value, "changed": changed}
    app.out.envelope(app.command, "planned" if dry_run else "ok", data)


def _word(value: object) -> str:
    return (
        ", ".join(value) if isinstance(value, tuple) else str(value).lower() if isinstance(value, bool) else str(value)
    )
