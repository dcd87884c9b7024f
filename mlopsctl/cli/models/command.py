"""mlopsctl models list|show|compare|promote|rollback."""

from typing import TYPE_CHECKING

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message, Result

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlopsctl.operations.models.promotion import ChampionChange
    from mlopsctl.operations.models.versions import ModelVersion, RegisteredModel

model_option = click.option("--model", metavar="NAME", help="Model [default: ineligible_loan_model, or the only one].")
reason_option = click.option("--reason", metavar="TEXT", default="", help="Reason, stored with the decision.")


@click.group()
def models() -> None:
    """Compare trained models and choose the champion, which predictions use."""


@models.command("list")
@click.option("--model", metavar="NAME", help="Only this model.")
@click.option("--all", "every", is_flag=True, help="Show all versions [default: the newest 15].")
@json_option
@pass_app
def list_(app: App, model: str | None, every: bool) -> int:
    """List the versions of each model, with roles and metrics."""
    from mlopsctl.cli.models import render
    from mlopsctl.operations.models.versions import FIRST_TRAINING, find

    found = _read(app)
    if model:
        found = [find(found, model)]
    none = Message("no model has been trained yet", hint=FIRST_TRAINING)
    result = Result({"models": [render.model_data(m) for m in found]}, messages=() if found else (none,))
    return app.render(result, lambda out: render.show_list(out, found, every))


@models.command()
@click.argument("version", required=False)
@model_option
@click.option("--open", "open_", is_flag=True, help="Open the model's page in a browser.")
@json_option
@pass_app
def show(app: App, version: str | None, model: str | None, open_: bool) -> int:
    """Show VERSION with its lift curve and calibration.

    VERSION defaults to the champion, or else the newest version.

    Lift: how many times more defaults there were among the applications with the highest predicted risk than among all.
    Calibration: the predicted (│) and the observed (bar) rate of defaults.
    """
    from mlopsctl.cli.models import render
    from mlopsctl.operations.models.artifact import page
    from mlopsctl.operations.models.store import folder_with
    from mlopsctl.operations.models.versions import find

    found = find(_read(app), model)
    chosen = found.version(version) if version else found.champion or found.versions[0]
    store = folder_with(app.platform, chosen)
    data = render.version_details(chosen, store)
    messages: tuple[Message, ...] = ()
    if open_:
        data["opened"], messages = _open(page(store, chosen), chosen)
    return app.render(Result(data, messages=messages), lambda out: render.show_version(out, chosen, store))


@models.command()
@click.argument("a")
@click.argument("b")
@model_option
@json_option
@pass_app
def compare(app: App, a: str, b: str, model: str | None) -> int:
    """Compare the versions A and B.

    They are compared on the same held-out rows if both were measured on them.
    """
    from mlopsctl.cli.models import compare
    from mlopsctl.operations.models.versions import find

    found = find(_read(app), model)
    pair = compare.VersionPair(found.version(a), found.version(b))
    return app.render(Result(compare.data(pair)), lambda out: compare.show(out, pair))


@models.command()
@click.argument("version")
@model_option
@reason_option
@dry_run_option
@yes_option
@json_option
@pass_app
def promote(app: App, version: str, model: str | None, reason: str, dry_run: bool, yes: bool) -> int:
    """Make VERSION the champion. Its file must exist and be unchanged since the training."""
    from mlopsctl.operations.models.promotion import promotion

    return _change(app, model, lambda found: promotion(found, version, reason), dry_run, yes)


@models.command()
@model_option
@reason_option
@dry_run_option
@yes_option
@json_option
@pass_app
def rollback(app: App, model: str | None, reason: str, dry_run: bool, yes: bool) -> int:
    """Make the previous champion the champion again. Repeat to go back further."""
    from mlopsctl.operations.models import promotion

    return _change(app, model, lambda found: promotion.rollback(found, reason), dry_run, yes)


def _read(app: App) -> "list[RegisteredModel]":
    from mlopsctl.operations.models import versions

    app.need_setup()
    return versions.read(app.features, app.settings.timezone)


def _change(
    app: App, model: str | None, choose: "Callable[[RegisteredModel], ChampionChange]", dry_run: bool, yes: bool
) -> int:
    from getpass import getuser

    from mlopsctl.operations.models import promotion
    from mlopsctl.operations.models.store import folder_with
    from mlopsctl.operations.models.versions import find

    app.need_setup()
    with app.lock(dry_run):
        change = choose(find(_read(app), model))
        store = folder_with(app.platform, change.version)
        data = {
            "model": change.version.name,
            "version": change.version.version,
            "before": change.before.version if change.before else None,
            "reason": change.reason,
        }
        return app.show(
            promotion.plan(change, store),
            lambda: promotion.run(change, store, app.features, f"{getuser()} (mlopsctl)"),
            data=lambda steps: data | {"steps": steps},
            dry_run=dry_run,
            yes=yes,
        )


def _open(page: "Path | None", version: "ModelVersion") -> tuple[bool, tuple[Message, ...]]:
    """Open the page in a browser; returns whether one opened, and what to tell the user otherwise. Raises MlopsctlError
    if there is no page."""
    import os
    import webbrowser

    if not page:
        raise MlopsctlError(
            f"{version.name} {version.version} has no page.", hint=Hint.of("models", "list"), code="no-page"
        )
    # Without a display, webbrowser starts a text browser, which takes over the terminal and shows no plots.
    graphical = any(os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))
    if graphical and webbrowser.open(f"file://{page}"):
        return True, ()
    return False, (Message(f"cannot open a browser here; the page is {page}"),)
