"""mlopsctl doctor."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import json_option, option, pass_app
from mlopsctl.cli._common.output import paste
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import Settings
from mlopsctl.core.text import duration

if TYPE_CHECKING:
    from mlopsctl.operations.doctor.check import Check, Result
    from mlopsctl.operations.doctor.context import Place


@click.command()
@option("--only", multiple=True, metavar="CHECK|GROUP", help="These checks, or groups of them; may be repeated.")
@option("--fix", is_flag=True, help="Mend what is safe to mend, one by one, and look again.")
@option("--list-checks", is_flag=True, help="Show what is looked at, and why it matters.")
@json_option
@pass_app
def doctor(app: App, only: tuple[str, ...], fix: bool, list_checks: bool) -> int:
    """Find what is wrong, say why, and give the command that mends it. Exit 1 on any finding."""
    from mlopsctl.operations import doctor as operation
    from mlopsctl.operations.doctor.registry import choose

    checks = choose(only)
    if list_checks:
        return _list(app, checks)
    began = time.monotonic()
    results: list[Result] = []
    steps = app.out.steps(operation.read(_place(app), checks, results))
    if fix and any(result.bad and result.fixable for result in results):
        with app.lock():
            steps = app.out.steps(operation.mend(lambda: _place(app), checks, results))
    return _show(app, results, [step.error for step in steps if step.error], time.monotonic() - began)


def _place(app: App) -> "Place":
    """Everything anew: a mending may have changed the settings too."""
    from mlopsctl.core import settings as settings_file
    from mlopsctl.operations.doctor.context import Place

    try:
        return Place(app.platform_with(settings_file.load(app.home.config)))
    except (MlopsctlError, OSError) as e:
        broken = (
            e
            if isinstance(e, MlopsctlError)
            else MlopsctlError(f"{app.home.config}: {e.strerror}.", hint=f"ls -l '{app.home.config}'")
        )
        return Place(app.platform_with(Settings()), broken)


def _list(app: App, checks: "Sequence[Check]") -> int:
    for group in dict.fromkeys(check.group for check in checks):
        rows = [(c.name, "yes" if c.mend else "", c.why) for c in checks if c.group == group]
        app.out.table((group.upper(), "--fix", "WHY IT MATTERS"), rows)
        app.out.text("")
    entries = [{"name": c.name, "group": c.group, "why": c.why, "fixable": c.mend is not None} for c in checks]
    app.out.envelope(app.command, "ok", {"checks": entries})
    return 0


def _show(app: App, results: "Sequence[Result]", failed: Sequence[MlopsctlError], seconds: float) -> int:
    """`failed`: why something could not be mended. The exit code."""
    explained: set[str] = set()
    for result in results:
        if result.bad or result.fixed or (result.verdict == "ok" and app.out.verbose):
            _finding(app, result, explain=result.check.name not in explained)
            explained.add(result.check.name)
    for reason, names in _skipped(results).items():
        app.out.text(f"skipped  {', '.join(names)}: {reason}")
    for error in failed:
        app.out.fail(error)
    bad = [result for result in results if result.bad]
    app.out.say(f"{_summary(results)}  {duration(seconds)}")
    fixable = [result for result in bad if result.fixable]
    if fixable and not failed:
        app.out.say(f"{len(fixable)} of {len(bad)} can be mended: {app.call('doctor', '--fix')}")
    errors = [MlopsctlError(r.message, hint=r.hint, code=r.check.name) for r in bad]
    data = {"checks": [_entry(app, result) for result in results]}
    wrong = [*errors, *failed]  # what failed may have left nothing to be seen: a start that took too long
    app.out.envelope(app.command, "error" if wrong else "ok", data, wrong)
    return 1 if wrong else 0


def _finding(app: App, result: "Result", *, explain: bool) -> None:
    """`explain`: why it matters, once for each check."""
    word = "fixed" if result.fixed else result.verdict
    app.out.text(f"{word:<8} {result.check.name}{': ' if result.message else ''}{result.message}")
    if result.bad and explain:
        app.out.text(f"         {result.check.why}")
    if result.bad and result.hint:
        app.out.text(f"         hint: {paste(result.hint, app.program)}")


def _skipped(results: "Sequence[Result]") -> dict[str, list[str]]:
    """Names of checks by the reason that they share."""
    reasons: dict[str, list[str]] = {}
    for result in results:
        if result.verdict == "skipped":
            reasons.setdefault(result.message, []).append(result.check.name)
    return reasons


def _summary(results: "Sequence[Result]") -> str:
    checks = len({result.check.name for result in results})
    counts = {
        "errors": sum(r.verdict == "error" for r in results),
        "warnings": sum(r.verdict == "warning" for r in results),
        "fixed": sum(r.fixed for r in results),
        "skipped": sum(r.verdict == "skipped" for r in results),
    }
    said = [f"{n} {word[:-1] if n == 1 and word.endswith('s') else word}" for word, n in counts.items() if n]
    return f"{checks} check{'s' * (checks != 1)}: {', '.join(said) or 'all is well'}"


def _entry(app: App, result: "Result") -> dict[str, Any]:
    """As the contract has it."""
    return {
        "name": result.check.name,
        "verdict": result.verdict,
        "message": result.message,
        "hint": paste(result.hint, app.program),
        "fixable": result.fixable,
        "fixed": result.fixed,
    }
