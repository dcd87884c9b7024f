import re
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError, TimedOut, UsageError
from mlopsctl.core.model import DagRun
from mlopsctl.core.states import RunState
from mlopsctl.operations import trigger
from mlopsctl.operations.trigger import TriggerPlan, Waiting
from tests.fake_api import DAG, api_v2
from tests.operations.backfill.engines.test_per_run import ALLOWED, RESERVED
from tests.operations.fake_airflow import UNSCHEDULED, Scripted
from tests.operations.services.test_airflow_health import WELL

SEOUL = timezone(timedelta(hours=9))


def test_a_run_has_an_id_that_airflow_takes_and_that_names_its_instant() -> None:
    plan = TriggerPlan(UNSCHEDULED, datetime(2024, 1, 1, 9, 0, 0, 5, tzinfo=SEOUL), None, None, unpause=False)
    assert plan.run_id == "mlopsctl__20240101T000000.000005"
    assert re.match(ALLOWED, plan.run_id) and not plan.run_id.startswith(RESERVED)


class Run:
    """A run whose states follow each other, one per request; `None`: the server does not answer."""

    def __init__(self, *states: str | None) -> None:
        self.states = list(states)
        self.lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state is None:
            raise httpx.ConnectError("Connection refused")
        run = {"dag_run_id": "r", "logical_date": None, "state": state, "run_type": "manual", "start_date": None}
        return httpx.Response(200, json=run | {"end_date": None})

    def api(self, folder: Path) -> AirflowApi:
        (folder / "token").write_text("t")
        return api_v2(folder, self)


def waited_for(api: AirflowApi) -> Waiting:
    return Waiting(api, "d", DagRun("r", None, RunState.QUEUED))


def test_waiting_ends_with_the_run(tmp_path: Path) -> None:
    waiting = waited_for(Run("queued", "running", "failed").api(tmp_path))
    seen = list(waiting.steps())
    assert [(step.state, step.detail) for step in seen] == [
        ("running", "queued"), ("running", "running"), ("failed", "failed"),
    ]  # fmt: skip
    assert waiting.run.state == "failed"
    assert 0 < seen[0].seconds < seen[-1].seconds <= waiting.seconds


def test_a_success_is_told_as_one(tmp_path: Path) -> None:
    assert [step.state for step in waited_for(Run("success").api(tmp_path)).steps()] == ["ok"]


def test_waiting_outlasts_a_server_that_went_away(tmp_path: Path) -> None:
    waiting = waited_for(Run("running", *[None] * 8, "success").api(tmp_path))
    seen = list(waiting.steps())
    assert any(step.state == "running" and "does not answer" in step.detail for step in seen)
    assert (seen[-1].state, waiting.run.state) == ("ok", "success")


def test_waiting_has_an_end(tmp_path: Path) -> None:
    with pytest.raises(TimedOut, match="the run r has not ended after 1 s; it goes on"):
        list(waited_for(Run("running").api(tmp_path)).steps(timeout=1))


def test_a_run_of_a_schedule_gets_the_data_interval_that_the_schedule_gives_it(tmp_path: Path) -> None:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    interval = (at, at + timedelta(days=1))
    scripted = Scripted(tmp_path)
    trigger.run(TriggerPlan(UNSCHEDULED, at, "2024-01-01", None, False, interval), scripted.api)
    (made,) = scripted.runs.values()
    assert (made["data_interval_start"], made["data_interval_end"]) == (
        "2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00+00:00",
    )  # fmt: skip


class Known(Scripted):
    """An Airflow that is well and knows one DAG, unpaused."""

    stale = False

    def tell(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/health"):
            return httpx.Response(200, json={name: {"status": status} for name, status in WELL.items()})
        if request.url.path.endswith("/details"):
            return httpx.Response(200, json=DAG | {"is_paused": False, "is_stale": self.stale})
        return super().tell(request)


NINE = datetime(2024, 1, 5, tzinfo=UTC)  # in the morning of 2024-01-05 in Seoul


@pytest.mark.parametrize(("now", "day"), [(NINE, "today"), (NINE - timedelta(seconds=1), "yesterday")])
def test_a_day_is_kept_as_the_date_that_it_means(tmp_path: Path, now: datetime, day: str) -> None:
    plan = trigger.plan(Known(tmp_path).api, "d", day, None, unpause=False, now=now)
    assert plan.logical_date.date().isoformat() == plan.day == ("2024-01-05" if day == "today" else "2024-01-04")


def test_a_run_that_could_not_begin_yet_is_refused(tmp_path: Path) -> None:
    scripted = Known(tmp_path)
    with pytest.raises(UsageError, match="2024-01-05 09:00 Asia/Seoul") as caught:
        trigger.plan(scripted.api, "d", "today", None, unpause=False, now=NINE - timedelta(seconds=1))
    assert caught.value.hint.text() == "use --date yesterday"
    with pytest.raises(UsageError, match="'2024-01-06' is in the future: today is 2024-01-05"):
        trigger.plan(scripted.api, "d", "2024-01-06", None, unpause=False, now=NINE - timedelta(seconds=1))


def test_a_run_of_a_dag_whose_file_is_gone_is_refused(tmp_path: Path) -> None:
    scripted = Known(tmp_path)
    assert trigger.plan(scripted.api, "d", None, None, unpause=False, now=NINE).logical_date == NINE
    scripted.stale = True
    with pytest.raises(MlopsctlError, match="no longer finds the DAG d") as caught:
        trigger.plan(scripted.api, "d", None, None, unpause=False, now=NINE)
    assert caught.value.code == "dag-gone"
