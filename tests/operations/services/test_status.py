"""The status of a home while parts of it do not respond. A complete platform is read in tests/live."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import ServiceState
from mlopsctl.core.workers import HeadConnection, WorkerRow, WorkerState
from mlopsctl.operations.services import lifecycle, status
from tests.fake_api import api_v2

HEALTH = {name: {"status": "healthy"} for name in ("metadatabase", "scheduler", "triggerer", "dag_processor")}


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Reads the status of a home whose API server gives these answers, without a login and with one."""
    monkeypatch.setattr(lifecycle, "read", lambda _: [ServiceStatus("api-server", ServiceState.RUNNING, 1, 1, 8080)])
    for name in ("p", "token"):
        (tmp_path / name).write_text("x")

    def reading(health: httpx.Response | Exception, other: httpx.Response | Exception) -> status.StatusReport:
        def answer(request: httpx.Request) -> httpx.Response:
            chosen = health if request.url.path.endswith("/monitor/health") else other
            if isinstance(chosen, Exception):
                raise chosen
            return chosen

        platform = App(tmp_path, "status", Output()).platform_with(Settings())
        return status.read(replace(platform, api=api_v2(tmp_path, answer)))

    return reading


def test_a_refused_login_is_reported_beside_the_healthy_components(read: Any) -> None:
    report = read(httpx.Response(200, json=HEALTH), httpx.Response(401, json={"detail": "Invalid credentials"}))
    assert report.health_of("api-server") == report.health_of("scheduler") == "healthy"
    assert report.error.code == "login-failed" and not report.healthy
    assert "Invalid credentials" in report.error.message


def test_no_answer_is_shown_in_the_table_and_is_not_an_error(read: Any) -> None:
    report = read(httpx.ConnectError("Connection refused"), httpx.ConnectError("Connection refused"))
    assert (report.health_of("api-server"), report.error, report.healthy) == ("no answer", None, False)


@pytest.mark.parametrize(("state", "hint"), [("stopped", ("start", "postgres")), ("running", ("logs", "api-server"))])
def test_an_error_of_the_api_server_hints_at_services_that_are_down(
    read: Any, monkeypatch: pytest.MonkeyPatch, state: str, hint: tuple[str, ...]
) -> None:
    """In other commands the hint is `mlopsctl status`, which is running here."""
    services = [
        ServiceStatus("postgres", ServiceState(state), 1, 0, None),
        ServiceStatus("api-server", ServiceState.RUNNING, 1, 1, 8080),
        ServiceStatus("scheduler", ServiceState.STARTING, 2, 0, None),  # was restarted without its database
    ]
    monkeypatch.setattr(lifecycle, "read", lambda _: services)
    health = HEALTH | {"metadatabase": {"status": "unhealthy"}}
    report = read(httpx.Response(200, json=health), httpx.Response(500, json={"detail": "Database error"}))
    assert "Database error" in report.error.message
    assert (report.error.hint.command, report.error.code) == (hint, "api-error")


def test_a_healthy_platform(read: Any) -> None:
    other = {"total_entries": 0, "dag_runs": []}
    report = read(httpx.Response(200, json=HEALTH), httpx.Response(200, json=other))
    assert report.healthy and report.error is None


def row(state: WorkerState, host: str = "w1") -> WorkerRow:
    return WorkerRow(host, state, ("default",), 4, 0, "3.3.2", "abc", 0.0)


def head_report(*workers: WorkerRow, **checked: str) -> status.StatusReport:
    services = [ServiceStatus(name, ServiceState.RUNNING, 1, 1, None) for name in ("api-server", "redis", "worker")]
    components = {"scheduler": "healthy"}
    return status.StatusReport("/h", "", "3.3.2", services, components, workers=workers, checked=checked)


def test_a_dead_worker_is_an_error_and_a_drained_or_stopped_one_is_not() -> None:
    report = head_report(row(WorkerState.DRAINED), row(WorkerState.STOPPED))
    assert (report.healthy, report.errors) == (True, ())
    report = head_report(row(WorkerState.READY), row(WorkerState.DEAD, "w2"))
    assert not report.healthy
    assert [(error.code, error.hint.other) for error in report.errors] == [("worker-dead", ("worker", "remove", "w2"))]


def test_a_broker_that_does_not_answer_is_not_healthy() -> None:
    assert head_report(row(WorkerState.READY), redis="healthy").healthy
    report = head_report(row(WorkerState.READY), redis="no answer")
    assert (report.healthy, report.health_of("redis")) == (False, "no answer")
    assert [error.hint.command for error in report.errors] == [("restart", "redis")]


@pytest.mark.parametrize(
    ("worker", "state", "answers", "healthy"),
    [
        ("running", WorkerState.READY, True, True),
        ("running", WorkerState.READY, False, False),
        ("stopped", WorkerState.STOPPED, True, False),
        ("stopped", WorkerState.DRAINED, True, True),
    ],
)
def test_a_worker_host_is_healthy_if_its_services_run_and_its_head_answers(
    worker: str, state: WorkerState, answers: bool, healthy: bool
) -> None:
    services = [ServiceStatus("worker", ServiceState(worker), 1, 1, None)]
    services.append(ServiceStatus("agent", ServiceState.RUNNING, 1, 1, None))
    head = HeadConnection("10.0.0.1:8443", answers, 1.0, "" if answers else "connection refused")
    report = status.StatusReport("/h", "", "3.3.2", services, workers=[row(state)], head=head)
    assert report.healthy is healthy
    assert [error.code for error in report.errors] == ([] if answers else ["no-head"])
