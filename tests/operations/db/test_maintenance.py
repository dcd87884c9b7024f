"""Around the maintenance of a database: services are stopped and restored, and the first error ends it."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.adapters.supervisor.config import Program
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.states import DatabaseName, ServiceState, StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations.db import maintenance
from mlopsctl.operations.services import lifecycle


def platform(*names: str) -> Any:
    return SimpleNamespace(programs=lambda: [Program(name, ("x",)) for name in names])


def test_services_of_databases() -> None:
    both = platform("postgres", "mariadb", "scheduler")
    assert maintenance.own_services(both, list(DatabaseName)) == ["postgres", "mariadb"]
    assert maintenance.own_services(both, [DatabaseName.FEATURES]) == ["mariadb"]
    assert maintenance.own_services(platform("mariadb", "scheduler"), [DatabaseName.METADATA]) == [], (
        "an external database has no service"
    )


def test_a_call_reports_its_outcome() -> None:
    *running, last = maintenance.run_call("metadata", "deleting", lambda: "emptied")
    assert {step.state for step in running} == {"running"} and running[0].detail == "deleting"
    assert (last.name, last.state, last.detail) == ("metadata", "changed", "emptied")


def test_a_failed_call_raises() -> None:
    def fails() -> str:
        raise MlopsctlError("no space.", hint="df -h")

    with pytest.raises(MlopsctlError, match="no space"):
        list(maintenance.run_call("metadata", "deleting", fails))


def test_steps_before_the_first_error_are_passed_on() -> None:
    seen = []
    steps = iter(
        [
            Step("a", StepState.OK),
            Step("b", StepState.FAILED, error=MlopsctlError("no.", hint="")),
            Step("c", StepState.OK),
        ]
    )
    with pytest.raises(MlopsctlError, match="no"):
        for step in maintenance.raise_on_error(steps):
            seen.append(step.name)
    assert seen == ["a"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """What is started and stopped on a platform where only PostgreSQL and the scheduler are running."""
    calls: list[tuple[str, list[str]]] = []

    def run(_platform: Any, verb: str, names: list[str]) -> Iterator[Step]:
        calls.append((verb, list(names)))
        yield Step(names[0], StepState.CHANGED)

    states = {"postgres": "running", "mariadb": "stopped", "scheduler": "running", "triggerer": "stopped"}
    rows = [ServiceStatus(name, ServiceState(state), None, 0, None) for name, state in states.items()]
    monkeypatch.setattr(lifecycle, "read", lambda _: rows)
    monkeypatch.setattr(lifecycle, "run", run)
    monkeypatch.setattr(lifecycle, "select_services", lambda *_: list(states))
    return calls


def test_stopped_databases_are_started_and_airflow_is_stopped(asked: list[tuple[str, list[str]]]) -> None:
    given = platform("postgres")
    list(maintenance.start_databases(given, ["postgres"]))
    assert asked == []
    list(maintenance.start_databases(given, ["postgres", "mariadb"]))
    list(maintenance.stop_airflow(given))
    assert asked == [("start", ["mariadb"]), ("stop", ["scheduler"])]


def test_a_stopped_platform_is_stopped_again(asked: list[tuple[str, list[str]]]) -> None:
    list(maintenance.restore_services(platform(), was_running=False))
    assert asked == [("stop", ["postgres", "mariadb", "scheduler", "triggerer"])]
