"""What is planned, and what a start that does not come to its end says. Real starts are in tests/live."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.supervisor import Supervisor
from mlopsctl.cli.app import App
from mlopsctl.cli.output import Output
from mlopsctl.errors import MlopsctlError, Unavailable
from mlopsctl.model import PlannedStep, ServiceStatus
from mlopsctl.operations import services
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import StartStage
from mlopsctl.paths import Home
from mlopsctl.settings import Settings


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """One that does not run."""
    return App(tmp_path, "start", Output()).platform_with(Settings())


def test_a_restart_is_planned_as_one_step_per_service(platform: Platform) -> None:
    names = ["scheduler", "triggerer"]
    assert services.plan(platform, "restart", names).steps == tuple(PlannedStep(name, "restart") for name in names)
    assert [step.what for step in services.plan(platform, "start", names).steps] == ["start", "start"]
    assert services.plan(platform, "stop", names).empty


class Running(Supervisor):
    """A supervisord whose service runs, whether it is ready or not."""

    def states(self) -> dict[str, ServiceStatus]:
        return {"mariadb": ServiceStatus("mariadb", "running", None, 1, None)}

    def start(self, name: str) -> None:
        pass


def start(home: Path, ready: Callable[[float], bool]) -> None:
    for _ in StartStage("mariadb", (), Running(Home(home)), ready).do():
        pass


def test_a_service_that_is_not_up_in_time_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "DEADLINE", 0.3)

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
    platform.api.http._transport = httpx.MockTransport(lambda _: httpx.Response(404, json={"detail": "Not Found"}))
    with pytest.raises(MlopsctlError, match="Airflow refused: Not Found"):
        services._component(platform, "scheduler")(0.0)
