"""Homes of a head and of a worker host, with their certificates; nothing runs."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.adapters.redis.server import RedisServer
from mlopsctl.adapters.tls.authority import Authority, new_request
from mlopsctl.adapters.tls.tunnel import Route
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import SERVICES, Home
from mlopsctl.core.states import ServiceState
from mlopsctl.core.workers import Report
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.workers import head, host, membership
from mlopsctl.operations.workers.membership import Membership
from mlopsctl.operations.workers.registry import Registry
from tests.operations.doctor.contexts import doctor_context, make_home

DAY = 24 * 3600.0


class Head:
    """A head that listens for others."""

    def __init__(self, root: Path) -> None:
        make_home(root, 'executor = "celery"\nlisten = "127.0.0.1:8443"\n')
        self.home = Home(root)
        head.prepare(self.home, doctor_context(root).platform.settings)

    @property
    def authority(self) -> Authority:
        return Authority(self.home.authority)

    def add(self, name: str, **changes: object) -> None:
        """A host that has just reported; `changes`: fields of its report."""
        now = time.time()
        report = Report(True, True, 2, ("default",), "3.3.2", "abc", now - 60, now, now + 300 * DAY)
        Registry(self.home).add(name)
        Registry(self.home).report(name, replace(report, **changes))  # type: ignore[arg-type]


class WorkerHost:
    """A host that has joined a head."""

    def __init__(self, root: Path, joined: Head) -> None:
        make_home(root, 'executor = "celery"\nhead = "127.0.0.1:8443"\n')
        self.home = Home(root)
        key, request = new_request("w1")
        own = host.identity(self.home)
        own.key.parent.mkdir(parents=True)
        own.key.write_bytes(key)
        own.certificate.write_bytes(joined.authority.sign(request, "w1").pem)
        own.authority.write_bytes(joined.authority.certificate.read_bytes())
        routes = (Route("workers", 18793), Route("redis", 16379))
        membership.save(self.home, Membership("w1", "t", "p", (), routes, "3.11", (), {}))
        host.configure(self.home, doctor_context(root).platform.settings)


@pytest.fixture(autouse=True)
def _without_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RedisServer, "account", None)  # of the system, which a machine without Redis lacks


@pytest.fixture
def joined_head(tmp_path: Path) -> Head:
    return Head(tmp_path / "head")


@pytest.fixture
def worker_host(tmp_path: Path, joined_head: Head) -> WorkerHost:
    return WorkerHost(tmp_path / "w1", joined_head)


@pytest.fixture
def _running(monkeypatch: pytest.MonkeyPatch) -> None:
    """All services count as running, for a quarter of an hour."""
    states = {name: ServiceStatus(name, ServiceState.RUNNING, 1, 900, None) for name in SERVICES}
    monkeypatch.setattr(DoctorContext, "require_services", lambda *_: None)
    monkeypatch.setattr(DoctorContext, "service_states", states)
