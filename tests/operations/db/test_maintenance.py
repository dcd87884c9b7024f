"""Work on a database: signs of life, the first error ends it, and what stands around it comes back."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.adapters.supervisor.config import Program
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.states import ServiceState, StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations.db import maintenance as work_
from mlopsctl.operations.services import lifecycle


def platform(*names: str) -> Any:
    return SimpleNamespace(programs=lambda: [Program(name, ("x",)) for name in names])


def test_the_servers_of_the_databases_that_are_meant() -> None:
    both = platform("postgres", "mariadb", "scheduler")
    assert work_.own(both, ["metadata", "features"]) == ["postgres", "mariadb"]
    assert work_.own(both, ["features"]) == ["mariadb"]
    assert work_.own(platform("mariadb", "scheduler"), ["metadata"]) == [], "given by URL: not ours to start"


def test_work_tells_how_it_ended() -> None:
    *running, last = work_.work("metadata", "emptying it", lambda: "emptied")
    assert {step.state for step in running} == {"running"} and running[0].detail == "emptying it"
    assert (last.name, last.state, last.detail) == ("metadata", "changed", "emptied")


def test_what_fails_ends_it() -> None:
    def fails() -> str:
        raise MlopsctlError("no room.", hint="df -h")

    with pytest.raises(MlopsctlError, match="no room"):
        list(work_.work("metadata", "emptying it", fails))


def test_steps_before_the_first_error_are_seen() -> None:
    seen = []
    steps = iter(
        [
            Step("a", StepState.OK),
            Step("b", StepState.FAILED, error=MlopsctlError("no.", hint="")),
            Step("c", StepState.OK),
        ]
    )
    with pytest.raises(MlopsctlError, match="no"):
        for step in work_.well(steps):
            seen.append(step.name)
    assert seen == ["a"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """The services of a platform where PostgreSQL and the scheduler run; what of them was started and stopped."""
    calls: list[tuple[str, list[str]]] = []

    def run(_platform: Any, verb: str, names: list[str]) -> Iterator[Step]:
        calls.append((verb, list(names)))
        yield Step(names[0], StepState.CHANGED)

    states = {"postgres": "running", "mariadb": "stopped", "scheduler": "running", "triggerer": "stopped"}
    rows = [ServiceStatus(name, ServiceState(state), None, 0, None) for name, state in states.items()]
    monkeypatch.setattr(lifecycle, "read", lambda _: rows)
    monkeypatch.setattr(lifecycle, "run", run)
    monkeypatch.setattr(lifecycle, "choose", lambda *_: list(states))
    return calls


def test_a_server_that_is_down_is_started_and_airflow_comes_to_rest(asked: list[tuple[str, list[str]]]) -> None:
    given = platform("postgres")
    list(work_.up(given, ["postgres"]))
    assert asked == []
    list(work_.up(given, ["postgres", "mariadb"]))
    list(work_.rest(given))
    assert asked == [("start", ["mariadb"]), ("stop", ["scheduler"])]


def test_a_platform_that_did_not_run_is_stopped_again(asked: list[tuple[str, list[str]]]) -> None:
    list(work_.back(platform(), ran=False))
    assert asked == [("stop", ["postgres", "mariadb", "scheduler", "triggerer"])]
