"""What the machine must have before anything is written: packages, disk, short socket paths, rights, free ports."""

import os
import re
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from mlopsctl import settings as settings_file
from mlopsctl.adapters import config_file, postgres, process
from mlopsctl.adapters.constraints import WORDS, given
from mlopsctl.adapters.files import write
from mlopsctl.errors import MlopsctlError
from mlopsctl.operations import links, seed
from mlopsctl.operations.setup.request import Request
from mlopsctl.paths import Home
from mlopsctl.settings import AIRFLOW_VERSION, Settings

FREE_BYTES = 2 * 10**9
SOCKET_PATH = 107  # bytes that sockaddr_un has for a path, less the closing zero
LONGEST_SOCKET = "/postgres/.s.PGSQL.5432"


def missing_packages(request: Request) -> list[str]:
    """The distribution's packages that setup needs and cannot find."""
    settings = request.platform.settings
    missing = []
    if not settings.external_feature_store and not (process.find("mariadbd") and process.find("mariadb-install-db")):
        missing.append("mariadb-server")
    if not settings.external_metadata_db and not (postgres.find_program("initdb") and postgres.find_program("psql")):
        missing.append("postgresql")
    if not request.platform.venv.record():  # mysqlclient is compiled when Airflow is installed
        missing += [] if process.find("cc", "gcc") else ["gcc"]
        missing += [] if process.find("pkg-config") else ["pkg-config"]
        missing += [] if process.find("mariadb_config") else ["libmariadb-dev"]
        headers = Path(sysconfig.get_path("include"), "Python.h")
        missing += [] if headers.exists() or settings.python else ["python3-dev"]
    return missing


def existing_parent(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


@dataclass(frozen=True)
class Check:
    request: Request
    asked: Settings
    name: str = "check"
    needs: Sequence[str] = ()

    @property
    def _home(self) -> Home:
        return self.request.platform.home

    def todo(self) -> str:
        settings = self.request.platform.settings
        remembered = settings_file.load(self._home.config) if self._home.config.exists() else None
        return "" if settings == remembered else f"look at the machine, make {self._home.root}"

    def do(self) -> Iterator[str]:
        yield "packages, disk, rights, ports"
        self.look()
        self._make()

    def look(self) -> None:
        """Only looks. Raises MlopsctlError for the first thing that is not as it must be."""
        self._wishes()
        if missing := missing_packages(self.request):
            words = " ".join(missing)
            raise MlopsctlError(
                f"the system lacks {', '.join(missing)}.",
                hint=f"sudo apt-get install -y --no-install-recommends {words}",
                code="missing-packages",
            )
        self._disk()
        self._socket_paths()
        self._accounts()

    def _wishes(self) -> None:
        """What was asked for, as far as it can be judged without a network."""
        platform, settings = self.request.platform, self.request.platform.settings
        if not re.fullmatch(r"3\.\d+\.\d+\w*", settings.airflow_version):
            raise MlopsctlError(
                f"mlopsctl cannot run Airflow {settings.airflow_version}: it needs a release of Airflow 3.",
                hint=f"mlopsctl setup --airflow-version {AIRFLOW_VERSION}",
                code="unknown-version",
            )
        if settings.python:
            platform.venv.find_python(settings.python)
        if settings.constraints not in WORDS and "://" not in settings.constraints:
            given(settings.constraints)
        if settings.seed:
            start, end = date.fromisoformat(settings.seed_from), date.fromisoformat(settings.seed_to)
            seed.check_range(start, end, settings.seed_scale)
        for folder in settings.dags:
            links.packages(Path(folder))

    def _disk(self) -> None:
        import shutil

        place = existing_parent(self._home.root)
        free = shutil.disk_usage(place).free
        if free < FREE_BYTES and not self.request.platform.venv.record():
            raise MlopsctlError(
                f"{place} has {free / 1e9:.1f} GB free, and a platform needs 2 GB.",
                hint="make room, or choose another disk: mlopsctl --home DIR setup",
                code="disk-full",
            )

    def _socket_paths(self) -> None:
        longest = f"{self._home.run}{LONGEST_SOCKET}"
        if len(os.fsencode(longest)) > SOCKET_PATH:
            raise MlopsctlError(
                f"the path of the home is too long: its sockets would have {len(os.fsencode(longest))} bytes, "
                f"and the system takes {SOCKET_PATH}.",
                hint="choose a shorter one: mlopsctl --home ~/ml setup",
                code="path-too-long",
            )

    def _accounts(self) -> None:
        """The databases' accounts must be able to walk down to the home."""
        platform = self.request.platform
        accounts = {platform.postgres.account, platform.mariadb.account} - {None}
        parent = existing_parent(self._home.root)
        if not os.access(parent, os.W_OK | os.X_OK):
            raise MlopsctlError(
                f"{parent} cannot be written.", hint="choose another home: mlopsctl --home DIR setup", code="no-rights"
            )
        for account in accounts:
            for folder in (*reversed(parent.parents), parent):
                if folder == self._home.root:
                    continue  # we set its rights ourselves
                if process.run(["test", "-x", folder], user=account, check=False).code:
                    raise MlopsctlError(
                        f"the account {account} cannot enter {folder}, which is above the home.",
                        hint=f"chmod o+x '{folder}', or choose another home: mlopsctl --home DIR setup",
                        code="no-rights",
                    )

    def _make(self) -> None:
        root = os.geteuid() == 0
        for folder, mode in (
            (self._home.root, 0o711 if root else 0o700),  # as root, the databases' accounts must pass through
            (self._home.secrets, 0o700),
            (self._home.run, 0o711 if root else 0o700),
            (self._home.workplace, 0o711 if root else 0o700),
            (self._home.logs, 0o700),
            (self._home.airflow, 0o700),
            (self._home.cache, 0o700),
        ):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
        for name, url in (
            ("metadata-url", self.request.metadata_url),
            ("feature-store-url", self.request.feature_store_url),
        ):
            if url:
                write(self._home.secret(name), url + "\n")
        before = settings_file.load(self._home.config)
        proven_later = {
            name: getattr(before, name) for name in ("airflow_version", "python", "constraints", "requirements")
        }
        config_file.save(self._home.config, replace(self.request.platform.settings, **proven_later))

    def detail(self) -> str:
        settings = self.request.platform.settings
        words = [f"home {self._home.root}"]
        for what, asked, taken in (
            ("API", self.asked.api_port, settings.api_port),
            ("MariaDB", self.asked.mariadb_port, settings.mariadb_port),
        ):
            if asked != taken:
                words.append(f"port {asked} is busy: {what} takes {taken}")
        return ", ".join(words)
