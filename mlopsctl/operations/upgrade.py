"""Another Airflow: built beside the one that runs on meanwhile, and in its place only once that one's metadata are
dumped. Where anything fails the old one runs again; killed, the same call finishes it.

How far it is tells the disk: `venv.next` is being built, and while `venv.before` stands, the upgrade is not over.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from mlopsctl.adapters import config_file, postgres_dump
from mlopsctl.adapters.venv import Venv
from mlopsctl.errors import MlopsctlError
from mlopsctl.model import Plan, PlannedStep, Step
from mlopsctl.operations import services, stages
from mlopsctl.operations.backfill.alone import check_idle
from mlopsctl.operations.database_work import back, initialise, own, rest, up, well, work
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.setup.install import Install
from mlopsctl.operations.setup.request import Request
from mlopsctl.paths import Home
from mlopsctl.settings import AIRFLOW_VERSION


@dataclass(frozen=True)
class Upgrade:
    """`old`: the platform as it is. `new`: the same with the settings of the other Airflow."""

    old: Platform
    new: Platform
    offline: bool = False

    @property
    def home(self) -> Home:
        return self.old.home

    @property
    def begun(self) -> bool:
        """Whether the new venv has been put in its place, or is just being."""
        return self.home.venv_before.exists()

    @property
    def before(self) -> str:
        """The version that is upgraded from. Raises MlopsctlError where nothing whole is installed."""
        record = Venv(self.home, self.home.venv_before if self.begun else None).record()
        if not record:
            raise MlopsctlError(
                "no Airflow is wholly installed in this home.", hint="mlopsctl setup", code="no-airflow"
            )
        return record.airflow_version

    @property
    def after(self) -> str:
        return self.new.settings.airflow_version

    @property
    def dump(self) -> Path:
        return self.home.dumps / f"metadata-{self.before}.sql"

    def check(self) -> None:
        """Raises MlopsctlError for what can be told before anything is done."""
        if not re.fullmatch(r"3\.\d+\.\d+\w*", self.after):
            raise _unknown(f"mlopsctl cannot run Airflow {self.after}: it needs a release of Airflow 3.")
        if self.begun:
            check_not_begun(self.home, self.after)
            return
        if _numbers(self.after) < _numbers(self.before):
            raise MlopsctlError(
                f"Airflow {self.after} is older than {self.before}, and metadata migrate forwards only.",
                hint=f"mlopsctl --home DIR setup --airflow-version {self.after}",
                code="older",
            )
        if self.old.settings.external_metadata_db:
            raise MlopsctlError(
                "the metadata database was given by URL, and mlopsctl dumps only what it has made.",
                hint=f"dump it by its own means, then: mlopsctl setup --airflow-version {self.after}",
                code="external",
            )
        check_idle(self.home)
        self._check_imports()

    def _check_imports(self) -> None:
        """Afterwards nobody could tell which Airflow a broken file does not get on with."""
        states = self.old.supervisor.states()
        runs = "api-server" in states and states["api-server"].state == "running"
        if runs and (errors := self.old.api.import_errors()):
            raise MlopsctlError(
                f"{errors[0].file} cannot be imported already now.", hint="mlopsctl dags errors", code="import-error"
            )


def check_not_begun(home: Home, *wanted: str) -> None:
    """Raises MlopsctlError where an upgrade was broken off whose versions are not among `wanted`: nothing else may be
    started on metadata that are half migrated."""
    if not home.venv_before.exists():
        return
    after = Venv(home, None if home.venv.exists() else home.venv_next).record()
    before = Venv(home, home.venv_before).record()
    versions = [record.airflow_version for record in (after, before) if record]
    if not versions:
        raise MlopsctlError(
            f"an upgrade was broken off, and neither {home.venv} nor {home.venv_before} is whole.",
            hint=f"rm -r '{home.venv_before}', then: mlopsctl setup",
            code="half-upgraded",
        )
    if not set(versions) & set(wanted):
        raise MlopsctlError(
            f"an upgrade to Airflow {versions[0]} was broken off, and is to be finished first.",
            hint="\nor back: ".join(f"mlopsctl upgrade --airflow-version {version}" for version in versions),
            code="half-upgraded",
        )


def plan(upgrade: Upgrade) -> Plan:
    """Raises MlopsctlError."""
    upgrade.check()
    new, old = f"Airflow {upgrade.after}", f"Airflow {upgrade.before}"
    if upgrade.before == upgrade.after:
        return Plan((PlannedStep("airflow", f"bring {old} back, with its metadata" if upgrade.begun else ""),))
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
        yield from _go_back(upgrade, ran) if upgrade.begun else (Step("airflow", "ok", f"{before} is what runs here"),)
        return
    if not upgrade.begun:
        yield from _build(upgrade)
    try:
        yield from _change(upgrade)
    except Exception as e:
        yield Step("upgrade", "failed", f"going back to Airflow {before}")
        yield from _go_back(upgrade, ran)
        if not isinstance(e, MlopsctlError):
            raise
        yield Step("upgrade", "failed", error=_told(e, before, upgrade.after))
        return
    if not ran:
        yield from back(upgrade.new, ran=False)


def _build(upgrade: Upgrade) -> Iterator[Step]:
    beside = replace(upgrade.new, venv=Venv(upgrade.home, upgrade.home.venv_next))
    try:
        yield from well(stages.run([Install(Request(beside, upgrade.offline))]))
    except MlopsctlError as e:
        _remove(upgrade.home.venv_next, upgrade.home)
        e.hint = e.hint.replace("mlopsctl setup", f"mlopsctl upgrade --airflow-version {upgrade.after}")
        raise _unknown(e.message) if e.code == "unknown-version" else e from None


def _change(upgrade: Upgrade) -> Iterator[Step]:
    yield from _rest(upgrade)
    if not upgrade.begun:
        yield from work("dump", "dumping the metadata", partial(_dump, upgrade))
    yield from work("venv", "exchanging the venvs", partial(_exchange, upgrade))
    yield from initialise(upgrade.new)
    yield from back(upgrade.new, ran=True)
    config_file.save(upgrade.home.config, upgrade.new.settings, installed=True)
    upgrade.home.venv_before.rename(upgrade.home.venv_next)  # from here on it is over
    _remove(upgrade.home.venv_next, upgrade.home)


def _go_back(upgrade: Upgrade, ran: bool) -> Iterator[Step]:
    old = upgrade.old
    if upgrade.begun:
        yield from _rest(upgrade)
        yield from work("restore", "restoring the metadata", partial(_restore, upgrade))
        yield from work("venv", "exchanging the venvs", partial(_exchange_back, upgrade))
        yield from initialise(old)
    yield from well(services.run(old, "start" if ran else "stop", services.choose(old, ())))


def _told(error: MlopsctlError, before: str, after: str) -> MlopsctlError:
    error.message += f"\nAirflow {before} is back, with its metadata as they were."
    if error.code == "import-error":  # of the new one: the old one knows nothing of it
        error.hint = f"make the file fit Airflow {after}, then: mlopsctl upgrade --airflow-version {after}"
    return error


def _rest(upgrade: Upgrade) -> Iterator[Step]:
    yield from up(upgrade.old, own(upgrade.old, ["metadata"]))
    yield from rest(upgrade.old)


def _dump(upgrade: Upgrade) -> str:
    postgres_dump.dump(upgrade.old.postgres, upgrade.dump)
    return f"{upgrade.dump.stat().st_size / 1e6:.1f} MB, kept in {upgrade.dump}"


def _restore(upgrade: Upgrade) -> str:
    postgres_dump.restore(upgrade.old.postgres, upgrade.dump)
    return f"as in {upgrade.dump}"


def _exchange(upgrade: Upgrade) -> str:
    home, before = upgrade.home, upgrade.before
    if not upgrade.begun:
        home.venv.rename(home.venv_before)
    if not home.venv.exists():
        home.venv_next.rename(home.venv)
    return f"Airflow {upgrade.after} is in the place of {before}"


def _exchange_back(upgrade: Upgrade) -> str:
    home, before = upgrade.home, upgrade.before
    if home.venv.exists():
        home.venv.rename(home.venv_next)
    home.venv_before.rename(home.venv)
    _remove(home.venv_next, home)
    return f"Airflow {before} is in its place again"


def _remove(path: Path, home: Home) -> None:
    """What is half removed is not taken for whole: the record goes first."""
    Venv(home, path).record_path.unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=not path.exists())


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(re.match(r"\d+", word)[0]) for word in version.split(".")[:3])  # type: ignore[index]


def _unknown(message: str) -> MlopsctlError:
    return MlopsctlError(message, hint=f"mlopsctl upgrade --airflow-version {AIRFLOW_VERSION}", code="unknown-version")
