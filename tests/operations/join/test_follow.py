"""A host gets other packages and settings of its head, and takes no tasks until it has them."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from mlopsctl.adapters import config_file
from mlopsctl.adapters.head.client import HeadClient
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.core import settings
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.workers import WORKER_SOURCE, Wanted
from mlopsctl.operations.join import follow
from mlopsctl.operations.join.steps import InstallStep
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.workers import host, joining, membership
from mlopsctl.operations.workers.agent import Agent
from mlopsctl.operations.workers.head_api import HeadApi
from mlopsctl.operations.workers.registry import Registry
from mlopsctl.operations.workers.shared import Shared
from tests.fake_clock import FakeClock
from tests.operations.workers.conftest import Hurried, WorkerHost

NEW = "xgboost-3.1.0.dist-info"


@pytest.fixture
def api(worker_host: WorkerHost, monkeypatch: pytest.MonkeyPatch) -> HeadClient:
    """Of a head whose settings and packages may change."""

    def head() -> Platform:
        return replace(worker_host.head, settings=settings.load(worker_host.head.home.config))

    config_file.save(worker_host.head.home.config, worker_host.head.settings, installed=True)
    served = HeadApi(worker_host.head.home, partial(joining.join, worker_host.head), Shared(head).read, Hurried()).app()
    monkeypatch.setattr(httpx, "Client", lambda **_: TestClient(served, client=(WORKER_SOURCE, 5000)))
    (worker_host.head.home.dags / "daily.py").write_text("x = 1\n")
    return host.client(worker_host.home)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The lists of packages that were installed, instead of an installation."""
    lists: list[tuple[str, ...]] = []

    def install(step: InstallStep) -> Iterator[str]:
        home = step.joining.home
        lists.append(membership.load(home).packages)
        home.venv.mkdir(exist_ok=True)
        wanted = json.dumps(lists[-1])
        step.joining.platform().venv.write_record(InstallRecord("3.3.2", "3.11", "the head", wanted))
        yield "installing"

    monkeypatch.setattr(InstallStep, "do", install)
    monkeypatch.setattr(lifecycle, "start_supervisor", lambda _: None)
    return lists


@pytest.fixture
def agent(worker_host: WorkerHost, api: HeadClient, installed: object) -> Agent:
    return Agent(worker_host.platform, api, lambda _: None, FakeClock(), update(worker_host))


def update(worker_host: WorkerHost) -> Callable[[Mapping[str, Any]], Iterator[str]]:
    return lambda shared: follow.update(worker_host.home, shared, lambda: worker_host.platform)


def install_on_head(worker_host: WorkerHost) -> None:
    venv = worker_host.head.venv
    (venv.path / "lib/python3.11/site-packages" / NEW).mkdir()
    record = venv.record()
    assert record
    venv.record_path.unlink()
    venv.write_record(replace(record, wanted="more"))


def told(worker_host: WorkerHost) -> list[tuple[str, ...]]:
    """What supervisord was told of the worker."""
    return [words for words in worker_host.services.told if words[-1] != "tunnel"]


def step(agent: Agent) -> None:
    """With the update that it may have started."""
    agent.step()
    if agent._update:
        agent._update.join()


def test_a_host_with_other_packages_ends_its_worker_gets_them_and_starts_again(
    agent: Agent, worker_host: WorkerHost, installed: list[tuple[str, ...]]
) -> None:
    step(agent)
    assert told(worker_host) == [] and not agent._is_updated
    install_on_head(worker_host)
    step(agent)
    assert told(worker_host) == [("begin_stop", "worker")] and not installed, "its tasks end first"
    worker_host.services.alive.pop("worker")
    step(agent)
    assert "xgboost==3.1.0" in installed[0] and agent._is_updated
    agent.run()  # ends at once: supervisord starts it again
    again = Agent(worker_host.platform, agent.client, lambda _: None, FakeClock(), update(worker_host))
    step(again)
    assert told(worker_host)[1:] == [("start", "worker")] and len(installed) == 1


def test_other_settings_are_applied_without_an_installation(
    agent: Agent, worker_host: WorkerHost, installed: list[tuple[str, ...]]
) -> None:
    list(update(worker_host)(agent.client.shared()))
    del installed[:]
    changed = replace(worker_host.head.settings, timezone="UTC", redis_port=7777)
    config_file.save(worker_host.head.home.config, changed)
    worker_host.services.alive.pop("worker", None)
    step(agent)
    stored = settings.load(worker_host.home.config)
    assert (stored.timezone, stored.redis_port, stored.worker_slots) == ("UTC", 7777, 2) and not installed
    assert ":7777/" in worker_host.home.airflow_cfg.read_text()
    assert "7777" in worker_host.home.tunnel_conf.read_text()


def test_an_update_that_was_killed_is_done_again(
    agent: Agent, worker_host: WorkerHost, monkeypatch: pytest.MonkeyPatch, installed: list[tuple[str, ...]]
) -> None:
    install_on_head(worker_host)
    worker_host.services.alive.pop("worker")

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(host, "configure", killed)
        list(update(worker_host)(agent.client.shared()))
    assert membership.load(worker_host.home).revision == ""
    step(agent)
    assert agent._is_updated and len(installed) == 1, "the packages are there already"
    assert membership.load(worker_host.home).revision == agent.client.shared()["revision"]


def test_why_an_update_fails_is_reported_and_it_is_tried_again_later(agent: Agent, worker_host: WorkerHost) -> None:
    def fail(_: Mapping[str, Any]) -> Iterator[str]:
        raise MlopsctlError("no\x1b route\nto the index.", hint="check the network", code="network")
        yield

    agent.update = fail
    install_on_head(worker_host)
    worker_host.services.alive.pop("worker")
    step(agent)
    agent.update = update(worker_host)
    agent.step()
    report = Registry(worker_host.head.home).find("w1").report
    assert report and report.problem.startswith("no route to the index.") and not agent._is_updated
    agent.clock.sleep(60)
    step(agent)
    assert agent._is_updated


def test_nothing_is_taken_while_the_head_itself_changes(agent: Agent, worker_host: WorkerHost) -> None:
    record = worker_host.head.venv.record_path
    shutil.move(record, record.with_suffix(".part"))
    step(agent)
    assert told(worker_host) == [("begin_stop", "worker")]
    worker_host.services.alive.pop("worker")
    step(agent)
    assert not agent._is_updated
    with pytest.raises(MlopsctlError) as caught:
        agent.client.shared()
    assert caught.value.code == "changing"


def test_a_worker_that_is_started_meanwhile_starts_again(agent: Agent, worker_host: WorkerHost) -> None:
    install_on_head(worker_host)
    list(update(worker_host)(agent.client.shared()))
    assert told(worker_host) == [("stop", "worker")] and membership.load(worker_host.home).revision


def test_a_host_that_is_to_stop_gets_nothing(agent: Agent, worker_host: WorkerHost) -> None:
    step(agent)
    install_on_head(worker_host)
    worker_host.services.alive.pop("worker")
    Registry(worker_host.head.home).want("w1", Wanted.STOP)
    step(agent)
    assert not agent._is_updated and told(worker_host) == [("shutdown",)]
