"""The progress of an upgrade, which the folders of the home show, and the conditions for one.

`venv.next` is the new virtual environment that is being installed. While `venv.before`, the old one, exists, the
upgrade is in progress.
"""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from mlopsctl.adapters.airflow.capabilities import numbers
from mlopsctl.adapters.airflow.release import RELEASES, find
from mlopsctl.adapters.venv import Venv
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import AIRFLOW_VERSION
from mlopsctl.core.states import ServiceState
from mlopsctl.operations import airflow_version
from mlopsctl.operations.backfill.lock import check_idle
from mlopsctl.operations.dags.import_errors import listing
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.setup import system_requirements
from mlopsctl.operations.setup.request import SetupRequest


@dataclass(frozen=True)
class Upgrade:
    """`old`: the platform as it is. `new`: the same home with the settings of the new release."""

    old: Platform
    new: Platform
    offline: bool = False

    @property
    def home(self) -> Home:
        return self.old.home

    @property
    def in_progress(self) -> bool:
        """Whether the virtual environments were swapped, or are being swapped."""
        return self.home.venv_previous.exists()

    @property
    def old_version(self) -> str:
        """The release to upgrade from. Raises MlopsctlError if the installation is incomplete."""
        record = Venv(self.home, self.home.venv_previous if self.in_progress else None).record()
        if not record:
            raise MlopsctlError("Airflow is not installed in this home.", hint=Hint.of("setup"), code="no-airflow")
        return record.airflow_version

    @property
    def new_version(self) -> str:
        return self.new.settings.airflow_version

    @property
    def changes_dags(self) -> bool:
        """Whether DAG files may need changes: from Airflow 2 to 3."""
        return find(self.old_version).is_airflow2 and not find(self.new_version).is_airflow2

    @property
    def dump(self) -> Path:
        return self.home.metadata_backups / f"metadata-{self.old_version}.sql"

    def check(self) -> None:
        """Raises MlopsctlError if the upgrade is known to be impossible. Changes nothing."""
        airflow_version.check(self.new_version, "upgrade", offline=self.offline)
        if self.in_progress:
            check_not_in_progress(self.home, self.new_version)
            return
        self._check_newer()
        self._check_path()
        self._check_packages()
        if self.old.settings.external_metadata_db:
            raise MlopsctlError(
                "the metadata database was given by URL; mlopsctl only dumps databases that it created.",
                hint=Hint.of(
                    "setup", "--airflow-version", self.new_version, note="after you backed up the database yourself"
                ),
                code="external",
            )
        check_idle(self.home)
        if errors := [error for error in self._import_errors() if not _changed_since(error, self.home)]:
            raise _broken(errors[0])

    def _check_newer(self) -> None:
        if numbers(self.new_version) < numbers(self.old_version):
            raise MlopsctlError(
                f"Airflow {self.new_version} is older than {self.old_version}; metadata cannot be migrated back.",
                hint=Hint.of("--home", "DIR", "setup", "--airflow-version", self.new_version),
                code="older",
            )

    def _check_path(self) -> None:
        """Airflow 3 migrates the metadata of the last 2.x, but not every release can check the passwords in them."""
        old, new = find(self.old_version), find(self.new_version)
        if old.scrypt_passwords and not new.scrypt_passwords:
            newest = RELEASES[-1].versions[-1]
            raise MlopsctlError(
                f"Airflow {self.new_version} cannot check the passwords of {self.old_version}: no user could log in.",
                hint=Hint.of("upgrade", "--airflow-version", newest, note="keeps them"),
                code="upgrade-path",
            )
        oldest = new.upgrades_from
        if numbers(self.old_version) < numbers(oldest):
            first = find(f"{oldest}.0").versions[-1]
            raise MlopsctlError(
                f"Airflow {self.new_version} cannot be installed over {self.old_version}, only over {first}.",
                hint=Hint.of("upgrade", "--airflow-version", first),
                code="upgrade-path",
            )

    def _check_packages(self) -> None:
        try:
            missing = system_requirements.missing_build_packages(SetupRequest(self.new_installation))
        except MlopsctlError as e:  # no suitable Python
            e.hint = with_upgrade(e.hint, self.new_version)
            raise
        if missing:
            raise system_requirements.packages_missing(missing)

    @property
    def new_installation(self) -> Platform:
        """The new release in the folder in which it is installed."""
        return replace(self.new, venv=Venv(self.home, self.home.venv_next))

    def check_imports(self) -> None:
        """Raises MlopsctlError if the installed Airflow cannot import a file.

        Called after the installation, when Airflow has read files that changed shortly before. After the upgrade, it
        would be unclear which of the releases the file is incompatible with.
        """
        if errors := self._import_errors():
            raise _broken(errors[0])

    def _import_errors(self) -> list[ImportErrorReport]:
        """Those of the installed Airflow; none if it is not running."""
        api_server = self.old.supervisor.states().get("api-server")
        running = api_server is not None and api_server.state == ServiceState.RUNNING
        return listing.failed_imports(self.old) if running else []


def _changed_since(error: ImportErrorReport, home: Home) -> bool:
    path = home.dags / error.file
    return error.at is not None and path.exists() and path.stat().st_mtime > error.at.timestamp()


def _broken(error: ImportErrorReport) -> MlopsctlError:
    return MlopsctlError(
        f"the installed Airflow cannot import {error.file} either.", hint=Hint.of("dags", "errors"), code="import-error"
    )


def check_not_in_progress(home: Home, *allowed: str) -> None:
    """Raises MlopsctlError if an upgrade was interrupted that is neither from nor to one of the `allowed` releases: on
    partly migrated metadata, nothing else may start."""
    if not home.venv_previous.exists():
        return
    new = Venv(home, None if home.venv.exists() else home.venv_next).record()
    old = Venv(home, home.venv_previous).record()
    versions = [record.airflow_version for record in (new, old) if record]
    if not versions:
        raise MlopsctlError(
            f"an upgrade was interrupted, and both {home.venv} and {home.venv_previous} are incomplete.",
            hint=Hint(("setup",), line=f"rm -r {shlex.quote(str(home.venv_previous))}"),
            code="half-upgraded",
        )
    if not set(versions) & set(allowed):
        raise MlopsctlError(
            f"an upgrade to Airflow {versions[0]} was interrupted and must be completed first.",
            hint=_complete_or_revert(versions),
            code="half-upgraded",
        )


def _complete_or_revert(versions: list[str]) -> Hint:
    command, *revert = [("upgrade", "--airflow-version", version) for version in versions]
    return Hint(command, note="or, to revert it:" if revert else "", other=revert[0] if revert else ())


def with_upgrade(hint: Hint, version: str) -> Hint:
    """A hint of an error in an installation, with `upgrade` instead of `setup`."""
    words = hint.command[1:]
    words = words[2:] if words[:1] == ("--airflow-version",) else words
    return replace(hint, command=("upgrade", "--airflow-version", version, *words))


def unknown_version(message: str) -> MlopsctlError:
    return MlopsctlError(message, hint=Hint.of("upgrade", "--airflow-version", AIRFLOW_VERSION), code="unknown-version")
