"""A requested setup: the platform with its new settings, and what the settings do not store."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from mlopsctl.adapters import python_finder
from mlopsctl.adapters.airflow import config
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import Settings
from mlopsctl.core.storage import is_s3
from mlopsctl.operations.platform import Platform


@dataclass(frozen=True)
class SetupRequest:
    """`admin_password`: empty to keep or generate one. `alert_secrets`: those given now, by their names in secrets/.
    `wanted_settings`: the settings before busy ports were replaced."""

    platform: Platform
    offline: bool = False
    start: bool = True
    admin_password: str = field(default="", repr=False)
    alert_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    wanted_settings: Settings | None = None

    @cached_property
    def changes_executor(self) -> bool:
        """Compared with airflow.cfg: config.toml may be ahead of it."""
        return config.executor(self.platform.home) not in ("", self.platform.settings.executor)

    @property
    def before_services(self) -> tuple[str, ...]:
        """The steps before services change: the packages of another executor, the check of an object storage."""
        is_checked = is_s3(self.platform.settings.storage) and self.platform.home.airflow_cfg.exists()
        return ("requirements",) * self.changes_executor + ("reach",) * is_checked

    @property
    def requirements(self) -> tuple[str, ...]:
        """What to install: Airflow, its providers, and the requirements files of the DAGs."""
        lines = [f"apache-airflow=={self.platform.settings.airflow_version}"]
        release, settings = self.platform.airflow.release, self.platform.settings
        celery = release.celery if settings.has_workers else ()
        s3 = release.storage if is_s3(settings.storage) else ()
        return (*lines, *self.providers, *celery, *s3, *(f"-r {file.absolute()}" for file in self.requirement_files()))

    @property
    def providers(self) -> tuple[str, ...]:
        """The distributions of Airflow's providers that are installed."""
        return tuple(f"apache-airflow-providers-{name}" for name in self.platform.airflow.release.providers)

    def find_python(self) -> tuple[str, str]:
        """The path and the version of the Python that is to run Airflow. Raises MlopsctlError."""
        settings, release = self.platform.settings, self.platform.airflow.release
        return python_finder.find(settings.python, settings.airflow_version, release.pythons)

    @property
    def dags_folders(self) -> list[Path]:
        return self.platform.dags_folders

    @property
    def leaves_out_our_dags(self) -> bool:
        return len(self.dags_folders) < len(self.platform.settings.dags)

    def requirements_digest(self) -> str:
        """Changes with every package, version and content of a requirements file."""
        return digest(*self.requirements, *(file.read_text(encoding="utf-8") for file in self.requirement_files()))

    def requirement_files(self) -> list[Path]:
        """The file given by --requirements; otherwise the requirements.txt of each DAGs folder. Raises
        MlopsctlError."""
        settings = self.platform.settings
        if not settings.requirements:
            return [p for d in self.dags_folders if (p := d / "requirements.txt").is_file()]
        path = Path(settings.requirements)
        if not path.is_file():
            raise MlopsctlError(
                f"the requirements file {path} does not exist.",
                hint=Hint.of(
                    "setup", "--requirements", "FILE",
                    note="to use none:", other=("config", "set", "requirements", ""),
                ),
                code="no-requirements",
            )  # fmt: skip
        return [path]


def digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()
