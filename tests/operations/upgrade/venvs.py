"""Homes with virtual environments that consist of their records only."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.adapters.airflow.release import find
from mlopsctl.adapters.mariadb.server import MariaDBServer
from mlopsctl.adapters.postgres.server import Postgres
from mlopsctl.adapters.redis.server import RedisServer
from mlopsctl.adapters.venv import InstallRecord, Venv
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import Settings
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.upgrade.state import Upgrade


def venv(path: Path, version: str) -> None:
    path.mkdir()
    Venv(Home(path.parent), path).write_record(InstallRecord(version, "3.11", "bundled", "digest"))


def platform(folder: Path, errors: list[ImportErrorReport] | None = None, **settings: Any) -> Platform:
    """`errors`: the import errors of a running Airflow; None: it is not running."""
    states = {} if errors is None else {"api-server": SimpleNamespace(state="running")}
    supervisor = SimpleNamespace(states=lambda: states, running=lambda: False)
    api = SimpleNamespace(import_errors=lambda: errors)
    known = Settings(**settings)
    airflow = AirflowPrograms(Home(folder), release=find(known.airflow_version))
    return Platform(
        Home(folder), known, cast(Any, supervisor), Postgres(Home(folder)), MariaDBServer(Home(folder), 1, "UTC"),
        RedisServer(Home(folder), 1),
        Venv(Home(folder)), airflow, cast(Any, api), cast(Any, None),
    )  # fmt: skip


def upgrade(folder: Path, version: str = "3.3.2", **settings: Any) -> Upgrade:
    return Upgrade(platform(folder, **settings), platform(folder, airflow_version=version))


def versions(folder: Path) -> dict[str, str]:
    found = {path.name: Venv(Home(folder), path).record() for path in folder.glob("venv*")}
    return {name: record.airflow_version if record else "" for name, record in sorted(found.items())}
