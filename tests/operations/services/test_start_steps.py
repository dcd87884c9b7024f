"""When a service counts as ready, and what happens if it never does. Real services are started in tests/live."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import ServiceState
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services.start_steps import StartServiceStep, component_ready, start_steps
from tests.fake_api import api_v2
from tests.fake_clock import FakeClock


class RunningSupervisor(Supervisor):
    """A supervisord that reports mariadb as running."""

    def states(self) -> dict[str, ServiceStatus]:
        return {"mariadb": ServiceStatus("mariadb", ServiceState.RUNNING, None, 1, None)}

    def start(self, name: str) -> None:
        pass


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return App(tmp_path, "start", Output()).platform_with(Settings(api_port=1))


def step(home: Path, ready: Callable[[float], bool]) -> StartServiceStep:
    return StartServiceStep("mariadb", (), RunningSupervisor(Home(home)), ready, clock=FakeClock())


def test_a_component_needs_a_heartbeat_if_there_is_an_api_server(platform: Platform) -> None:
    platform = replace(platform, supervisor=RunningSupervisor(platform.home))
    assert component_ready(platform, "mariadb", has_api=False)(0.0)
    (scheduler,) = start_steps(platform, ["scheduler"])
    with pytest.raises(KeyError):  # asks supervisord, which does not know the service here
        scheduler.ready(0.0)
    _, scheduler = start_steps(platform, ["api-server", "scheduler"])
    with pytest.raises(Unavailable):  # asks the API server
        scheduler.ready(0.0)


def test_a_refusal_of_the_api_server_is_not_waited_for(platform: Platform) -> None:
    api = api_v2(platform.home.root, lambda _: httpx.Response(404, json={"detail": "Not Found"}))
    with pytest.raises(MlopsctlError, match="Not Found"):
        component_ready(replace(platform, api=api), "scheduler", has_api=True)(0.0)


def test_a_timeout_reports_why_the_service_is_not_ready(tmp_path: Path) -> None:
    def ready(_: float) -> bool:
        raise Unavailable("MariaDB accepts no more connections.")

    with pytest.raises(MlopsctlError, match="not ready after 240 s: MariaDB accepts no more connections") as caught:
        list(step(tmp_path, ready).do())
    assert (caught.value.code, caught.value.hint.command) == ("service-died", ("logs", "mariadb"))
    with pytest.raises(MlopsctlError, match=r"not ready after 240 s\."):
        list(step(tmp_path, lambda _: False).do())


def test_a_permanent_error_is_not_waited_for(tmp_path: Path) -> None:
    def ready(_: float) -> bool:
        raise MlopsctlError("MariaDB does not allow this.", code="access-denied")

    with pytest.raises(MlopsctlError) as caught:
        list(step(tmp_path, ready).do())
    assert caught.value.code == "access-denied"


def test_a_service_that_exits_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exited = {"mariadb": ServiceStatus("mariadb", ServiceState.EXITED, None, 0, None)}
    monkeypatch.setattr(RunningSupervisor, "states", lambda _: exited)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/mariadb.log").write_text("disk full\n")
    with pytest.raises(MlopsctlError, match="disk full") as caught:
        list(step(tmp_path, lambda _: True).do())
    assert caught.value.code == "service-died"


def test_a_slow_service_is_waited_for(tmp_path: Path) -> None:
    answers: Iterator[Unavailable | bool] = iter([Unavailable("no answer."), False, True])

    def ready(_: float) -> bool:
        answer = next(answers)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    assert list(step(tmp_path, ready).do()) == ["starting", "starting"]


@pytest.mark.parametrize(
    ("answer", "todo"), [(True, ""), (False, "wait until it is ready"), (None, "wait until it is ready")]
)
def test_a_service_that_supervisord_has_just_restarted_is_waited_for(
    tmp_path: Path, answer: bool | None, todo: str
) -> None:
    def ready(_: float) -> bool:
        if answer is None:
            raise Unavailable("no answer.")
        return answer

    assert step(tmp_path, ready).todo() == todo


@pytest.mark.parametrize(("runs", "prepared"), [(True, []), (False, ["mariadb"])])
def test_only_a_service_that_does_not_run_is_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: bool, prepared: list[str]
) -> None:
    running = {"mariadb": ServiceStatus("mariadb", ServiceState.RUNNING, os.getpid() if runs else None, 1, None)}
    monkeypatch.setattr(RunningSupervisor, "states", lambda _: running)
    called: list[str] = []
    waiting = replace(step(tmp_path, lambda _: True), prepare=lambda: called.append("mariadb"))
    assert list(waiting.do()) == []
    assert called == prepared
