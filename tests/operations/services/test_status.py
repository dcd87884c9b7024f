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
