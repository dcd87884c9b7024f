"""What the cause of each import error asks for, done where a program may do it."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.dags import install_packages, links, reparse, reset_cache
from mlopsctl.operations.dags.import_errors import Explained
from mlopsctl.operations.platform import Platform

STALE = "stale-module"


def plan(errors: Sequence[Explained]) -> Plan:
    """One step per file. Asks before packages are installed: they are the only thing that comes from outside."""
    wanted = _packages(errors)
    question = f"Install {', '.join(wanted)} into the managed Airflow, under its constraints?" if wanted else ""
    return Plan(tuple(PlannedStep(error.file, _todo(error)) for error in errors), asks=question)


def _todo(error: Explained) -> str:
    if error.link:
        return f"link {error.link}"
    if error.package:
        return f"install {error.package}"
    return "remove stale bytecode" if error.cause == STALE else f"yours: {error.hint}"


def run(platform: Platform, errors: Sequence[Explained]) -> Iterator[Step]:
    """Mend one by one, then have Airflow read the files. A failure leaves out no other. Raises Unavailable."""
    began = time.monotonic()
    for error in errors:
        if not mendable(error):
            yield Step(error.file, StepState.SKIPPED, f"yours: {error.hint}", time.monotonic() - began)
    yield from _link(platform, list(dict.fromkeys(error.link for error in errors if error.link)))
    for package in _packages(errors):
        yield Step(package, StepState.RUNNING, "installing", time.monotonic() - began)
        yield _install(platform, package)
    if any(error.cause == STALE for error in errors):
        yield from reset_cache.remove(platform)
    if any(map(mendable, errors)):
        yield from reparse.again(platform, restart=True)
    elif errors:
        yield Step("read", StepState.FAILED, "", time.monotonic() - began, _yours(errors))


def mendable(error: Explained) -> bool:
    return bool(error.link or error.package or error.cause == STALE)


def _packages(errors: Sequence[Explained]) -> list[str]:
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
    installed = platform.venv.installed().get(package, "")
    return Step(package, StepState.CHANGED, f"installed {package} {installed}".strip(), time.monotonic() - began)


def _yours(errors: Sequence[Explained]) -> MlopsctlError:
    words = "1 file needs" if len(errors) == 1 else f"{len(errors)} files need"
    return MlopsctlError(
        f"{words} somebody who knows them: {', '.join(error.file for error in errors)}.",
        hint=Hint.of("dags", "errors"),
        code="import-error",
    )
