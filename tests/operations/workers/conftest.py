"""A head that listens for other hosts, and a host that joins it; nothing runs."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from starlette.testclient import TestClient

from mlopsctl.adapters import python_finder
from mlopsctl.adapters.head import client
from mlopsctl.adapters.head.client import HeadClient
from mlopsctl.adapters.redis.server import RedisServer
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.adapters.tls import tunnel
from mlopsctl.adapters.tls.authority import Authority
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core import settings
from mlopsctl.core.join_token import JoinToken
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import CELERY, Settings
from mlopsctl.core.states import ServiceState
from mlopsctl.core.workers import WORKER_SOURCE
from mlopsctl.operations.join.steps import ConfigureStep, Joining, JoinStep
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import head, host, joining, shared, tokens
from mlopsctl.operations.workers.head_api import HeadApi
from mlopsctl.operations.workers.tokens import Terms
from tests.fake_clock import FakeClock

LISTENING = Settings(executor=CELERY, listen="10.0.0.1", worker_slots=4)


class Hurried(FakeClock):
    """Ten seconds pass between two looks at it."""

    def monotonic(self) -> float:
        self.now += 10
        return self.now


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


class WorkerHost:
    """A host that has joined the head, with its own home."""

    def __init__(self, root: Path, head: Platform, patch: pytest.MonkeyPatch, name: str = "w1") -> None:
        self.home, self.head, self.services = Home(root), head, Services(Home(root), "tunnel", "worker")
        secret = tokens.create(head.home, Terms(time.time() + 60, ("gpu",)))
        token = JoinToken("10.0.0.1", 8443, Authority(head.home.authority).fingerprint, secret)
        self.joining = Joining(self.home, token, name, 2, (), lambda: self.platform)
        patch.setattr(client, "join", self.join)
        patch.setattr(python_finder, "available", lambda _: ["3.11"])

    def join(self, token: JoinToken, content: Mapping[str, Any]) -> dict[str, Any]:
        """As the head's API answers, and the client passes it on."""
        answer = joining.join(self.head, dict(content) | {"secret": token.secret})
        authority = Authority(self.head.home.authority).certificate.read_text()
        return cast("dict[str, Any]", json.loads(json.dumps(answer))) | {"authority": authority}

    @property
    def platform(self) -> Platform:
        made = App(self.home.root, "worker", Output()).platform_with(settings.load(self.home.config))
        return replace(made, supervisor=self.services, before_start=lambda *_: None)

    def say(self, state: str) -> None:
        """Let the worker say this of itself."""
        self.home.run.mkdir(exist_ok=True)
        self.home.worker_state.write_text(json.dumps({"pid": 7, "state": state}))


@pytest.fixture
def new_host(tmp_path: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> WorkerHost:
    """It has not joined yet."""
    return WorkerHost(tmp_path / "w1", platform, monkeypatch)


@pytest.fixture
def worker_host(new_host: WorkerHost) -> WorkerHost:
    list(JoinStep(new_host.joining).do())
    list(ConfigureStep(new_host.joining).do())
    new_host.say("ready")
    return new_host


@pytest.fixture
def head_client(worker_host: WorkerHost, monkeypatch: pytest.MonkeyPatch) -> HeadClient:
    """Of that host, on the API of the head, without a network."""
    head = worker_host.head
    api = HeadApi(head.home, partial(joining.join, head), partial(shared.content, head), Hurried()).app()
    monkeypatch.setattr(httpx, "Client", lambda **_: TestClient(api, client=(WORKER_SOURCE, 5000)))
    return host.client(worker_host.home)
