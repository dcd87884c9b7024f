"""The first step of setup: check the machine, then create the folders, secrets and settings of the home."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mlopsctl.adapters import config_file
from mlopsctl.adapters.files import read_secret, write
from mlopsctl.core import settings as settings_file
from mlopsctl.core.paths import Home
from mlopsctl.operations.setup import alerts, preflight
from mlopsctl.operations.setup.request import SetupRequest

SAVED_BY_INSTALL = (
    "airflow_version",
    "python",
    "constraints",
    "requirements",
    "executor",
)  # once they have proved to work


@dataclass(frozen=True)
class SystemCheck:
    request: SetupRequest
    name: str = "check"
    needs: Sequence[str] = ()

    @property
    def _home(self) -> Home:
        return self.request.platform.home

    def todo(self) -> str:
        stored = settings_file.load(self._home.config) if self._home.config.exists() else None
        complete = all(folder.is_dir() for folder, _ in preflight.folders(self._home))
        if self.request.platform.settings == stored and complete and not self._new_secrets():
            return ""
        return f"check the machine, create {self._home.root}"

    def _new_secrets(self) -> dict[Path, str]:
        """Path → content of the secrets that were given now and are not stored yet."""
        platform = self.request.platform
        given = {
            "metadata-url": platform.given_metadata_url,
            "feature-store-url": platform.given_feature_store_url,
            **self.request.alert_secrets,
        }
        paths = {self._home.secret(name): secret for name, secret in given.items() if secret}
        return {path: secret for path, secret in paths.items() if not path.exists() or read_secret(path) != secret}

    def do(self) -> Iterator[str]:
        yield "packages, disk space, access rights, ports"
        preflight.check(self.request)
        self._create_home()

    def _create_home(self) -> None:
        for folder, mode in preflight.folders(self._home):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
        for path, secret in self._new_secrets().items():  # before the settings, which refer to them
            write(path, secret + "\n")
        stored = settings_file.load(self._home.config)
        unproven = {name: getattr(stored, name) for name in SAVED_BY_INSTALL}
        config_file.save(self._home.config, replace(self.request.platform.settings, **unproven))
        for name in alerts.unused_secrets(self.request.platform.settings):
            self._home.secret(name).unlink(missing_ok=True)

    def detail(self) -> str:
        settings = self.request.platform.settings
        wanted = self.request.wanted_settings or settings
        ports = {
            "API": (wanted.api_port, settings.api_port),
            "MariaDB": (wanted.mariadb_port, settings.mariadb_port),
        }
        busy = [f"port {old} is in use: {server} uses {new}" for server, (old, new) in ports.items() if old != new]
        return ", ".join([f"home {self._home.root}", *busy])
