"""Stop a platform and remove what setup created, and nothing else."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import AGENT, WORKER, Home
from mlopsctl.core.result import Message
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations import step_runner
from mlopsctl.operations.backfill.lock import check_idle
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.services.stop_steps import stop_steps
from mlopsctl.operations.upgrade.state import check_not_in_progress
from mlopsctl.operations.workers import host, membership
from mlopsctl.operations.workers.registry import Registry

# What cannot be created again, and stays without --purge.
KEPT = ("postgres", "mariadb", "redis", "airflow", "workers", "dumps", "models", "data", "secrets", "config.toml")
# In the order of removal. The settings come last: without them, nothing else could be removed after a kill.
CREATED = ("venv", "venv.next", "venv.before", "cache", "logs", *KEPT[:-2], "run", *KEPT[-2:])


def check_is_home(home: Home) -> None:
    """Raises MlopsctlError if setup did not create the folder."""
    if not home.config.exists() and not home.venv.exists():
        raise MlopsctlError(
            f"there is no platform in {home.root}.", hint=Hint.of("--home", "DIR", "uninstall"), code="not-set-up"
        )


def plan(platform: Platform, purge: bool) -> Plan:
    """Raises MlopsctlError while a backfill is running. Without `purge`, also if an upgrade was interrupted: it would
    remove the record of the upgrade, but keep metadata that are only partly migrated."""
    check_idle(platform.home)
    if not purge:
        check_not_in_progress(platform.home)
    root = platform.home.root
    names = [name for name in CREATED if (root / name).exists() and (purge or name not in KEPT)]
    steps = (PlannedStep("services", "stop"), *(PlannedStep(name, f"remove {root / name}") for name in names))
    notes = tuple(_worker_notes(platform, purge))
    if purge:
        return Plan(steps, asks="Remove the platform with all its data?", notes=notes)
    note = Message(f"Data, secrets and settings in {root} are kept.")
    return Plan(steps, asks="Remove the installation?", notes=(note, *notes))


def _worker_notes(platform: Platform, purge: bool) -> Iterator[Message]:
    """What this means for other machines."""
    if platform.home.membership.exists():
        name = membership.load(platform.home).name
        hint = Hint.on_head("worker", "remove", name, note="if it does not answer now" if purge else "to forget it")
        what = "removes this host from its workers" if purge else "keeps this host among its workers, as stopped"
        yield Message(f"The head {what}.", hint=hint)
    elif hosts := [worker.host for worker in Registry(platform.home).workers()]:
        hint = Hint.on_host("each", "uninstall", "--purge")
        yield Message.warning(f"The workers {', '.join(hosts)} can run no tasks without this platform.", hint)


def run(plan: Plan, platform: Platform, purge: bool) -> Iterator[Step]:
    if purge and platform.home.membership.exists() and platform.supervisor.running():
        yield from _leave_head(platform)
    for step in step_runner.run(stop_steps(platform, lifecycle.select_services(platform, ()))):
        if step.error:
            raise step.error
        yield step
    root = platform.home.root
    for planned in plan.steps[1:]:
        start = time.monotonic()
        _remove(root / planned.name)
        yield Step(planned.name, StepState.CHANGED, "removed", time.monotonic() - start)
    if root.exists() and not any(root.iterdir()):
        root.rmdir()


def _leave_head(platform: Platform) -> Iterator[Step]:
    """When the tasks have ended: without its certificate, this host could not report them. It goes on if the head does
    not answer."""
    yield from step_runner.run(stop_steps(platform, [WORKER, AGENT]))
    start = time.monotonic()
    try:
        host.client(platform.home).leave()
        yield Step("head", StepState.CHANGED, "it has forgotten this host", time.monotonic() - start)
    except MlopsctlError as e:
        yield Step("head", StepState.SKIPPED, f"it still knows this host: {e.message}", time.monotonic() - start)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
