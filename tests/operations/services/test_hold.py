"""The tasks at work end, and no other starts, while something changes that they need."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import WORKER
from mlopsctl.core.settings import CELERY, Settings
from mlopsctl.core.states import ServiceState
from mlopsctl.operations.platform import NoWorkers, Platform
from mlopsctl.operations.services.hold import Hold, is_held
from tests.fake_clock import FakeClock

TASKS = ({"a", "b"}, {"b"}, set[str]())  # at work on other hosts, at each look
HOSTS = (["w1"], ["w1"], ["w1"], ["w1"])


@dataclass
class Hosts(NoWorkers):
    tasks_left: list[set[str]]
    hosts_left: list[list[str]]

    def tasks(self, platform: Platform) -> set[str]:
        return self.tasks_left.pop(0) if self.tasks_left else set()

    def taking_tasks(self, platform: Platform) -> list[str]:
        return self.hosts_left.pop(0) if self.hosts_left else []


@dataclass(frozen=True)
class OneWorker(Supervisor):
    called: list[str] = field(default_factory=list)
    alive: list[bool] = field(default_factory=lambda: [True])

    def states(self) -> dict[str, ServiceStatus]:
        state = ServiceState.RUNNING if self.alive[0] else ServiceState.STOPPED
        return {WORKER: ServiceStatus(WORKER, state, 1, 60, None)}

    def processes(self) -> list[Any]:
        return []

    def stop(self, name: str, meanwhile: object = None) -> None:
        self.called.append(f"stop {name}")
        self.alive[0] = False

    def start(self, name: str) -> None:
        self.called.append(f"start {name}")


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    made = App(tmp_path, "setup", Output()).platform_with(replace(Settings(), executor=CELERY))
    for folder in (made.home.airflow, made.venv.path):
        folder.mkdir()
    hosts = Hosts([set(tasks) for tasks in TASKS], [list(hosts) for hosts in HOSTS])
    return replace(made, workers=hosts, supervisor=OneWorker(made.home))


def called(platform: Platform) -> list[str]:
    assert isinstance(platform.supervisor, OneWorker)
    return platform.supervisor.called


def test_it_waits_for_tasks_and_hosts_and_stops_the_worker(platform: Platform) -> None:
    hold = Hold(platform, FakeClock())
    said = []
    for progress in hold.begin():
        assert is_held(platform.home), "no other task starts while it waits"
        said.append(progress)
    assert said == [
        "waiting for 2 tasks at work", "waiting for 1 task at work", *["waiting for w1 to take no more tasks"] * 4,
        "stopping the worker",
    ]  # fmt: skip
    assert called(platform) == ["stop worker"] and is_held(platform.home)
    hold.end()
    assert not is_held(platform.home)


@pytest.mark.parametrize("installed", [True, False])
def test_the_worker_starts_again_if_its_packages_are_there(platform: Platform, installed: bool) -> None:
    hold = Hold(platform, FakeClock())
    list(hold.begin())
    if installed:
        platform.venv.write_record(InstallRecord("3.3.2", "3.11", "bundled", ""))
    hold.end()
    assert called(platform) == ["stop worker", *["start worker"] * installed]
    hold.end()
    assert len(called(platform)) == 1 + installed, "only once"


def test_tasks_are_not_interrupted_if_the_scheduler_does_not_follow(platform: Platform) -> None:
    platform = replace(platform, airflow=replace(platform.airflow, preload=False))
    hold = Hold(platform, FakeClock())
    with pytest.raises(MlopsctlError) as caught:
        list(hold.begin())
    assert caught.value.code == "tasks-at-work" and called(platform) == []
    hold.end()
    assert not is_held(platform.home)
