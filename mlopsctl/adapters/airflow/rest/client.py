"""Airflow through its REST API: DAGs, runs, backfills, tasks. Answers are nouns of model.py."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mlopsctl.adapters.airflow.rest import records
from mlopsctl.adapters.airflow.rest import routes as paths
from mlopsctl.adapters.airflow.rest.activity import ActivityCalls
from mlopsctl.adapters.airflow.rest.backfills import BackfillCalls
from mlopsctl.adapters.airflow.rest.dag_files import FileCalls
from mlopsctl.adapters.airflow.rest.entries import ConnectionCalls
from mlopsctl.adapters.airflow.rest.http import AirflowHttp, Refused
from mlopsctl.adapters.airflow.rest.users import UserCalls
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails, DagRun, Interval, LastRun, TaskInstance, TaskLog
from mlopsctl.core.states import ACTIVE_RUN_STATES

if TYPE_CHECKING:
    import httpx


ACTIVE = ACTIVE_RUN_STATES


class AirflowApi(ActivityCalls, BackfillCalls, ConnectionCalls, FileCalls, UserCalls):
    """The Airflow of a home. Every method raises Unavailable while it does not answer, MlopsctlError for its no."""

    def __init__(
        self,
        base_url: str,
        password_file: Path,
        token_file: Path,
        *,
        zones: Callable[[str], str | None] = lambda dag_id: None,
        trusted: Callable[[], bool] = lambda: True,
        transport: "httpx.BaseTransport | None" = None,
    ) -> None:
        """`zones`: a DAG's true time zone, where the API's answer is not it. `trusted`: as AirflowHttp has it."""
        self.base_url = base_url
        self._zones = zones
        self.http = AirflowHttp(base_url, password_file, token_file, trusted=trusted, transport=transport)

    # The platform

    def health(self) -> dict[str, str]:
        """`healthy` or `unhealthy` per component that runs: metadatabase, scheduler, triggerer, dag_processor."""
        return {name: c["status"] for name, c in self._monitor().items() if c["status"]}

    def heartbeats(self) -> dict[str, float]:
        """The last sign of life per component, in seconds since the epoch."""
        beats = {name: records.instant(c.get(f"latest_{name}_heartbeat")) for name, c in self._monitor().items()}
        return {name: beat.timestamp() for name, beat in beats.items() if beat}

    def _monitor(self) -> dict[str, dict[str, Any]]:
        # No patience: who asks for health asks again by himself.
        answer: dict[str, dict[str, Any]] = self.http.send("GET", paths.HEALTH, login=False)
        return answer

    # DAGs

    def dags(self) -> list[DagDetails]:
        return [records.dag(raw) for raw in self.http.pages(f"{paths.ROOT}/dags", "dags", {"order_by": "dag_id"})]

    def count_dags(self) -> int:
        return self.http.count(f"{paths.ROOT}/dags")

    def dag(self, dag_id: str) -> DagDetails:
        """Raises MlopsctlError `unknown-dag`, with the nearest names."""
        try:
            found = records.dag(self.http.get(f"{paths.dag(dag_id)}/details"))
            return replace(found, timezone=self._zones(dag_id) or found.timezone)
        except Refused as e:
            if e.status != 404:
                raise
        raise self._unknown(dag_id)

    def _unknown(self, dag_id: str) -> MlopsctlError:
        near = difflib.get_close_matches(dag_id, [dag.dag_id for dag in self.dags()], 3)
        broken = self.count_import_errors()
        words = f" Did you mean {' or '.join(near)}?" if near else ""
        if broken:
            words += f" {broken} DAG file{'s' * (broken > 1)} could not be imported."
        hint = Hint.of("dags", "list")
        if not near:  # a folder that was linked a moment ago may not have been read yet
            hint = (
                Hint.of("dags", "errors")
                if broken
                else Hint.of("dags", "list", note="linked just now? read it with:", other=("dags", "clean"))
            )
        return MlopsctlError(f"there is no DAG {dag_id!r}.{words}", hint=hint, code="unknown-dag")

    def pause(self, dag_id: str, paused: bool) -> None:
        self.http.send("PATCH", paths.dag(dag_id), {"is_paused": paused})

    def brief(self, dag_id: str) -> DagDetails:
        """As a list of DAGs has it."""
        return records.dag(self.http.get(paths.dag(dag_id)))

    def depends_on_past(self, dag_id: str) -> bool:
        """Whether a task of the DAG waits for itself in the run before."""
        tasks = self.http.get(f"{paths.dag(dag_id)}/tasks")["tasks"]
        return any(task["depends_on_past"] for task in tasks)

    # DAG runs

    def runs(
        self, dag_id: str, start: datetime | None = None, end: datetime | None = None, states: Sequence[str] = ()
    ) -> list[DagRun]:
        """The runs with logical dates from `start` to `end`, both inclusive, in the order of their logical dates."""
        params = paths.between(start, end, states) | {"order_by": "logical_date"}
        return [records.run(raw) for raw in self.http.pages(paths.runs(dag_id), "dag_runs", params)]

    def latest_runs(self, dag_id: str, number: int) -> list[DagRun]:
        """The `number` runs of the latest logical dates, the last one last."""
        params = {"order_by": "-logical_date", "limit": number}
        return [records.run(raw) for raw in reversed(self.http.get(paths.runs(dag_id), params)["dag_runs"])]

    def last_runs(self, number: int = 5) -> list[LastRun]:
        """The runs of any DAG that were made last, the latest first."""
        listed = self.http.get(paths.runs("~"), {"order_by": "-id", "limit": number})["dag_runs"]
        return [records.last_run(raw) for raw in listed]

    def count_runs(self, dag_id: str, start: datetime, end: datetime, states: Sequence[str]) -> int:
        return self.http.count(paths.runs(dag_id), paths.between(start, end, states))

    def count_running(self, dag_id: str = "~") -> int:
        """How many runs are running, of one DAG or of all."""
        return self.http.count(paths.runs(dag_id), {"state": ["running"]})

    def active_of(self, dag_id: str, run_id_prefix: str) -> DagRun | None:
        """One of the queued and running runs whose id begins so."""
        params = {"run_id_prefix_pattern": run_id_prefix, "state": list(ACTIVE), "order_by": "-id", "limit": 1}
        found = self.http.get(paths.runs(dag_id), params)["dag_runs"]
        return records.run(found[0]) if found else None

    def some_runs(
        self, dag_id: str, start: datetime, end: datetime, states: Sequence[str], limit: int
    ) -> tuple[list[DagRun], int]:
        """At most `limit` such runs, and how many there are: what one look costs does not grow with the range."""
        page = self.http.get(paths.runs(dag_id), paths.between(start, end, states) | {"limit": limit})
        return [records.run(raw) for raw in page["dag_runs"]], int(page["total_entries"])

    def run(self, dag_id: str, run_id: str) -> DagRun:
        return records.run(self.http.get(paths.run(dag_id, run_id)))

    def conf(self, dag_id: str, run_id: str) -> dict[str, Any]:
        return dict(self.http.get(paths.run(dag_id, run_id))["conf"] or {})

    def create_run(
        self,
        dag_id: str,
        logical_date: datetime,
        *,
        run_id: str,
        conf: Mapping[str, Any] | None = None,
        run_after: datetime | None = None,
        interval: Interval | None = None,
    ) -> DagRun | None:
        """A queued run; None where that logical date has one already, which makes it safe to say this twice.

        `interval`: of its data; None: what Airflow infers for a run by hand. Of queued runs the scheduler starts the
        one with the earliest `run_after` first.
        """
        body: dict[str, Any] = {
            "dag_run_id": run_id,
            "logical_date": logical_date.isoformat(),
            "conf": dict(conf or {}),
        }
        if run_after:
            body["run_after"] = run_after.isoformat()
        if interval:
            body["data_interval_start"], body["data_interval_end"] = (at.isoformat() for at in interval)
        try:
            return records.run(self.http.send("POST", paths.runs(dag_id), body))
        except Refused as e:
            if e.status != 409:
                raise
        return None

    def clear_runs(self, dag_id: str, run_ids: Iterable[str], *, note: str = "") -> None:
        """Queue runs that have ended once more, all their tasks, with the DAG as it is now; all of them or none."""
        runs = [{"dag_run_id": run_id} for run_id in run_ids]
        body = {"dry_run": False, "dag_runs": runs, "run_on_latest_version": True} | ({"note": note} if note else {})
        self.http.send("POST", f"{paths.dag(dag_id)}/clearDagRuns", body, timeout=120)

    def delete_runs(self, dag_id: str, run_ids: Iterable[str]) -> None:
        """Take runs away with their tasks; those that are gone are left out. Raises MlopsctlError for a running one."""
        action = {"action": "delete", "action_on_non_existence": "skip", "entities": list(run_ids)}
        answer = self.http.send("PATCH", paths.runs(dag_id), {"actions": [action]}, timeout=120)
        if errors := answer["delete"]["errors"]:
            raise MlopsctlError(
                f"Airflow does not delete a run: {errors[0]['error']}.",
                hint=Hint.of("runs", dag_id, note="a running one has to end first"),
                code="refused",
            )

    # Tasks

    def task_instances(self, dag_id: str, run_id: str) -> list[TaskInstance]:
        listed = self.http.pages(f"{paths.run(dag_id, run_id)}/taskInstances", "task_instances")
        return [records.task_instance(raw) for raw in listed]

    def some_tasks(
        self, dag_id: str, start: datetime, end: datetime, states: Sequence[str], limit: int, **more: Any
    ) -> tuple[list[TaskInstance], int]:
        """At most `limit` tasks of the runs with such logical dates, and how many there are. `more`: as Airflow's API
        names it."""
        params = paths.between(start, end, states) | {"limit": limit} | more
        page = self.http.get(f"{paths.dag(dag_id)}/dagRuns/~/taskInstances", params)
        return [records.task_instance(raw) for raw in page["task_instances"]], int(page["total_entries"])

    def fail_task(self, dag_id: str, run_id: str, task: str) -> None:
        """End a task as failed, with its process if it has one. `task`: its id; `id/3`: the third of a mapped one."""
        self.http.send("PATCH", f"{paths.run(dag_id, run_id)}/taskInstances/{quote(task)}", {"new_state": "failed"})

    def task_log(self, dag_id: str, run_id: str, task_id: str, try_number: int, map_index: int = -1) -> str:
        """The text of a task's log, without the frames that Airflow folds."""
        return self.read_log(dag_id, run_id, task_id, try_number, map_index).text

    def count_tasks(self, dag_id: str, start: datetime, end: datetime, states: Sequence[str]) -> int:
        return self.http.count(f"{paths.dag(dag_id)}/dagRuns/~/taskInstances", paths.between(start, end, states))

    def failed_tasks(self, dag_id: str, start: datetime, end: datetime) -> list[TaskInstance]:
        """The tasks that failed in the runs with such logical dates."""
        path = f"{paths.dag(dag_id)}/dagRuns/~/taskInstances"
        listed = self.http.pages(path, "task_instances", paths.between(start, end, ["failed"]))
        return [records.task_instance(raw) for raw in listed]

    def read_log(self, dag_id: str, run_id: str, task_id: str, try_number: int, map_index: int = -1) -> TaskLog:
        path = f"{paths.run(dag_id, run_id)}/taskInstances/{quote(task_id, safe='')}/logs/{try_number}"
        return records.task_log(self.http.get(path, {"full_content": True, "map_index": map_index})["content"])
