"""DAG runs: what both versions of the API have."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.rest.common import records
from mlopsctl.adapters.airflow.rest.common.routes import ALL, Routes
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import DagRun, LastRun
from mlopsctl.core.states import RunState

# How Airflow refuses a conf; a description of the schema follows.
INVALID_PARAM = re.compile(r"Invalid input for param (.+?): (.+?)(?: Failed validating .*)?")


class CommonRunCalls:
    http: AirflowHttp
    routes: Routes

    def runs(
        self, dag_id: str, start: datetime | None = None, end: datetime | None = None, states: Sequence[str] = ()
    ) -> list[DagRun]:
        params = self.routes.between(start, end, states) | {"order_by": self.routes.date}
        return [records.run(raw) for raw in self.http.pages(self.routes.runs(dag_id), "dag_runs", params)]

    def runs_page(
        self, dag_id: str, start: datetime, end: datetime, states: Sequence[str], limit: int
    ) -> tuple[list[DagRun], int]:
        page = self.http.get(self.routes.runs(dag_id), self.routes.between(start, end, states) | {"limit": limit})
        return [records.run(raw) for raw in page["dag_runs"]], int(page["total_entries"])

    def latest_runs(self, dag_id: str, number: int) -> list[DagRun]:
        params = {"order_by": f"-{self.routes.date}", "limit": number}
        return [records.run(raw) for raw in reversed(self.http.get(self.routes.runs(dag_id), params)["dag_runs"])]

    def changed_runs(self, dag_id: str = "", number: int | None = None) -> list[DagRun]:
        path, params = self.routes.runs(dag_id or ALL), {"order_by": self.routes.last_changed}
        return [records.run(raw) for raw in self.http.pages(path, "dag_runs", params, number)]

    def recent_runs(self, number: int = 5) -> list[LastRun]:
        listed = self.http.get(self.routes.runs(), {"order_by": "-id", "limit": number})["dag_runs"]
        return [records.last_run(raw) for raw in listed]

    def count_runs(self, dag_id: str, start: datetime, end: datetime, states: Sequence[str]) -> int:
        return self.http.count(self.routes.runs(dag_id), self.routes.between(start, end, states))

    def count_runs_in_state(self, state: RunState, dag_id: str = "") -> int:
        return self.http.count(self.routes.runs(dag_id or ALL), {"state": [state]})

    def run(self, dag_id: str, run_id: str) -> DagRun:
        return records.run(self.http.get(self.routes.run(dag_id, run_id)))

    def run_conf(self, dag_id: str, run_id: str) -> dict[str, Any]:
        return dict(self.http.get(self.routes.run(dag_id, run_id))["conf"] or {})

    def _create(self, dag_id: str, body: Mapping[str, Any]) -> DagRun | None:
        """None if that logical date already has a run."""
        try:
            return records.run(self.http.send("POST", self.routes.runs(dag_id), body))
        except RequestRejected as e:
            if e.status != 409:
                raise _invalid_param(e) or e from e
        return None

    def was_cancelled(self, dag_id: str, note: str, start: datetime, end: datetime, *, since: datetime) -> bool:
        # Runs that a cancelled native backfill failed have no end date. They match every lower bound, and PostgreSQL
        # sorts them first. An upper bound that is not in the future excludes them.
        bounds = {"end_date_gte": since.isoformat(), "end_date_lte": datetime.now(UTC).isoformat()}
        params = self.routes.between(start, end, [RunState.FAILED]) | bounds | {"order_by": "-end_date", "limit": 1}
        return any(run["note"] == note for run in self.http.get(self.routes.runs(dag_id), params)["dag_runs"])


def _invalid_param(error: RequestRejected) -> MlopsctlError | None:
    found = INVALID_PARAM.fullmatch(error.reason)
    if not found:
        return None
    conf = shlex.quote(f"{{{json.dumps(found[1], ensure_ascii=False)}: …}}")
    message = f"Airflow does not accept the param {found[1]}: {found[2]}."
    return MlopsctlError(message, hint=f"add --conf {conf} to the command, with a valid value", code="params")
