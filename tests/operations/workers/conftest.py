"""A head that listens for other hosts, and its supervisord; nothing runs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.adapters.redis.server import RedisServer
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.adapters.tls import tunnel
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import CELERY, Settings
from mlopsctl.core.states import ServiceState
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import head

LISTENING = Settings(executor=CELERY, listen="10.0.0.1", worker_slots=4)


class Services(Supervisor):
    """A supervisord whose services do at once what they are told. `told`: all of it, in order."""

    def __init__(self, home: Home, *running: str) -> None:
        super().__init__(home)
        object.__setattr__(self, "alive", dict.fromkeys(running, 100.0))
        object.__setattr__(self, "told", [])

    alive: dict[str, float]
    told: list[tuple[str, ...]]

    def states(self) -> dict[str, ServiceStatus]:
        return {name: ServiceStatus(name, ServiceState.RUNNING, 7, 5, None) for name in self.alive}

    def start_time(self, name: str) -> float:
        return self.alive.get(name, 0.0)

    def start(self, name: str) -> None:
        self.told.append(("start", name))
        self.alive[name] = 200.0

    def stop(self, name: str, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.told.append(("stop", name))
        self.alive.pop(name, None)

    def begin_stop(self, name: str) -> None:
        self.told.append(("begin_stop", name))

    def shutdown(self) -> None:
        self.told.append(("shutdown",))
        self.alive.clear()


@pytest.fixture(autouse=True)
def _without_system_software(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RedisServer, "account", None)
    monkeypatch.setattr(tunnel, "find_stunnel", lambda: "stunnel4")


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """Of a head, with two packages in its environment."""
    made = App(tmp_path / "head", "worker", Output()).platform_with(LISTENING)
    made.home.dags.mkdir(parents=True)
    made.redis.write_conf()
    head.prepare(made.home, made.settings)
    for package in ("apache_airflow-3.3.2", "pandas-2.3.3"):
        (made.home.venv / "lib/python3.11/site-packages" / f"{package}.dist-info").mkdir(parents=True)
    made.venv.write_record(InstallRecord("3.3.2", "3.11", "bundled", "wanted"))
    return replace(made, supervisor=Services(made.home, "tunnel"))
