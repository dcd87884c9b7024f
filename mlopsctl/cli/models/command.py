"""mlopsctl models list|show|compare|promote|rollback."""

from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, option, pass_app, yes_option
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlopsctl.operations.models.promotion import Change
    from mlopsctl.operations.models.versions import Model

model_option = option("--model", metavar="NAME", help="Which model [default: ineligible_loan_model, or the only one].")
reason_option = option("--reason", metavar="TEXT", default="", help="Why; kept with the decision.")


@click.group()
def models() -> None:
    """Show trained models, and choose the champion, which predictions are made with."""


@models.command("list")
@option("--model", metavar="NAME", help="This model alone.")
@option("--all", "every", is_flag=True, envvar="MLOPSCTL_MODELS_LIST_ALL", help="Every version, however many.")
@json_option
@pass_app
def list_(app: App, model: str | None, every: bool) -> None:
    """Show the versions of each model, their roles and what they achieved on held-out data."""
    from mlopsctl.cli.models import render
    from mlopsctl.operations.models.versions import TRAIN, find

    found = _read(app)
    if model:
        found = [find(found, model)]
    render.show_list(app.out, found, every)
    if not found:
        app.out.say(f"no model has been trained yet; train one: {app.paste(TRAIN)}")
    app.out.envelope(app.command, "ok", {"models": [render.model_data(m) for m in found]})


@models.command()
@click.argument("version", required=False)
@model_option
@option("--open", "open_", is_flag=True, envvar="MLOPSCTL_MODELS_SHOW_OPEN", help="Open the model's page in a browser.")
@json_option
@pass_app
def show(app: App, version: str | None, model: str | None, open_: bool) -> None:
    """Show one VERSION, with its lift curve and calibration [default: the champion, or else the newest].

    The lift curve: among the so many applications that the model holds for the riskiest, how many times as many
    defaults there were as among all. The calibration: what was predicted (│) and what then happened (the bar).
    """
    from mlopsctl.cli.models import render
    from mlopsctl.operations.models.versions import find

    found = find(_read(app), model)
    chosen = found.version(version) if version else found.champion or found.versions[0]
    render.show_version(app.out, chosen, app.home)
    data = render.whole_data(chosen, app.home)
    if open_:
        data["opened"] = _open(app, data["page"], f"{chosen.name} {chosen.version}")
    app.out.envelope(app.command, "ok", data)


@models.command()
@click.argument("a")
@click.argument("b")
@model_option
@json_option
@pass_app
def compare(app: App, a: str, b: str, model: str | None) -> None:
    """Show the versions A and B side by side; on the same held-out rows, where both were measured on them."""
    from mlopsctl.cli.models import compare
    from mlopsctl.operations.models.versions import find

    found = find(_read(app), model)
    pair = compare.Pair(found.version(a), found.version(b))
    compare.show(app.out, pair)
    app.out.envelope(app.command, "ok", compare.data(pair))


@models.command()
@click.argument("version")
@model_option
@reason_option
@dry_run_option
@yes_option
@json_option
@pass_app
def promote(app: App, version: str, model: str | None, reason: str, dry_run: bool, yes: bool) -> int:
    """Make VERSION the champion. Its file must be there, and be the one that was trained."""
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
    """Make the champion before the champion again; said again, the one before that."""
    from mlopsctl.operations.models import promotion as decide

    return _change(app, model, lambda found: decide.rollback(found, reason), dry_run, yes)


def _read(app: App) -> "list[Model]":
    from mlopsctl.operations.models import versions

    app.need_setup()
    return versions.read(app.features, app.settings.timezone)


def _change(app: App, model: str | None, choose: "Callable[[Model], Change]", dry_run: bool, yes: bool) -> int:
    from getpass import getuser

    from mlopsctl.operations.models import promotion as decide
    from mlopsctl.operations.models.versions import find

    app.need_setup()
    with app.lock(dry_run):
        change = choose(find(_read(app), model))
        words = {
            "model": change.version.name,
            "version": change.version.version,
            "before": change.before.version if change.before else None,
            "reason": change.reason,
        }
        return app.show(
            decide.plan(change, app.home.models),
            lambda: decide.run(change, app.home.models, app.features, f"{getuser()} (mlopsctl)"),
            data=lambda steps: words | {"steps": steps},
            dry_run=dry_run,
            yes=yes,
        )


def _open(app: App, page: Any, name: str) -> bool:
    """Whether a browser took the page. Raises MlopsctlError where there is no page."""
    import os
    import webbrowser

    if not page:
        raise MlopsctlError(f"{name} has no page.", hint=Hint.of("models", "list"), code="no-page")
    # Without a display a text browser would take the terminal, and show none of the plots.
    graphical = any(os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))
    opened = graphical and webbrowser.open(f"file://{page}")
    if not opened:
        app.out.say(f"no browser could be opened here; the page is {page}")
    return opened
