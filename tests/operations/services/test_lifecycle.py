"""What is planned, and what a start that does not come to its end says. Real starts are in tests/live."""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import ServiceState
from mlopsctl.core.steps import PlannedStep
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.services.lifecycle import StartStage
from tests.fake_api import api_v2


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """One that does not run."""
    return App(tmp_path, "start", Output()).platform_with(Settings())


def test_a_restart_is_planned_as_one_step_per_service(platform: Platform) -> None:
    names = ["scheduler", "triggerer"]
    assert lifecycle.plan(platform, "restart", names).steps == tuple(PlannedStep(name, "restart") for name in names)
    assert [step.what for step in lifecycle.plan(platform, "start", names).steps] == ["start", "start"]
    assert lifecycle.plan(platform, "stop", names).empty


def test_without_an_api_server_the_word_of_supervisord_has_to_do(tmp_path: Path) -> None:
    platform = replace(
        App(tmp_path, "start", Output()).platform_with(Settings(api_port=1)), supervisor=Running(Home(tmp_path))
    )
    assert lifecycle._component(platform, "mariadb", heard=False)(0.0)
    (stage,) = lifecycle.start_stages(platform, ["scheduler"])
    assert isinstance(stage, StartStage)
    with pytest.raises(KeyError):  # it asks supervisord, which does not know it, and nobody else
        stage.ready(0.0)
    _, stage = lifecycle.start_stages(platform, ["api-server", "scheduler"])
    assert isinstance(stage, StartStage)
    with pytest.raises(Unavailable):
        stage.ready(0.0)


class Running(Supervisor):
    """A supervisord whose service runs, whether it is ready or not."""

    def states(self) -> dict[str, ServiceStatus]:
        return {"mariadb": ServiceStatus("mariadb", ServiceState.RUNNING, None, 1, None)}

    def start(self, name: str) -> None:
        pass


def start(home: Path, ready: Callable[[float], bool]) -> None:
    for _ in StartStage("mariadb", (), Running(Home(home)), ready).do():
        pass


def test_a_service_that_is_not_up_in_time_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "DEADLINE", 0.3)

    def ready(_: float) -> bool:
        raise Unavailable("MariaDB takes no more connections.")

    with pytest.raises(MlopsctlError) as caught:
        start(tmp_path, ready)
    assert caught.value.message.startswith(
        "mariadb is not up after 0 s: MariaDB takes no more connections. The end of its log:"
    )
    with pytest.raises(MlopsctlError, match=r"mariadb is not up after 0 s\. The end"):
        start(tmp_path, lambda _: False)


def test_a_no_that_will_stay_one_is_not_waited_for(tmp_path: Path) -> None:
    def ready(_: float) -> bool:
        raise MlopsctlError("MariaDB does not allow this.", code="access-denied")

    with pytest.raises(MlopsctlError) as caught:
        start(tmp_path, ready)
    assert caught.value.code == "access-denied"


def test_a_service_that_comes_up_late_is_waited_for(tmp_path: Path) -> None:
    answers: Iterator[Unavailable | bool] = iter([Unavailable("no answer."), False, True])

    def ready(_: float) -> bool:
        answer = next(answers)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    start(tmp_path, ready)
    assert next(answers, None) is None


def test_a_component_whose_server_says_no_is_not_taken_for_one_that_is_late(platform: Platform) -> None:
    api = api_v2(platform.home.root, lambda _: httpx.Response(404, json={"detail": "Not Found"}))
    platform = replace(platform, api=api)
    with pytest.raises(MlopsctlError, match="Airflow rejected the request: Not Found"):
        lifecycle._component(platform, "scheduler", heard=True)(0.0)


@pytest.fixture
def left(platform: Platform) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of a service, whose supervisord has died."""
    platform.home.services_cwd.mkdir(parents=True)
    with subprocess.Popen(["/bin/sleep", "600"], cwd=platform.home.services_cwd) as process:
        yield process
        process.kill()


def test_where_supervisord_has_died_one_service_is_not_said_to_be_stopped(
    platform: Platform, left: "subprocess.Popen[bytes]"
) -> None:
    with pytest.raises(MlopsctlError) as caught:
        lifecycle.plan(platform, "stop", ["scheduler"])
    assert caught.value.message == (
        f"supervisord has died while its services live on (process {left.pid}, 1 in all): "
        "scheduler alone cannot be stopped."
    )
    assert caught.value.hint.text() == "mlopsctl stop ends them all"
    (step,) = lifecycle.run(platform, "restart", ["scheduler"])
    assert step.state == "failed" and left.poll() is None


def test_what_is_left_is_ended_by_a_stop_of_all(platform: Platform, left: "subprocess.Popen[bytes]") -> None:
    names = lifecycle.choose(platform, ())
    assert lifecycle.plan(platform, "stop", names).steps[-1] == PlannedStep("supervisor", "stop")
    *_, last = lifecycle.run(platform, "stop", names)
    assert (last.name, last.state, last.detail) == ("supervisor", "changed", "no process is left")
    assert not psutil.pid_exists(left.pid)


def test_a_start_of_one_service_starts_the_databases_that_it_has_to_end(
    platform: Platform, left: "subprocess.Popen[bytes]"
) -> None:
    assert [step.name for step in lifecycle.plan(platform, "start", ["scheduler"]).steps] == [
        "postgres", "mariadb", "scheduler",
    ]  # fmt: skip
    left.kill()
    left.wait()
    assert [step.name for step in lifecycle.plan(platform, "start", ["scheduler"]).steps] == ["scheduler"]


def test_a_shutdown_looks_whether_a_process_is_left(platform: Platform, left: "subprocess.Popen[bytes]") -> None:
    with pytest.raises(MlopsctlError) as caught:
        lifecycle.ShutdownStage((), platform.supervisor).detail()
    assert (caught.value.message, caught.value.hint.text()) == (
        f"processes are left: {left.pid}.",
        f"kill -9 {left.pid}",
    )


@pytest.mark.parametrize(
    ("answer", "todo"), [(True, ""), (False, "wait until it is up"), (None, "wait until it is up")]
)
def test_what_supervisord_restarted_a_moment_ago_is_waited_for(tmp_path: Path, answer: bool | None, todo: str) -> None:
    def ready(_: float) -> bool:
        if answer is None:
            raise Unavailable("no answer.")
        return answer

    assert StartStage("mariadb", (), Running(Home(tmp_path)), ready).todo() == todo
