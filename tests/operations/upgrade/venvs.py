"""A home in which venvs stand, as far as their records tell."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from mlopsctl.adapters.venv import InstallRecord, Venv
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.upgrade import Upgrade
from mlopsctl.paths import Home
from mlopsctl.settings import Settings


def venv(path: Path, version: str) -> None:
    path.mkdir()
    Venv(Home(path.parent), path).write_record(InstallRecord(version, "3.11", "bundled", "digest"))


def platform(folder: Path, **settings: Any) -> Platform:
    supervisor = SimpleNamespace(states=dict, running=lambda: False)
    made = SimpleNamespace(home=Home(folder), settings=Settings(**settings), supervisor=supervisor)
    return cast(Platform, made)


def upgrade(folder: Path, after: str = "3.3.2", **settings: Any) -> Upgrade:
    return Upgrade(platform(folder, **settings), platform(folder, airflow_version=after))


def versions(folder: Path) -> dict[str, str]:
    found = {path.name: Venv(Home(folder), path).record() for path in folder.glob("venv*")}
    return {name: record.airflow_version if record else "" for name, record in sorted(found.items())}
