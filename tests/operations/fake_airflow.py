"""A scripted API server for the client's own logic: it keeps runs by logical date, and can lose answers.

That Airflow itself behaves like this is shown by tests/live, never by this.
"""

import json
import threading
from collections import Counter
from collections.abc import Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx

from mlopsctl.core.model import DagDetails
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.resolve import join
from tests.fake_api import api_v2

UNSCHEDULED = DagDetails(
    "d", None, "Asia/Seoul", False, False, "/h/d.py", start=datetime(2023, 1, 1, tzinfo=UTC), max_active_runs=16
)


class Scripted:
    """`dead`: how many of the next requests fail before they have done anything; `lost`: after they have.
    `refusal`: why no run may be made. `tasks`: what is told of tasks, by state. `logs`: by the task's name."""

    def __init__(self, folder: Path, **states: str) -> None:
        """`states` by day, as `d2024_01_03="failed"`."""
        self.runs: dict[str, dict[str, Any]] = {}
        self.asked: Counter[str] = Counter()
        self.cleared: list[str] = []
        self.dead = self.lost = 0
        self.refusal = ""
        self.paused: bool | None = None  # as somebody has set it
        self.stale = False
        self.heartbeat = ""  # the scheduler's last; empty: now
        self.tasks: dict[str, list[dict[str, Any]]] = {}
        self.logs: dict[str, list[dict[str, Any]]] = {}
        self.lock = threading.Lock()
        for day, state in states.items():
            self.put(f"{day[1:].replace('_', '-')}T00:00:00+00:00", state, f"manual__{day}")
        (folder / "token").write_text("t")
        self.api = api_v2(folder, self)

    def put(self, at: str, state: str, run_id: str, run_after: str = "2024-06-01T00:00:00+00:00") -> dict[str, Any]:
        ended = state in ("success", "failed")
        self.runs[at] = {
            "dag_run_id": run_id, "dag_id": "d", "logical_date": at, "state": state, "run_type": "manual",
            "start_date": "2024-06-01T00:00:00+00:00", "end_date": "2024-06-01T00:00:01+00:00" if ended else None,
            "run_after": run_after, "note": None, "conf": {},
        }  # fmt: skip
        return self.runs[at]

    def completed_runs(self, run_ids: Collection[str]) -> list[str]:
        """Those whose tasks had all completed before they were marked failed."""
        return []

    def all_are(self, state: str) -> None:
        with self.lock:
            for at, run in list(self.runs.items()):
                self.put(at, state, run["dag_run_id"])

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.asked[f"{request.method} {request.url.path.rpartition('/')[2]}"] += 1
            if self.dead:
                self.dead -= 1
                raise httpx.ConnectError("Connection refused")
            answer = self.answer(request)
            if self.lost and request.method == "POST":
                self.lost -= 1
                raise httpx.ReadError("connection lost")
            return answer

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return self.tell(request)
        if self.refusal:
            return httpx.Response(400, json={"detail": self.refusal})
        body = json.loads(request.content)
        if request.method == "PATCH":
            return self.change(body)
        if request.url.path.endswith("clearDagRuns"):
            ids = [run["dag_run_id"] for run in body["dag_runs"]]
            self.cleared += ids
            for at, run in list(self.runs.items()):
                if run["dag_run_id"] in ids:
                    self.put(at, "queued", run["dag_run_id"])["note"] = body.get("note")
            return httpx.Response(200, json={})
        if body["logical_date"] in self.runs:
            return httpx.Response(409, json={"detail": "exists"})
        made = self.put(body["logical_date"], "queued", body["dag_run_id"], body.get("run_after", ""))
        made |= {key: body[key] for key in ("data_interval_start", "data_interval_end") if key in body}
        made["conf"] = body["conf"]
        return httpx.Response(200, json=made)

    def tell(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if "/logs/" in path:
            return httpx.Response(200, json={"content": self.logs[path.split("/")[-3]]})
        if path.endswith("/taskInstances"):
            found = [task for state in request.url.params.get_list("state") for task in self.tasks.get(state, [])]
            return httpx.Response(200, json={"task_instances": found, "total_entries": len(found)})
        if path.endswith("/monitor/health"):
            beat = self.heartbeat or datetime.now(UTC).isoformat()
            return httpx.Response(200, json={"scheduler": {"status": "healthy", "latest_scheduler_heartbeat": beat}})
        if path.endswith("/dags/d"):
            told: dict[str, Any] = {
                "dag_id": "d",
                "timetable_summary": None,
                "is_backfillable": False,
                "fileloc": "/d.py",
                "tags": [],
            }
            told |= {"is_paused": bool(self.paused), "is_stale": self.stale, "has_import_errors": False}
            return httpx.Response(200, json=told | {"max_active_runs": 16, "relative_fileloc": "d.py"})
        if not path.endswith("/dagRuns"):
            (run,) = [run for run in self.runs.values() if run["dag_run_id"] == path.rpartition("/")[2]]
            return httpx.Response(200, json=run)
        return self.list(request.url.params)

    def change(self, body: dict[str, Any]) -> httpx.Response:
        """Runs that end as failed, or are gone; or the DAG's pause."""
        if "is_paused" in body:
            self.paused = body["is_paused"]
            return httpx.Response(200, json={})
        (action,) = body["actions"]
        ids = [run["dag_run_id"] if isinstance(run, dict) else run for run in action["entities"]]
        for at, run in list(self.runs.items()):
            if run["dag_run_id"] in ids and action["action"] == "delete":
                del self.runs[at]
            elif run["dag_run_id"] in ids:
                self.put(at, "failed", run["dag_run_id"])
        return httpx.Response(200, json={action["action"]: {"success": ids, "errors": []}})

    def list(self, params: httpx.QueryParams) -> httpx.Response:
        states = params.get_list("state")
        found = [
            run
            for at, run in sorted(self.runs.items())
            if params["logical_date_gte"] <= at <= params["logical_date_lte"] and (not states or run["state"] in states)
        ]
        since = params.get("end_date_gte", "")
        found = [run for run in found if not since or (run["end_date"] or "") >= since]
        offset, limit = int(params.get("offset", 0)), min(int(params["limit"]), 100)
        return httpx.Response(200, json={"dag_runs": found[offset : offset + limit], "total_entries": len(found)})

    def plan(self, first: str, last: str, dag: DagDetails = UNSCHEDULED, **request: Any) -> BackfillPlan:
        return join(self.api, dag, date.fromisoformat(first), date.fromisoformat(last), BackfillRequest(**request))
