"""mlopsctl doctor."""

import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import json_option, pass_app
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import Verdict

if TYPE_CHECKING:
    from mlopsctl.operations.doctor.check import Check, CheckResult
    from mlopsctl.operations.doctor.context import DoctorContext
    from mlopsctl.operations.doctor.report import DoctorReport

INDENT = " " * 9  # below the verdict


@click.command()
@click.option("--only", multiple=True, metavar="CHECK|GROUP", help="Run only this check or group; may be repeated.")
@click.option("--fix", is_flag=True, help="Fix what is safe to fix, then check again.")
@click.option("--list-checks", is_flag=True, help="List the checks and why they matter, and exit.")
@json_option
@pass_app
def doctor(app: App, only: tuple[str, ...], fix: bool, list_checks: bool) -> int:
    """Find problems and show how to solve them. Exits with 1 if there are any."""
    from mlopsctl.operations.doctor import report
    from mlopsctl.operations.doctor.fix import FixRun
    from mlopsctl.operations.doctor.registry import select_checks
    from mlopsctl.operations.doctor.runner import run_checks

    if list_checks:
        checks = select_checks(only)
        return app.render(report.list_checks(checks), partial(_show_checks, checks))
    began = time.monotonic()
    results: list[CheckResult] = []
    errors: list[MlopsctlError] = []
    context = _context(app)
    checks = select_checks(only, context.desired.settings)
    app.out.steps(run_checks(context, checks, results))
    if fix and any(result.failed and result.fixable for result in results):
        with app.lock():
            steps = app.out.steps(FixRun(lambda: _context(app), checks, results).run())
        errors = [step.error for step in steps if step.error]
    found = report.DoctorReport(results, errors, time.monotonic() - began)
    return app.render(found.result(app.program), partial(_show_report, found, app.program))


def _context(app: App) -> "DoctorContext":
    """A new one each time: a fix may have changed the settings too."""
    from mlopsctl.core import settings as settings_file
    from mlopsctl.operations.doctor.context import DoctorContext, settings_unreadable

    try:
        return DoctorContext(app.platform_with(settings_file.load(app.home.config)))
    except MlopsctlError as e:
        error = e
    except OSError as e:
        error = settings_unreadable(app.home.config, e)
    return DoctorContext(app.platform_with(Settings()), error)


def _show_checks(checks: "Sequence[Check]", out: Output) -> None:
    for group in dict.fromkeys(check.group for check in checks):
        rows = [(c.name, "yes" if c.fix else "", c.why) for c in checks if c.group is group]
        out.table((group.upper(), "--fix", "WHY IT MATTERS"), rows)
        out.text("")


def _show_report(report: "DoctorReport", program: str, out: Output) -> None:
    explained: set[str] = set()
    for result in report.results:
        if result.failed or result.fixed or (result.verdict is Verdict.OK and out.verbose):
            _show_result(result, program, out, explain=result.check.name not in explained)
            explained.add(result.check.name)
    for reason, names in report.skipped.items():
        out.text(f"{Verdict.SKIPPED:<8} {', '.join(names)}: {reason}")


def _show_result(result: "CheckResult", program: str, out: Output, *, explain: bool) -> None:
    """`explain`: whether to show why the check matters."""
    verdict = "fixed" if result.fixed else result.verdict
    out.text(f"{verdict:<8} {result.check.name}{': ' if result.message else ''}{result.message}")
    if result.failed and explain:
        out.text(f"{INDENT}{result.check.why}")
    if result.failed and result.hint:
        out.text(f"{INDENT}hint: {result.hint.text(program)}")
