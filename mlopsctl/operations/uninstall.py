"""Remove what setup made, and nothing else."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations import step_runner
from mlopsctl.operations.backfill.lock import check_idle
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.upgrade.state import check_not_begun

# Without --purge: what cannot be made again.
KEPT = ("postgres", "mariadb", "airflow", "dumps", "models", "data", "secrets", "config.toml")
# The settings come last: without them it is over.
MADE = ("venv", "venv.next", "venv.before", "cache", "logs", *KEPT[:-2], "run", *KEPT[-2:])


def check_ours(home: Home) -> None:
    """Raises MlopsctlError where the home is none of ours."""
    if not home.config.exists() and not home.venv.exists():
        raise MlopsctlError(
            f"there is no platform in {home.root}.", hint=Hint.of("--home", "DIR", "uninstall"), code="not-set-up"
        )


def plan(platform: Platform, purge: bool) -> Plan:
    """Raises MlopsctlError where a backfill is being watched; where an upgrade was broken off, whose record would go
    while the metadata stay, half migrated."""
    check_idle(platform.home)
    if not purge:
        check_not_begun(platform.home)
    root = platform.home.root
    names = [n for n in MADE if (root / n).exists() and (purge or n not in KEPT)]
    steps = (PlannedStep("services", "stop"), *(PlannedStep(n, f"remove {root / n}") for n in names))
    what = "everything in it, the data too" if purge else "the installation; data, secrets and settings stay"
    return Plan(steps, asks=f"Remove the platform in {root} ({what})?")


def run(plan: Plan, platform: Platform) -> Iterator[Step]:
    for step in step_runner.run(lifecycle.stop_stages(platform, lifecycle.choose(platform, ()))):
        if step.error:
            raise step.error
        yield step
    for planned in plan.steps[1:]:
        start = time.monotonic()
        _remove(platform.home.root / planned.name)
        yield Step(planned.name, StepState.CHANGED, "removed", time.monotonic() - start)
    root = platform.home.root
    if root.exists() and not any(root.iterdir()):
        root.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
