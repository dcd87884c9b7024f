"""Fixing import errors, as far as a program can: link packages, install distributions, remove stale bytecode."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import ImportErrorCause, StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.core.text import plural, shorten
from mlopsctl.operations.dags import links, reparse, reset_cache
from mlopsctl.operations.dags.import_errors.listing import ImportDiagnosis
from mlopsctl.operations.dags.packages import install_packages
from mlopsctl.operations.platform import Platform

SHOWN = 3  # packages in the question; the plan lists all


def plan(errors: Sequence[ImportDiagnosis]) -> Plan:
    """One step per file. Asks before it installs packages, because they come from outside."""
    packages = _packages(errors)
    question = f"Install {shorten(packages, SHOWN)} into the managed Airflow?" if packages else ""
    return Plan(tuple(PlannedStep(error.file, _action(error)) for error in errors), asks=question)


def _action(error: ImportDiagnosis) -> str:
    if error.link:
        return f"link {error.link}"
    if error.package:
        return f"install {error.package}"
    return "remove stale bytecode" if is_fixable(error) else _by_hand(error)


def _by_hand(error: ImportDiagnosis) -> str:
    return f"{error.cause}: fix this file by hand"


def run(platform: Platform, errors: Sequence[ImportDiagnosis]) -> Iterator[Step]:
    """Fix one file after the other, then have Airflow read the files again. A failure does not stop the other fixes.
    Raises Unavailable."""
    began = time.monotonic()
    for error in errors:
        if not is_fixable(error):
            yield Step(error.file, StepState.SKIPPED, _by_hand(error), time.monotonic() - began)
    yield from _link(platform, list(dict.fromkeys(error.link for error in errors if error.link)))
    for package in _packages(errors):
        yield Step(package, StepState.RUNNING, "installing", time.monotonic() - began)
        yield _install(platform, package)
    if any(error.cause == ImportErrorCause.STALE_MODULE for error in errors):
        yield from reset_cache.remove_bytecode(platform)
    if any(map(is_fixable, errors)):
        yield from reparse.run(platform, restart=True)
    elif errors:
        yield Step("read", StepState.FAILED, "", time.monotonic() - began, _needs_manual_fix(errors))


def is_fixable(error: ImportDiagnosis) -> bool:
    return bool(error.link or error.package) or error.cause == ImportErrorCause.STALE_MODULE


def _packages(errors: Sequence[ImportDiagnosis]) -> list[str]:
    return list(dict.fromkeys(error.package for error in errors if error.package))


def _link(platform: Platform, targets: Sequence[str]) -> Iterator[Step]:
    for target in map(Path, targets):
        try:
            plan_ = links.plan(platform.home.dags, [target])
            yield from links.run(plan_, platform.home.dags, [target])
        except MlopsctlError as e:
            yield Step(target.name, StepState.FAILED, "", 0.0, e)


def _install(platform: Platform, package: str) -> Step:
    began = time.monotonic()
    try:
        install_packages.install(platform, [package])
    except MlopsctlError as e:
        return Step(package, StepState.FAILED, "", time.monotonic() - began, e)
    version = platform.venv.installed().get(package, "")
    return Step(package, StepState.CHANGED, f"installed {package} {version}".strip(), time.monotonic() - began)


def _needs_manual_fix(errors: Sequence[ImportDiagnosis]) -> MlopsctlError:
    files = plural(len(errors), "file needs", "files need")
    return MlopsctlError(
        f"{files} to be fixed by hand: {', '.join(error.file for error in errors)}.",
        hint=Hint.of("dags", "errors"),
        code="import-error",
    )
