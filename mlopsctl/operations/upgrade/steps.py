"""Upgrade Airflow: install the new release next to the old one, dump the metadata, swap, migrate and check.

If anything fails, the old release and its metadata are restored. Safe to re-run after it was killed.
"""

from collections.abc import Iterator
from functools import partial

from mlopsctl.adapters import config_file
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import DatabaseName, ServiceAction, StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations import step_runner
from mlopsctl.operations.db.maintenance import (
    initialise_metadata,
    own_services,
    raise_on_error,
    restore_services,
    run_call,
    start_databases,
    stop_airflow,
)
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.services.hold import WAIT, Hold, HoldStep
from mlopsctl.operations.setup.configure import ConfigureStep
from mlopsctl.operations.setup.install import InstallStep
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.upgrade import swap
from mlopsctl.operations.upgrade.state import Upgrade, unknown_version, with_upgrade
from mlopsctl.operations.workers.hosts_step import HostsStep


def plan(upgrade: Upgrade) -> Plan:
    """Raises MlopsctlError if the upgrade is not possible."""
    upgrade.check()
    new, old = f"Airflow {upgrade.new_version}", f"Airflow {upgrade.old_version}"
    if upgrade.old_version == upgrade.new_version:
        unused = f"remove {upgrade.home.venv_next}" if upgrade.home.venv_next.exists() else ""
        restore = f"restore {old} and its metadata"
        return Plan((PlannedStep("airflow", restore if upgrade.in_progress else unused),))
    prepare = (
        PlannedStep("airflow", f"install {new} next to {old}, which keeps running"),
        *((PlannedStep("tasks", WAIT),) if upgrade.old.settings.has_workers else ()),
        PlannedStep("dump", f"stop Airflow, dump its metadata to {upgrade.dump}"),
    )
    swap_and_check = (
        PlannedStep("venv", f"replace {old} with {new}"),
        PlannedStep("initialise", "migrate the metadata"),
        PlannedStep("verify", f"start Airflow; if it is not healthy, restore {old} and its metadata"),
    )
    return Plan((*(() if upgrade.in_progress else prepare), *swap_and_check))


def run(upgrade: Upgrade) -> Iterator[Step]:
    """Ends with a failed step if the old release was restored. Raises MlopsctlError if nothing was changed, or if
    restoring failed as well."""
    old_version, was_running = upgrade.old_version, upgrade.old.supervisor.running()
    if old_version == upgrade.new_version:
        yield from _discard(upgrade, was_running)
        return
    if not upgrade.in_progress:
        yield from _install(upgrade)
        upgrade.check_imports()
    hold = Hold(upgrade.old)
    try:
        if upgrade.old.settings.has_workers and was_running:
            yield from raise_on_error(step_runner.run([HoldStep(hold)]))
        yield from _upgrade(upgrade, hold, old_version, was_running)
    finally:
        hold.end()


def _upgrade(upgrade: Upgrade, hold: Hold, old_version: str, was_running: bool) -> Iterator[Step]:
    try:
        yield from _swap(upgrade)
    except Exception as e:
        yield Step("upgrade", StepState.FAILED, f"restoring Airflow {old_version}")
        yield from _restore(upgrade, was_running)
        if not isinstance(e, MlopsctlError):
            raise
        yield Step("upgrade", StepState.FAILED, error=_after_restore(e, upgrade, old_version))
        return
    if not was_running:
        yield from restore_services(upgrade.new, was_running=False)
    elif upgrade.new.settings.has_workers:
        yield from step_runner.run([HostsStep(upgrade.new, hold, needs=())])


def _discard(upgrade: Upgrade, was_running: bool) -> Iterator[Step]:
    """The requested release is the installed one: undo an upgrade that was interrupted, and remove its files."""
    if upgrade.in_progress:
        yield from _restore(upgrade, was_running)
    unused = upgrade.home.venv_next.exists()
    swap.remove_venv(upgrade.home.venv_next, upgrade.home)
    state = StepState.CHANGED if unused else StepState.OK
    yield Step("airflow", state, f"{upgrade.new_version} is installed")


def _install(upgrade: Upgrade) -> Iterator[Step]:
    request = SetupRequest(upgrade.new_installation, upgrade.offline)
    try:
        yield from raise_on_error(step_runner.run([InstallStep(request)]))
    except MlopsctlError as e:
        swap.remove_venv(upgrade.home.venv_next, upgrade.home)
        if e.hint.command[:1] == ("setup",):
            e.hint = with_upgrade(e.hint, upgrade.new_version)
        raise unknown_version(e.message) if e.code == "unknown-version" else e from None


def _swap(upgrade: Upgrade) -> Iterator[Step]:
    yield from _stop_airflow(upgrade)
    if not upgrade.in_progress:
        yield from run_call("dump", "dumping the metadata", partial(swap.dump_metadata, upgrade))
    yield from run_call("venv", "swapping the virtual environments", partial(swap.activate_new, upgrade))
    yield from _configure(upgrade.new)
    yield from initialise_metadata(upgrade.new)
    yield from restore_services(upgrade.new, was_running=True)
    config_file.save(upgrade.home.config, upgrade.new.settings, installed=True)
    upgrade.home.venv_previous.rename(upgrade.home.venv_next)  # the upgrade is complete
    swap.remove_venv(upgrade.home.venv_next, upgrade.home)


def _restore(upgrade: Upgrade, was_running: bool) -> Iterator[Step]:
    if upgrade.in_progress:
        yield from _stop_airflow(upgrade)
        yield from run_call("restore", "restoring the metadata", partial(swap.restore_metadata, upgrade))
        yield from run_call("venv", "swapping the virtual environments", partial(swap.reactivate_old, upgrade))
        yield from _configure(upgrade.old)
    action = ServiceAction.START if was_running else ServiceAction.STOP
    yield from raise_on_error(lifecycle.run(upgrade.old, action, lifecycle.select_services(upgrade.old, ())))


def _configure(platform: Platform) -> Iterator[Step]:
    """Airflow 3 has other names than 2 for many options."""
    step = ConfigureStep(SetupRequest(platform))
    if step.is_outdated():
        yield from raise_on_error(step_runner.run([step]))


def _stop_airflow(upgrade: Upgrade) -> Iterator[Step]:
    yield from start_databases(upgrade.old, own_services(upgrade.old, [DatabaseName.METADATA]))
    yield from stop_airflow(upgrade.old)


def _after_restore(error: MlopsctlError, upgrade: Upgrade, old_version: str) -> MlopsctlError:
    """The error, and that the old release is running again."""
    error.message += f"\nAirflow {old_version} and its metadata were restored."
    if error.code == "import-error":  # only the new release cannot import the file
        again = ("upgrade", "--airflow-version", upgrade.new_version)
        if upgrade.changes_dags:
            error.hint = Hint.of("dags", "migrate", "PATH", note="rewrites DAG files for Airflow 3; then:", other=again)
        else:
            note = f"after you made the file compatible with Airflow {upgrade.new_version}"
            error.hint = Hint(again, note=note)
    return error
