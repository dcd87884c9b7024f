"""What the machine must have before anything is written: packages, disk, short socket paths, rights, free ports."""

import os
import re
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from mlopsctl.adapters import config_file, process
from mlopsctl.adapters.constraints import KEYWORDS, resolve_file
from mlopsctl.adapters.files import read_secret, write
from mlopsctl.adapters.postgres import server
from mlopsctl.core import settings as settings_file
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import AIRFLOW_VERSION, Settings
from mlopsctl.operations import seed
from mlopsctl.operations.dags import links
from mlopsctl.operations.setup import alerts, system_requirements
from mlopsctl.operations.setup.request import Request


def missing_packages(request: Request) -> list[str]:
    """The distribution's packages that setup needs and cannot find."""
    platform, settings, missing = request.platform, request.platform.settings, []
    if not settings.external_feature_store:
        there = process.find_program("mariadbd") and process.find_program("mariadb-install-db")
        missing += [] if there and process.account_exists(platform.mariadb.account) else ["mariadb-server"]
    if not settings.external_metadata_db:
        there = server.find_program("initdb") and server.find_program("psql")
        missing += [] if there and process.account_exists(platform.postgres.account) else ["postgresql"]
    if not platform.venv.record():  # mysqlclient is compiled when Airflow is installed
        missing += [] if process.find_program("cc") else ["gcc"]
        missing += [] if process.find_program("pkg-config") else ["pkg-config"]
        missing += [] if process.find_program("mariadb_config") else ["libmariadb-dev"]
        headers = Path(sysconfig.get_path("include"), "Python.h")
        missing += [] if headers.exists() or settings.python else ["python3-dev"]
    return missing


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
        whole = all(folder.is_dir() for folder, _ in self._folders())
        if settings == remembered and whole and not self._new_secrets():
            return ""
        return f"look at the machine, make {self._home.root}"

    def _new_secrets(self) -> dict[Path, str]:
        """Where a secret that was resolve_file now is to be kept, if it is not kept there already."""
        platform = self.request.platform
        given_now = {
            "metadata-url": platform.given_metadata_url,
            "feature-store-url": platform.given_feature_store_url,
            **self.request.alert_secrets,
        }
        places = {self._home.secret(name): word for name, word in given_now.items() if word}
        return {p: word for p, word in places.items() if not p.exists() or read_secret(p) != word}

    def do(self) -> Iterator[str]:
        yield "packages, disk, rights, ports"
        self.look()
        self._make()

    def look(self) -> None:
        """Only looks. Raises MlopsctlError for the first thing that is not as it must be."""
        self._foreign()
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

    def _foreign(self) -> None:
        """A folder with other people's things in it never becomes a home: its rights and its folders would change."""
        root = self._home.root
        if root.exists() and not root.is_dir():
            raise MlopsctlError(f"{root} is a file.", hint="choose another home: mlopsctl --home DIR setup")
        if not root.exists() or self._home.config.exists() or not os.access(root, os.R_OK):
            return
        if strange := sorted({p.name for p in root.iterdir()} - {"run", *(p.name for p, _ in self._folders())}):
            raise MlopsctlError(
                f"{root} is no home of mlopsctl, and it is not empty: {', '.join(strange[:3])}.",
                hint="choose a folder that is empty or new: mlopsctl --home DIR setup",
                code="not-a-home",
            )

    def _wishes(self) -> None:
        """What was asked for, as far as it can be judged without a network."""
        platform, settings = self.request.platform, self.request.platform.settings
        if not re.fullmatch(r"3\.\d+\.\d+\w*", settings.airflow_version):
            raise MlopsctlError(
                f"mlopsctl cannot run Airflow {settings.airflow_version}: it needs a release of Airflow 3.",
                hint=Hint.of("setup", "--airflow-version", AIRFLOW_VERSION),
                code="unknown-version",
            )
        record, version = platform.venv.record(), settings.airflow_version
        if record and record.airflow_version != version and not settings.external_metadata_db:
            raise MlopsctlError(
                f"Airflow {record.airflow_version} is installed, and setup puts no other in its place.",
                hint=Hint.of("upgrade", "--airflow-version", version),
                code="upgrade",
            )
        if settings.python:
            platform.venv.find_python(settings.python)
        if settings.constraints not in KEYWORDS and "://" not in settings.constraints:
            resolve_file(settings.constraints)
        if settings.seed:
            start, end = date.fromisoformat(settings.seed_from), date.fromisoformat(settings.seed_to)
            seed.check_range(start, end, seed.Wish(default_scale=settings.seed_scale))
        for folder in settings.dags:
            links.dag_packages(Path(folder))

    def _disk(self) -> None:
        said = system_requirements.too_full(
            system_requirements.existing_parent(self._home.root), system_requirements.FREE_BYTES
        )
        if said and not self.request.platform.venv.record():
            hint = "make room, or choose another disk: mlopsctl --home DIR setup"
            raise MlopsctlError(said, hint=hint, code="disk-full")

    def _socket_paths(self) -> None:
        if said := system_requirements.too_long(self._home):
            raise MlopsctlError(said, hint="choose a shorter one: mlopsctl --home ~/ml setup", code="path-too-long")

    def _accounts(self) -> None:
        """The databases' accounts must be able to walk down to the home."""
        platform = self.request.platform
        accounts = sorted({name for name in (platform.postgres.account, platform.mariadb.account) if name})
        parent = system_requirements.existing_parent(self._home.root)
        if not os.access(parent, os.W_OK | os.X_OK):
            raise MlopsctlError(
                f"{parent} cannot be written.", hint="choose another home: mlopsctl --home DIR setup", code="no-rights"
            )
        above = system_requirements.existing_parent(
            self._home.root.parent
        )  # the rights of the home itself are set by us
        for account in accounts:
            if folder := system_requirements.closed(account, above):
                raise MlopsctlError(
                    f"the account {account} cannot enter {folder}, which is above the home.",
                    hint=f"chmod o+x '{folder}', or choose another home: mlopsctl --home DIR setup",
                    code="no-rights",
                )

    def _make(self) -> None:
        for folder, mode in self._folders():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
        for place, word in self._new_secrets().items():  # before the settings, which say that they are there
            write(place, word + "\n")
        before = settings_file.load(self._home.config)
        names = ("airflow_version", "python", "constraints", "requirements")
        proven_later = {name: getattr(before, name) for name in names}
        config_file.save(self._home.config, replace(self.request.platform.settings, **proven_later))
        for name in alerts.unwanted(self.request.platform.settings):
            self._home.secret(name).unlink(missing_ok=True)

    def _folders(self) -> tuple[tuple[Path, int], ...]:
        """The folders of a home, and their rights."""
        root = os.geteuid() == 0
        return (
            (self._home.root, 0o711 if root else 0o700),  # as root, the databases' accounts must pass through
            (self._home.secrets, 0o700),
            (self._home.run, 0o711 if root else 0o700),
            (self._home.services_cwd, 0o711 if root else 0o700),
            (self._home.logs, 0o700),
            (self._home.airflow, 0o700),
            (self._home.cache, 0o700),
        )

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
