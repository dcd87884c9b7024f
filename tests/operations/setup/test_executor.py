"""When a platform can change to workers and back. Real changes: tests/live."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow import config
from mlopsctl.adapters.files import locked, make_secret
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import SERVICES
from mlopsctl.core.settings import CELERY, LOCAL, Settings
from mlopsctl.core.states import ServiceState
from mlopsctl.core.workers import Report
from mlopsctl.operations.backfill.lock import lock_file
from mlopsctl.operations.services.hold import Hold
from mlopsctl.operations.setup import executor
from mlopsctl.operations.setup.configure import ConfigureStep
from mlopsctl.operations.setup.executor import TasksStep
from mlopsctl.operations.setup.install import InstallStep
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.setup.workers import NoWorkersStep
from mlopsctl.operations.workers import head
from mlopsctl.operations.workers.registry import Registry

WAIT = "let the tasks at work end"


class Running(Supervisor):
    """All services run, and are newer than every file."""

    def states(self) -> dict[str, ServiceStatus]:
        return {name: ServiceStatus(name, ServiceState.RUNNING, 1, 60, None) for name in SERVICES}

    def start_time(self, name: str) -> float:
        return time.time() + 60

    def running(self) -> bool:
        return True

    def listens_on(self, port: int) -> bool:
        return False


def request(home: Path, *, start: bool = True, **settings: Any) -> SetupRequest:
    platform = App(home, "setup", Output()).platform_with(Settings().changed(**settings))
    return SetupRequest(replace(platform, supervisor=Running(platform.home)), start=start)


def write_files(made: SetupRequest) -> None:
    """Those of a platform with these settings."""
    platform = made.platform
    make_secret(platform.home.secret("postgres-airflow-password"))
    if platform.settings.has_workers:
        platform.redis.write_conf()
        head.prepare(platform.home, platform.settings)
    list(ConfigureStep(made).do())
    platform.venv.path.mkdir(exist_ok=True)
    platform.venv.write_record(InstallRecord("3.3.2", "3.11", "bundled", InstallStep(made)._wanted))


@pytest.fixture
def local(tmp_path: Path) -> Path:
    write_files(request(tmp_path))
    return tmp_path


@pytest.fixture
def with_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("shutil.chown", lambda *_: None)
    write_files(request(tmp_path, executor=CELERY, listen="127.0.0.1:18443"))
    return tmp_path


def join(home: Path) -> None:
    registry = Registry(request(home).platform.home)
    registry.add("w1")
    registry.report("w1", Report(True, True, 4, ("default",), "3.3.2", "abc", 1.0, 2.0, 3.0))


def refused(made: SetupRequest) -> MlopsctlError:
    with pytest.raises(MlopsctlError) as caught:
        executor.check(made)
    return caught.value


def step(made: SetupRequest) -> TasksStep:
    return TasksStep(made, Hold(made.platform))


def test_the_executor_is_that_of_airflow_cfg(local: Path) -> None:
    home = request(local).platform.home
    assert config.executor(home) == LOCAL
    home.airflow_cfg.write_text("[core]\nexecutor = CeleryExecutor,LocalExecutor\n")
    assert config.executor(home) == CELERY
    for text in ("[core]\n", "nonsense"):
        home.airflow_cfg.write_text(text)
        assert config.executor(home) == ""


def test_another_executor_waits_for_tasks(local: Path) -> None:
    assert step(request(local)).todo() == ""
    assert step(request(local, timezone="UTC")).todo() == ""
    assert step(request(local, executor=CELERY)).todo() == WAIT


def test_workers_get_other_packages_when_none_has_a_task(with_workers: Path, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"executor": CELERY, "listen": "127.0.0.1:18443"}
    assert step(request(with_workers, **settings)).todo() == ""
    (tmp_path / "requirements.txt").write_text("xgboost\n")
    more = request(with_workers, **settings, requirements=str(tmp_path / "requirements.txt"))
    assert step(more).todo() == WAIT


def test_an_interrupted_change_waits_again(with_workers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Running, "start_time", lambda *_: 1.0)  # the scheduler is older than airflow.cfg
    assert step(request(with_workers, executor=CELERY, listen="127.0.0.1:18443")).todo() == WAIT


def test_a_watched_backfill_refuses_another_executor(local: Path) -> None:
    with locked(lock_file(request(local).platform.home, "daily"), "backfill daily"):
        assert refused(request(local, executor=CELERY)).code == "locked"
        executor.check(request(local, timezone="UTC"))


def test_a_running_scheduler_cannot_change_without_a_start(local: Path) -> None:
    error = refused(request(local, start=False, executor=CELERY))
    assert (error.code, error.hint.command) == ("executor", ("stop",))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"executor": LOCAL}, "need the executor celery"),
        ({"executor": CELERY, "listen": "127.0.0.1:18444"}, "at 127.0.0.1:18443"),
        ({"executor": CELERY}, "at 127.0.0.1:18443"),
    ],
)
def test_hosts_that_have_joined_are_removed_first(with_workers: Path, settings: dict[str, Any], message: str) -> None:
    executor.check(request(with_workers, **settings))
    join(with_workers)
    error = refused(request(with_workers, **settings))
    assert (error.code, error.hint.command) == ("workers-joined", ("worker", "remove", "w1"))
    assert message in error.message
    executor.check(request(with_workers, executor=CELERY, listen="127.0.0.1:18443"))


def test_workers_need_a_release_with_which_they_were_tried(tmp_path: Path) -> None:
    assert refused(request(tmp_path, executor=CELERY, airflow_version="3.2.2")).code == "executor"


def test_an_address_that_is_not_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(request(tmp_path, executor=CELERY, listen="203.0.113.1")).hint.command[-1] == "ADDRESS"
    monkeypatch.setattr(executor, "is_free", lambda *_: False)
    error = refused(request(tmp_path, executor=CELERY, listen="127.0.0.1"))
    assert (error.code, error.hint.command[-1]) == ("port-busy", "127.0.0.1:8444")


def test_without_workers_their_secrets_go(with_workers: Path) -> None:
    made = request(with_workers)
    home = made.platform.home
    home.slots.write_text("3\n")
    left = {path.name for path in home.secrets.iterdir()} - {"ca", "tunnel", "redis-celery-password"}
    assert NoWorkersStep(made).todo()
    list(NoWorkersStep(made).do())
    assert NoWorkersStep(made).todo() == "" and not home.slots.exists() and not home.redis.exists()
    assert {path.name for path in home.secrets.iterdir()} == left - {"redis-mlopsctl-password"}
