"""Another Airflow: built beside the one that runs on meanwhile, and in its place only once that one's metadata are
dumped. Where anything fails the old one runs again; killed, the same call finishes it.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from mlopsctl.adapters import config_file
from mlopsctl.adapters.venv import Venv
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations import step_runner
from mlopsctl.operations.db.maintenance import back, initialise, own, rest, up, well, work
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.setup.install import Install
from mlopsctl.operations.setup.request import Request
from mlopsctl.operations.upgrade import swap
from mlopsctl.operations.upgrade.state import Upgrade, check_not_begun, unknown

__all__ = ["Upgrade", "check_not_begun", "plan", "run"]


def plan(upgrade: Upgrade) -> Plan:
    """Raises MlopsctlError."""
    upgrade.check()
    new, old = f"Airflow {upgrade.after}", f"Airflow {upgrade.before}"
    if upgrade.before == upgrade.after:
        beside = f"remove {upgrade.home.venv_next}" if upgrade.home.venv_next.exists() else ""
        return Plan((PlannedStep("airflow", f"bring {old} back, with its metadata" if upgrade.begun else beside),))
    first = (
        PlannedStep("airflow", f"install {new} beside {old}, which runs on meanwhile"),
        PlannedStep("dump", f"stop Airflow, dump its metadata to {upgrade.dump}"),
    )
    then = (
        PlannedStep("venv", f"put {new} in the place of {old}"),
        PlannedStep("initialise", "migrate the metadata"),
        PlannedStep("verify", f"start; if all is not well, {old} comes back with its metadata"),
    )
    return Plan((*(() if upgrade.begun else first), *then))


def run(upgrade: Upgrade) -> Iterator[Step]:
    """Ends with a failed step where the old Airflow is back. Raises MlopsctlError where nothing was touched, or where
    even the way back failed."""
    before, ran = upgrade.before, upgrade.old.supervisor.running()
    if before == upgrade.after:
        if upgrade.begun:
            yield from _go_back(upgrade, ran)
        beside = upgrade.home.venv_next.exists()
        swap.remove(upgrade.home.venv_next, upgrade.home)  # nobody wants it any more
        yield Step("airflow", StepState.CHANGED if beside else StepState.OK, f"{before} is what runs here")
        return
    if not upgrade.begun:
        yield from _build(upgrade)
        upgrade.check_imports()
    try:
        yield from _change(upgrade)
    except Exception as e:
        yield Step("upgrade", StepState.FAILED, f"going back to Airflow {before}")
        yield from _go_back(upgrade, ran)
        if not isinstance(e, MlopsctlError):
            raise
        yield Step("upgrade", StepState.FAILED, error=_told(e, before, upgrade.after))
        return
    if not ran:
        yield from back(upgrade.new, ran=False)


def _build(upgrade: Upgrade) -> Iterator[Step]:
    beside = replace(upgrade.new, venv=Venv(upgrade.home, upgrade.home.venv_next))
    try:
        yield from well(step_runner.run([Install(Request(beside, upgrade.offline))]))
    except MlopsctlError as e:
        swap.remove(upgrade.home.venv_next, upgrade.home)
        if e.hint.command[:1] == ("setup",):
            e.hint = replace(e.hint, command=("upgrade", "--airflow-version", upgrade.after, *e.hint.command[1:]))
        raise unknown(e.message) if e.code == "unknown-version" else e from None


def _change(upgrade: Upgrade) -> Iterator[Step]:
    yield from _rest(upgrade)
    if not upgrade.begun:
        yield from work("dump", "dumping the metadata", partial(swap.dump, upgrade))
    yield from work("venv", "exchanging the venvs", partial(swap.there, upgrade))
    yield from initialise(upgrade.new)
    yield from back(upgrade.new, ran=True)
    config_file.save(upgrade.home.config, upgrade.new.settings, installed=True)
    upgrade.home.venv_previous.rename(upgrade.home.venv_next)  # from here on it is over
    swap.remove(upgrade.home.venv_next, upgrade.home)


def _go_back(upgrade: Upgrade, ran: bool) -> Iterator[Step]:
    old = upgrade.old
    if upgrade.begun:
        yield from _rest(upgrade)
        yield from work("restore", "restoring the metadata", partial(swap.restore, upgrade))
        yield from work("venv", "exchanging the venvs", partial(swap.back, upgrade))
    yield from well(lifecycle.run(old, "start" if ran else "stop", lifecycle.choose(old, ())))


def _told(error: MlopsctlError, before: str, after: str) -> MlopsctlError:
    error.message += f"\nAirflow {before} is back, with its metadata as they were."
    if error.code == "import-error":  # of the new one: the old one knows nothing of it
        error.hint = Hint.of(
            "upgrade", "--airflow-version", after, note=f"after the file was made to fit Airflow {after}"
        )
    return error


def _rest(upgrade: Upgrade) -> Iterator[Step]:
    yield from up(upgrade.old, own(upgrade.old, ["metadata"]))
    yield from rest(upgrade.old)
