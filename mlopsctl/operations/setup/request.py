"""What a setup was asked for, beyond the settings that the home remembers."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.operations.platform import Platform

PROVIDERS = ("fab", "mysql", "postgres", "common-io", "common-sql", "standard", "smtp", "http")


@dataclass(frozen=True)
class Request:
    """`metadata_url`, `feature_store_url`, `admin_password`: given from outside, or empty. Secret, so not shown."""

    platform: Platform
    offline: bool = False
    start: bool = True
    admin_password: str = ""
    metadata_url: str = ""
    feature_store_url: str = ""

    def __repr__(self) -> str:
        return f"Request({self.platform.home.root})"

    @property
    def requirements(self) -> tuple[str, ...]:
        """What goes into the venv: Airflow, its providers, the project's own."""
        settings = self.platform.settings
        lines = [f"apache-airflow=={settings.airflow_version}"]
        lines += [f"apache-airflow-providers-{p}" for p in PROVIDERS]
        for file in self.requirement_files():
            lines += [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
        return tuple(line for line in lines if line and not line.startswith("#"))

    def requirement_files(self) -> list[Path]:
        """`--requirements FILE`, or else the requirements.txt of each DAGs folder."""
        settings = self.platform.settings
        if settings.requirements:
            return [Path(settings.requirements)]
        return [p for d in settings.dags if (p := Path(d) / "requirements.txt").is_file()]


def digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()
