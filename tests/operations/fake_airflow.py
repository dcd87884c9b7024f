"""An Airflow in memory for unit tests: it keeps runs by logical date, and can fail to answer.

tests/live shows that the real Airflow behaves like this.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from mlopsctl.core.dates import load_timezone, logical_date_of
from mlopsctl.core.model import DagDetails
from mlopsctl.core.states import EngineName
from mlopsctl.operations.backfill.execution import controller
from mlopsctl.operations.backfill.execution.progress import Progress
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.planning.resolve import resolve
from tests.adapters.airflow import specs
from tests.fake_api import api_v2
from tests.fake_clock import FakeClock
from tests.inline_executor import InlineExecutor

UNSCHEDULED = DagDetails(
    "d", None, "Asia/Seoul", False, False, "/h/d.py", start=datetime(2023, 1, 1, tzinfo=UTC), max_active_runs=16
)
DAILY = replace(UNSCHEDULED, backfillable=True, periodic=True, schedule="@daily")
EARLIER, LATER = "2024-06-01T00:00:01+00:00", "2999-01-01T00:00:00+00:00"  # when a run ended


class FakeAirflow:
    """`fail_next`: how many of the next requests fail before they have an effect; `lose_next`: how many answers of
    POST are lost. `rejection`: why no run is created. `tasks`: instances by state. `logs`: by task. `empty`: ids of
    successful runs without tasks. `backfills`: the
    newest first. `heartbeat`: the scheduler's last; empty: now.
    """

    def __init__(self, folder: Path, *, version: str = specs.NEWEST, **states: str) -> None:
        """`version`: whose capabilities it has. `states` by day, as `d2024_01_03="failed"`."""
        self.runs: dict[str, dict[str, Any]] = {}
        self.backfills: list[dict[str, Any]] = []
        self.requests: Counter[str] = Counter()
        self.cleared: list[str] = []
        self.fail_next = self.lose_next = 0
        self.rejection = self.heartbeat = ""
        self.dag_paused: bool | None = None
        self.dag_stale = False
        self.empty: set[str] = set()
        self.dag_tasks = [{"task_id": "work", "depends_on_past": False, "is_mapped": False}]
        self.tasks: dict[str, list[dict[str, Any]]] = {}
        self.logs: dict[str, list[dict[str, Any]]] = {}
        self.lock, self.clock = threading.Lock(), FakeClock()
        for day, state in states.items():
            self.add_run(f"{day[1:].replace('_', '-')}T00:00:00+00:00", state, f"manual__{day}")
        self.api = api_v2(folder, self, version=version, clock=self.clock)

    # What a test changes

    def add_run(self, at: str, state: str, run_id: str, **more: Any) -> dict[str, Any]:
        """A run, or another state of one."""
        self.runs[at] = {
            "dag_run_id": run_id, "dag_id": "d", "logical_date": at, "state": state, "run_type": "manual",
            "start_date": "2024-06-01T00:00:00+00:00", "end_date": EARLIER if state in ("success", "failed") else None,
            "run_after": "2024-06-01T00:00:00+00:00", "note": None, "conf": {}, **more,
        }  # fmt: skip
        return self.runs[at]

    def end_runs(self, state: str, *, at: str = LATER, note: str | None = None, only: Collection[str] = ()) -> None:
        """Queued and running runs, or those in the states `only`, end now."""
        for run in self.runs.values():
            if run["state"] in (only or ("queued", "running")):
                run |= {"state": state, "end_date": at, "note": note or run["note"]}

    def open_backfill(self, start: datetime, end: datetime) -> dict[str, Any]:
        """One that Airflow has not closed."""
        raw = {"from_date": start.isoformat(), "to_date": end.isoformat(), "completed_at": None, "is_paused": False}
        self.backfills.insert(0, {"id": len(self.backfills) + 1, "dag_id": "d"} | raw)
        return self.backfills[0]

    def empty_runs(self, dag_id: str, start: datetime, end: datetime) -> set[str]:
        """As the metadata database answers."""
        return self.empty

    def completed_runs(self, run_ids: Collection[str]) -> list[str]:
        """Those whose tasks had all completed before they were marked failed."""
        return []

    # What a test does

    def plan(self, first: str, last: str, dag: DagDetails = UNSCHEDULED, **request: Any) -> BackfillPlan:
        return resolve(self.api, dag, date.fromisoformat(first), date.fromisoformat(last), BackfillRequest(**request))

    def native_plan(self, first: str, last: str, **request: Any) -> BackfillPlan:
        """Of a daily DAG, by Airflow's own engine."""
        return replace(self.plan(first, last, **request), dag=DAILY, engine=EngineName.NATIVE)

    def carry_out(self, plan: BackfillPlan, **options: Any) -> Iterator[Progress]:
        """Without threads and without waiting."""
        return controller.run(plan, self.api, clock=self.clock, executor=InlineExecutor(), **options)

    def run_to_end(self, plan: BackfillPlan, each: Callable[[Progress], object], **options: Any) -> Progress:
        """Call `each` after every look; the last progress."""
        for progress in self.carry_out(plan, **options):
            each(progress)
        return progress

    # What it answers

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.requests[f"{request.method} {request.url.path.rpartition('/')[2]}"] += 1
            if self.fail_next:
                self.fail_next -= 1
                raise httpx.ConnectError("Connection refused")
            answer = self.answer(request)
            if self.lose_next and request.method == "POST":
                self.lose_next -= 1
                raise httpx.ReadError("connection lost")
            return answer

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        path = request.url.path
        if request.method == "GET":
            return self.get(request)
        if self.rejection:
            return httpx.Response(400, json={"detail": self.rejection})
        if request.method == "PATCH":
            return self.patch(body)
        if path.endswith("/backfills"):
            return self._create_backfill(body)
        return self._clear(body) if path.endswith("clearDagRuns") else self._create_run(body)

    def get(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        answers: dict[str, Callable[[httpx.Request], Any]] = {
            "/backfills": lambda _: {"backfills": self.backfills},
            "/taskInstances": self._list_tasks,
            "/dags/d/tasks": lambda _: {"tasks": self.dag_tasks},
            "/monitor/health": self._health,
            "/dags/d": self._dag,
            "/dagRuns": self._list_runs,
        }
        for end, answer in answers.items():
            if path.endswith(end):
                return httpx.Response(200, json=answer(request))
        if "/logs/" in path:
            return httpx.Response(200, json={"content": self.logs[path.split("/")[-3]]})
        name = path.rpartition("/")[2]
        found = [raw for raw in self.backfills if f"/backfills/{raw['id']}" in path]
        found += [run for run in self.runs.values() if run["dag_run_id"] == name]
        return httpx.Response(200, json=found[0])

    def _health(self, _request: httpx.Request) -> dict[str, Any]:
        beat = self.heartbeat or datetime.now(UTC).isoformat()
        return {"scheduler": {"status": "healthy", "latest_scheduler_heartbeat": beat}}

    def _dag(self, _request: httpx.Request) -> dict[str, Any]:
        return {
            "dag_id": "d", "timetable_summary": None, "is_backfillable": False, "fileloc": "/d.py", "tags": [],
            "is_paused": bool(self.dag_paused), "is_stale": self.dag_stale, "has_import_errors": False,
            "max_active_runs": 16, "relative_fileloc": "d.py",
        }  # fmt: skip

    def _list_tasks(self, request: httpx.Request) -> dict[str, Any]:
        states = request.url.params.get_list("state") or list(self.tasks)
        found = [task for state in states for task in self.tasks.get(state, [])]
        return {"task_instances": found, "total_entries": len(found)}

    def _list_runs(self, request: httpx.Request) -> dict[str, Any]:
        params = request.url.params
        states, since = params.get_list("state"), params.get("end_date_gte", "")
        found = [
            run
            for at, run in sorted(self.runs.items())
            if params.get("logical_date_gte", "") <= at <= params.get("logical_date_lte", "9")
            and (not states or run["state"] in states)
            and (not since or (run["end_date"] or "") >= since)
        ]
        offset, limit = int(params.get("offset", 0)), min(int(params["limit"]), 100)
        return {"dag_runs": found[offset : offset + limit], "total_entries": len(found)}

    def _create_run(self, body: dict[str, Any]) -> httpx.Response:
        if body["logical_date"] in self.runs:
            return httpx.Response(409, json={"detail": "exists"})
        given = {name: body[name] for name in ("data_interval_start", "data_interval_end") if name in body}
        more = given | {"run_after": body.get("run_after", ""), "conf": body["conf"]}
        return httpx.Response(200, json=self.add_run(body["logical_date"], "queued", body["dag_run_id"], **more))

    def _clear(self, body: dict[str, Any]) -> httpx.Response:
        ids = [run["dag_run_id"] for run in body["dag_runs"]]
        self.cleared += ids
        for run in self.runs.values():
            if run["dag_run_id"] in ids:
                run |= {"state": "queued", "end_date": None, "note": body.get("note")}
        return httpx.Response(200, json={})

    def _create_backfill(self, body: dict[str, Any]) -> httpx.Response:
        """A run for each day that has none, and failed ones run again."""
        if any(raw["completed_at"] is None for raw in self.backfills):
            return httpx.Response(409, json={"detail": "one is active"})
        start, end = (datetime.fromisoformat(body[key]) for key in ("from_date", "to_date"))
        made, name = self.open_backfill(start, end), UNSCHEDULED.timezone
        at = logical_date_of(start.astimezone(load_timezone(name)).date(), name)
        while at <= end:
            existing = self.runs.get(at.isoformat())
            if not existing or existing["state"] == "failed":
                self.add_run(at.isoformat(), "queued", f"backfill__{at:%Y-%m-%d}")
            at += timedelta(days=1)
        return httpx.Response(200, json=made)

    def patch(self, body: dict[str, Any]) -> httpx.Response:
        """Runs that are marked failed or deleted; or the DAG's pause."""
        if "is_paused" in body:
            self.dag_paused = body["is_paused"]
            return httpx.Response(200, json={})
        (action,) = body["actions"]
        ids = [run["dag_run_id"] if isinstance(run, dict) else run for run in action["entities"]]
        for at, run in list(self.runs.items()):
            if run["dag_run_id"] in ids and action["action"] == "delete":
                del self.runs[at]
            elif run["dag_run_id"] in ids:
                run |= {"state": "failed", "end_date": datetime.now(UTC).isoformat()}
        return httpx.Response(200, json={action["action"]: {"success": ids, "errors": []}})
