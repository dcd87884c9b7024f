"""`status --watch` while parts of the platform do not respond. A complete platform is read in tests/live."""

from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.core.errors import Unavailable
from mlopsctl.core.model import ActiveTask
from mlopsctl.core.states import TaskOrder
from mlopsctl.operations.services import live_status, status
from mlopsctl.operations.services.status import StatusReport

TASK = ActiveTask("d", "t", "2024-01-01")


class Api:
    """Counts the letters of a state as runs, and has one task of each kind."""

    def count_runs_in_state(self, state: str) -> int:
        return len(state)

    def active_tasks(self, states: tuple[str, ...], limit: int, order: TaskOrder) -> tuple[list[ActiveTask], int]:
        assert limit == (1 if states == live_status.WAITING else live_status.SHOWN)
        return [TASK], len(states)


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Any:
    found = StatusReport("/h", "http://x", "3.3.2", [], {"scheduler": "healthy"})
    monkeypatch.setattr(status, "read", lambda _: found)
    return SimpleNamespace(api=Api(), metadata=SimpleNamespace(backfills=lambda ended: []))


def test_everything_responds(platform: Any) -> None:
    found = live_status.read(platform)
    assert found.runs == {"running": 7, "queued": 6}
    assert found.tasks == {"running": 1, "waiting": len(live_status.WAITING)}
    assert (found.running, found.failed, found.backfills, found.problem) == ([TASK], [TASK], [], "")


def test_a_server_that_stops_responding_is_shown_as_a_problem(platform: Any) -> None:
    def unavailable(ended: int) -> None:
        raise Unavailable("PostgreSQL does not respond.")

    platform.metadata.backfills = unavailable
    found = live_status.read(platform)
    assert (found.runs, found.problem) == ({}, "PostgreSQL does not respond.")


def test_only_services_are_shown_without_an_api_server(platform: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "read", lambda _: StatusReport("/h", "http://x", "3.3.2", []))
    found = live_status.read(platform)
    assert (found.runs, found.problem) == ({}, "")
