"""How a home stands, where not all of it answers. A whole one is looked at in tests/live."""

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
    """The report of a home whose API server runs, and answers so to what needs no login and what does."""
    monkeypatch.setattr(lifecycle, "read", lambda _: [ServiceStatus("api-server", ServiceState.RUNNING, 1, 1, 8080)])
    for name in ("p", "token"):
        (tmp_path / name).write_text("x")

    def reading(health: httpx.Response | Exception, other: httpx.Response | Exception) -> status.Report:
        def answer(request: httpx.Request) -> httpx.Response:
            chosen = health if request.url.path.endswith("/monitor/health") else other
            if isinstance(chosen, Exception):
                raise chosen
            return chosen

        platform = App(tmp_path, "status", Output()).platform_with(Settings())
        return status.read(replace(platform, api=api_v2(tmp_path, answer)))

    return reading


def test_a_refused_login_is_told_and_the_components_are_shown(read: Any) -> None:
    report = read(httpx.Response(200, json=HEALTH), httpx.Response(401, json={"detail": "Invalid credentials"}))
    assert report.health_of("api-server") == report.health_of("scheduler") == "healthy"
    assert report.error.code == "login-failed" and not report.healthy
    assert "Invalid credentials" in report.error.message


def test_no_answer_at_all_stands_in_the_table(read: Any) -> None:
    report = read(httpx.ConnectError("Connection refused"), httpx.ConnectError("Connection refused"))
    assert (report.health_of("api-server"), report.error, report.healthy) == ("no answer", None, False)


@pytest.mark.parametrize(
    ("state", "hint"), [("stopped", "mlopsctl start postgres"), ("running", "mlopsctl logs api-server")]
)
def test_where_the_api_server_is_ill_the_remedy_is_the_start_of_what_is_down(
    read: Any, monkeypatch: pytest.MonkeyPatch, state: str, hint: str
) -> None:
    """And never this very command, where errors of other commands send to."""
    starting = ServiceStatus(
        "scheduler", ServiceState.STARTING, 2, 0, None
    )  # by itself: it ended for want of its database
    its = [
        ServiceStatus("postgres", ServiceState(state), 1, 0, None),
        ServiceStatus("api-server", ServiceState.RUNNING, 1, 1, 8080),
        starting,
    ]
    monkeypatch.setattr(lifecycle, "read", lambda _: its)
    health = HEALTH | {"metadatabase": {"status": "unhealthy"}}
    report = read(httpx.Response(200, json=health), httpx.Response(500, json={"detail": "Database error"}))
    assert report.error.message == "Airflow's API server answered 500: Database error."
    assert (report.error.hint.text(), report.error.code) == (hint, "api-error")


def test_all_is_well(read: Any) -> None:
    other = {"total_entries": 0, "dag_runs": []}
    report = read(httpx.Response(200, json=HEALTH), httpx.Response(200, json=other))
    assert report.healthy and report.error is None
