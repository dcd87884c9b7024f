"""An Airflow whose own engine can be asked, too."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from mlopsctl.core.dates import load_timezone, logical_date_of
from mlopsctl.core.states import EngineName
from mlopsctl.operations.backfill.plan import BackfillPlan
from tests.operations.fake_airflow import UNSCHEDULED, Scripted


class Engine(Scripted):
    """Of a daily DAG. `backfills`: as its API tells them."""

    def __init__(self, folder: Path, **states: str) -> None:
        self.backfills: list[dict[str, Any]] = []
        super().__init__(folder, **states)

    def daily(self, first: str, last: str, **request: Any) -> BackfillPlan:
        dag = replace(UNSCHEDULED, periodic=True, schedule="@daily")
        return replace(self.plan(first, last, **request), dag=dag, engine=EngineName.NATIVE)

    def open(self, start: datetime, end: datetime) -> dict[str, Any]:
        """One that Airflow has not closed."""
        raw = {"from_date": start.isoformat(), "to_date": end.isoformat(), "completed_at": None, "is_paused": False}
        self.backfills.insert(0, {"id": len(self.backfills) + 1, "dag_id": "d"} | raw)
        return self.backfills[0]

    def answer(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("backfills")[2]
        if "/backfills" not in request.url.path:
            return super().answer(request)
        if request.method == "POST":
            return self.make(json.loads(request.content))
        if name:
            (found,) = [raw for raw in self.backfills if f"/{raw['id']}" == name]
            return httpx.Response(200, json=found)
        return httpx.Response(200, json={"backfills": self.backfills})

    def make(self, body: dict[str, Any]) -> httpx.Response:
        """A run for each day that has none, and those that have failed once more."""
        if any(raw["completed_at"] is None for raw in self.backfills):
            return httpx.Response(409, json={"detail": "one is active"})
        start, end = (datetime.fromisoformat(body[key]) for key in ("from_date", "to_date"))
        made, name = self.open(start, end), UNSCHEDULED.timezone
        at = logical_date_of(start.astimezone(load_timezone(name)).date(), name)
        while at <= end:
            standing = self.runs.get(at.isoformat())
            if not standing or standing["state"] == "failed":
                self.put(at.isoformat(), "queued", f"backfill__{at:%Y-%m-%d}")
            at += timedelta(days=1)
        return httpx.Response(200, json=made)
