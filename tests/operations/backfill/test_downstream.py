"""What the runs of a backfill start. tests/live/test_backfill.py shows it with the real Airflow."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast

import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi, RequestRejected
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import AssetConsumer, AssetEvent, DagDetails, PlannedRun
from mlopsctl.core.states import RunAction
from mlopsctl.operations.backfill import downstream
from mlopsctl.operations.backfill.downstream import DownstreamDag
from mlopsctl.operations.target import Target
from tests.fake_clock import FakeClock
from tests.operations.fake_airflow import UNSCHEDULED

SINCE = datetime(2024, 6, 1, tzinfo=UTC)
ACTIVE, OTHER = DownstreamDag("c", asset="a"), DownstreamDag("e", asset="a")
PAUSED = DownstreamDag("p", paused=True, asset="a")
RUNS = [PlannedRun(date(2024, 1, n), datetime(2024, 1, n, tzinfo=UTC), RunAction.NEW, run_id=f"r{n}") for n in (1, 2)]


class Api:
    """`late`: events that are seen as consumed at the second look only. `status`: of an answer about assets."""

    def __init__(self, *events: AssetEvent, late: Collection[str] = (), status: int = 200) -> None:
        self.events, self.late, self.status, self.looks = events, late, status, 0

    def asset_consumers(self, dag_id: str) -> list[AssetConsumer]:
        if self.status != 200:
            raise RequestRejected(self.status, "no")
        return [AssetConsumer("a", "c"), AssetConsumer("a", "p")]

    def dag_summary(self, dag_id: str) -> DagDetails:
        if dag_id == "gone":
            raise RequestRejected(404, "no")
        return replace(UNSCHEDULED, paused=dag_id == "p")

    def asset_events(self, dag_id: str, since: datetime) -> list[AssetEvent]:
        self.looks += 1
        late = frozenset(["c"]) if self.looks > 1 else frozenset[str]()
        return [replace(event, consumed_by=late) if event.run_id in self.late else event for event in self.events]


def read(api: Api, *triggered: tuple[str, str]) -> tuple[DownstreamDag, ...]:
    class Metadata:
        def triggered_dags(self, dag_id: str) -> list[tuple[str, str]]:
            return list(triggered)

    class Parts:
        metadata = Metadata()

    parts: Any = Parts()
    parts.api = api
    return downstream.read(cast(Target, parts), "d")


def count(api: Api, *dags: DownstreamDag) -> tuple[list[int | None], float]:
    """The unused updates of each, and the seconds that counting took."""
    clock = FakeClock()
    found = downstream.count_unused(cast(AirflowApi, api), "d", dags, RUNS, SINCE, clock)
    return [dag.unused for dag in found], clock.monotonic()


def texts(*dags: DownstreamDag, at_once: bool = True) -> list[str]:
    return [message.text.strip() for message in downstream.plan_messages(dags, at_once=at_once)]


def test_dags_that_wait_for_an_asset_or_are_triggered() -> None:
    found = read(Api(), ("call", "gone"), ("other", ""))
    assert found[:2] == (ACTIVE, PAUSED)
    assert found[2:] == (DownstreamDag("gone", task="call"), DownstreamDag("", task="other"))


def test_account_that_may_not_read_assets_can_run_a_backfill() -> None:
    assert read(Api(status=403)) == ()
    with pytest.raises(RequestRejected):
        read(Api(status=500))


def test_updates_of_these_runs_that_no_run_has_taken_in() -> None:
    used, unused = AssetEvent("a", "r1", frozenset(["c"])), AssetEvent("a", "r2", frozenset())
    stranger = AssetEvent("a", "manual", frozenset())
    numbers, seconds = count(Api(used, unused, stranger), ACTIVE, PAUSED, DownstreamDag("t", task="call"))
    assert numbers == [1, None, None] and seconds >= downstream.SCHEDULER


def test_scheduler_is_waited_for() -> None:
    numbers, seconds = count(Api(AssetEvent("a", "r1", frozenset()), late=["r1"]), ACTIVE)
    assert numbers == [0] and seconds < 1


def test_nothing_is_asked_if_no_active_dag_waits() -> None:
    api = Api()
    assert count(api, PAUSED) == ([None], 0) and not api.looks


def test_plan_names_them() -> None:
    assert texts(ACTIVE) == ["its runs update a, which starts c: one run for many updates"]
    assert texts(ACTIVE, at_once=False) == ["its runs update a, which starts c"]
    assert texts(PAUSED) == ["p: paused, not started by updates of a"]
    assert texts(DownstreamDag("", task="call")) == ["its task call creates runs of another DAG"]
    assert "stay queued" in texts(DownstreamDag("x", paused=True, task="call"))[0]


def test_several_waiting_dags_are_a_risk_only_for_runs_at_the_same_time() -> None:
    assert any("deadlock" in text for text in texts(ACTIVE, OTHER))
    assert not any("deadlock" in text for text in texts(ACTIVE, OTHER, at_once=False))


def test_unused_updates_are_told_once_with_what_brings_the_next_run() -> None:
    dags = [replace(ACTIVE, unused=9), replace(OTHER, unused=9), PAUSED]
    (message,) = downstream.unused_messages(dags, Hint.of("backfill", "d", "--all"))
    assert message.text == "9 updates of a started no run of c, e: the next run takes them in."
    assert message.hint.command == ("backfill", "d", "--all") and "updates a again" in message.hint.note


def test_json() -> None:
    (row,) = downstream.data([replace(ACTIVE, unused=0)])
    assert row == {"dag_id": "c", "paused": False, "asset": "a", "task": None, "unused_updates": 0}
