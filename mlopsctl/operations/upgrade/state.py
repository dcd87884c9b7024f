"""How far an upgrade is, which the disk tells, and what stands against it.

`venv.next` is being built; while `venv.before` stands, the upgrade is not over.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.venv import Venv
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import AIRFLOW_VERSION
from mlopsctl.operations.backfill.lock import check_idle
from mlopsctl.operations.dags import import_errors
from mlopsctl.operations.platform import Platform


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
        return self.home.venv_previous.exists()

    @property
    def before(self) -> str:
        """The version that is upgraded from. Raises MlopsctlError where nothing whole is installed."""
        record = Venv(self.home, self.home.venv_previous if self.begun else None).record()
        if not record:
            raise MlopsctlError(
                "no Airflow is wholly installed in this home.", hint=Hint.of("setup"), code="no-airflow"
            )
        return record.airflow_version

    @property
    def after(self) -> str:
        return self.new.settings.airflow_version

    @property
    def dump(self) -> Path:
        return self.home.metadata_backups / f"metadata-{self.before}.sql"

    def check(self) -> None:
        """Raises MlopsctlError for what can be told before anything is done."""
        if not re.fullmatch(r"3\.\d+\.\d+\w*", self.after):
            raise unknown(f"mlopsctl cannot run Airflow {self.after}: it needs a release of Airflow 3.")
        if self.begun:
            check_not_begun(self.home, self.after)
            return
        if _numbers(self.after) < _numbers(self.before):
            raise MlopsctlError(
                f"Airflow {self.after} is older than {self.before}, and metadata migrate forwards only.",
                hint=Hint.of("--home", "DIR", "setup", "--airflow-version", self.after),
                code="older",
            )
        if self.old.settings.external_metadata_db:
            raise MlopsctlError(
                "the metadata database was given by URL, and mlopsctl dumps only what it has made.",
                hint=Hint.of(
                    "setup", "--airflow-version", self.after, note="after you backed up the database yourself"
                ),
                code="external",
            )
        check_idle(self.home)
        if errors := [error for error in self._failed() if not _changed_since(error, self.home)]:
            raise _broken(errors[0])

    def check_imports(self) -> None:
        """For when Airflow has had the time to read what had just been changed. Raises MlopsctlError: afterwards
        nobody could tell which Airflow a broken file does not get on with."""
        if errors := self._failed():
            raise _broken(errors[0])

    def _failed(self) -> list[ImportErrorReport]:
        """What the installed Airflow cannot import, as far as it runs."""
        states = self.old.supervisor.states()
        runs = "api-server" in states and states["api-server"].state == "running"
        return import_errors.failed_imports(self.old) if runs else []


def _changed_since(error: ImportErrorReport, home: Home) -> bool:
    path = home.dags / error.file
    return error.at is not None and path.exists() and path.stat().st_mtime > error.at.timestamp()


def _broken(error: ImportErrorReport) -> MlopsctlError:
    return MlopsctlError(
        f"{error.file} cannot be imported under the installed Airflow either.",
        hint=Hint.of("dags", "errors"),
        code="import-error",
    )


def check_not_begun(home: Home, *wanted: str) -> None:
    """Raises MlopsctlError where an upgrade was broken off whose versions are not among `wanted`: nothing else may be
    started on metadata that are half migrated."""
    if not home.venv_previous.exists():
        return
    after = Venv(home, None if home.venv.exists() else home.venv_next).record()
    before = Venv(home, home.venv_previous).record()
    versions = [record.airflow_version for record in (after, before) if record]
    if not versions:
        raise MlopsctlError(
            f"an upgrade was broken off, and neither {home.venv} nor {home.venv_previous} is whole.",
            hint=Hint(("setup",), line=f"rm -r {shlex.quote(str(home.venv_previous))}"),
            code="half-upgraded",
        )
    if not set(versions) & set(wanted):
        raise MlopsctlError(
            f"an upgrade to Airflow {versions[0]} was broken off, and is to be finished first.",
            hint=_finish_or_go_back(versions),
            code="half-upgraded",
        )


def _finish_or_go_back(versions: list[str]) -> Hint:
    command, *back = [("upgrade", "--airflow-version", version) for version in versions]
    return Hint(command, note="or back:" if back else "", other=back[0] if back else ())


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(re.match(r"\d+", word)[0]) for word in version.split(".")[:3])  # type: ignore[index]


def unknown(message: str) -> MlopsctlError:
    return MlopsctlError(message, hint=Hint.of("upgrade", "--airflow-version", AIRFLOW_VERSION), code="unknown-version")
