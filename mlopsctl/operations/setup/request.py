"""What a setup was asked for, beyond the settings that the home remembers."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.platform import Platform

PROVIDERS = ("fab", "mysql", "postgres", "common-io", "common-sql", "standard", "smtp", "http")


@dataclass(frozen=True)
class Request:
    """`admin_password`: given from outside, or empty. `alert_secrets`: given just now, by their names in secrets/."""

    platform: Platform
    offline: bool = False
    start: bool = True
    admin_password: str = field(default="", repr=False)
    alert_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def requirements(self) -> tuple[str, ...]:
        """What goes into the venv: Airflow, its providers, the project's own by file."""
        lines = [f"apache-airflow=={self.platform.settings.airflow_version}"]
        lines += [f"apache-airflow-providers-{p}" for p in PROVIDERS]
        return (*lines, *(f"-r {file.absolute()}" for file in self.requirement_files()))

    def requirements_digest(self) -> str:
        """Changes where a name, a version or the content of a file does."""
        return digest(*self.requirements, *(file.read_text(encoding="utf-8") for file in self.requirement_files()))

    def requirement_files(self) -> list[Path]:
        """`--requirements FILE`, or else the requirements.txt of each DAGs folder."""
        settings = self.platform.settings
        if settings.requirements:
            path = Path(settings.requirements)
            if not path.is_file():
                raise MlopsctlError(
                    f"the requirements file {path} does not exist.",
                    hint=Hint.of(
                        "setup",
                        "--requirements",
                        "FILE",
                        note="or:",
                        other=(
                            "config",
                            "set",
                            "requirements",
                            "''",
                        ),
                    ),
                    code="no-requirements",
                )
            return [path]
        return [p for d in settings.dags if (p := Path(d) / "requirements.txt").is_file()]


def digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()
