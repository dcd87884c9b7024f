"""What goes on just now, where not all of it answers. A whole platform is looked at in tests/live."""

from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.core.errors import Unavailable
from mlopsctl.core.model import ActiveTask
from mlopsctl.core.states import TaskOrder
from mlopsctl.operations.services import live_status, status
from mlopsctl.operations.services.status import Report

TASK = ActiveTask("d", "t", "2024-01-01")


class Api:
    """As many runs as the letters of their state; one task of each kind that is asked for."""

    def count_runs_in_state(self, state: str) -> int:
        return len(state)

    def active_tasks(self, states: tuple[str, ...], limit: int, order: TaskOrder) -> tuple[list[ActiveTask], int]:
        assert limit == (1 if states == live_status.WAITING else live_status.SHOWN)
        return [TASK], len(states)


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Any:
    found = Report("/h", "http://x", "3.3.2", [], {"scheduler": "healthy"})
    monkeypatch.setattr(status, "read", lambda _: found)
    return SimpleNamespace(api=Api(), metadata=SimpleNamespace(backfills=lambda ended: []))


def test_a_moment(platform: Any) -> None:
    moment = live_status.read(platform)
    assert moment.runs == {"running": 7, "queued": 6}
    assert moment.tasks == {"running": 1, "waiting": len(live_status.WAITING)}
    assert (moment.running, moment.failed, moment.backfills, moment.trouble) == ([TASK], [TASK], [], "")


def test_a_server_that_goes_away_is_a_word_and_no_end(platform: Any) -> None:
    def gone(ended: int) -> None:
        raise Unavailable("PostgreSQL does not answer.")

    platform.metadata.backfills = gone
    moment = live_status.read(platform)
    assert (moment.runs, moment.trouble) == ({}, "PostgreSQL does not answer.")


def test_without_an_api_server_only_services_are_shown(platform: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "read", lambda _: Report("/h", "http://x", "3.3.2", []))
    assert live_status.read(platform).runs == {}
