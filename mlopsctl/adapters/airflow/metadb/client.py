"""Airflow's metadata database (3.3), read only: what its REST API does not show, such as the runs of a backfill and a
DAG's own time zone, and large ranges of runs, which it returns faster. The methods are described in
`metadb/interface.py`."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mlopsctl.adapters.airflow.dag_run_script import DagRunScript
from mlopsctl.adapters.airflow.interface import MAX_SLOTS
from mlopsctl.adapters.airflow.metadb.airflow2 import with_names_of_airflow3
from mlopsctl.adapters.airflow.metadb.backfills import BackfillQueries
from mlopsctl.adapters.airflow.metadb.completed_runs import CompletedRunsQuery
from mlopsctl.adapters.airflow.metadb.empty_runs import EmptyRunsQuery
from mlopsctl.adapters.airflow.metadb.queries import LATEST_SERIALIZED_DAG, instant, timezone_name
from mlopsctl.adapters.airflow.metadb.queues import QueueQueries
from mlopsctl.adapters.airflow.metadb.waiting import WaitingQueries
from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.adapters.airflow.run_owner import owner
from mlopsctl.adapters.files import read_secret
from mlopsctl.adapters.postgres.server import Postgres, sql_text
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagRun, Interval
from mlopsctl.core.states import RunState

SCHEDULE = "schedule"  # in airflow_scripts/
RUNS_BETWEEN = """
SELECT coalesce(json_agg(json_build_array(run_id, logical_date, state, run_type, n.content, start_date, end_date,
  data_interval_start, data_interval_end) ORDER BY logical_date), '[]')
FROM dag_run r LEFT JOIN dag_run_note n ON n.dag_run_id = r.id
WHERE dag_id = {} AND logical_date BETWEEN {} AND {}"""


@dataclass(frozen=True)
class MetadataDatabase(BackfillQueries, CompletedRunsQuery, EmptyRunsQuery, QueueQueries, WaitingQueries):
    """`external_url`: the file with the URL of a database that this home does not run; None: it is the home's own."""

    postgres: Postgres
    airflow: AirflowPrograms
    external_url: Path | None = None

    def timezone(self, dag_id: str) -> str | None:
        timezone = self._serialized(dag_id, "timezone")
        return timezone_name(timezone) if timezone else None

    def slots(self, dag_id: str, start: datetime, end: datetime, limit: int = MAX_SLOTS) -> dict[datetime, Interval]:
        if self.airflow.release.is_airflow2:
            return DagRunScript(self.airflow).slots(dag_id, start, end, limit)
        timetable = self._serialized(dag_id, "timetable")
        if timetable is None:
            raise MlopsctlError(f"Airflow has not serialized {dag_id} yet.", hint=Hint.of("dags", "errors"))
        arguments = {"timetable": timetable, "start": start.isoformat(), "end": end.isoformat(), "limit": limit + 1}
        found = self.airflow.run_script(SCHEDULE, arguments)["slots"]
        return {at: (first, last) for at, first, last in (map(datetime.fromisoformat, slot) for slot in found)}

    def prepare_slots(self) -> None:
        if self.airflow.release.is_airflow2:
            DagRunScript(self.airflow).start()
        else:
            self.airflow.prestart(SCHEDULE)

    def _serialized(self, dag_id: str, field: str) -> Any:
        dag = LATEST_SERIALIZED_DAG.format(sql_text(dag_id))
        rows = self.query_json(f"SELECT coalesce(json_agg(w.{field}), '[]') FROM ({dag}) w")
        return rows[0] if rows else None

    def triggered_dags(self, dag_id: str) -> list[tuple[str, str]]:
        dependencies = self._serialized(dag_id, "dag_dependencies") or ()
        found = [raw for raw in dependencies if raw["dependency_type"] == "trigger" and raw["source"] == dag_id]
        return [(raw["dependency_id"], "" if "{{" in raw["target"] else raw["target"]) for raw in found]

    def runs_between(self, dag_id: str, start: datetime, end: datetime) -> list[DagRun]:
        values = map(sql_text, (dag_id, start.isoformat(), end.isoformat()))
        return [_run(*row) for row in self.query_json(RUNS_BETWEEN.format(*values))]

    def query_json(self, sql: str) -> list[Any]:
        if self.airflow.release.is_airflow2:
            sql = with_names_of_airflow3(sql)
        text = self._query_external(self.external_url, sql) if self.external_url else self.postgres.query(sql)
        rows: list[Any] = json.loads(text)
        return rows

    def _query_external(self, url_file: Path, sql: str) -> str:
        """Through the database driver of Airflow's own environment."""
        return str(self.airflow.run_script("metadata", {"url": read_secret(url_file), "sql": sql})["answer"])


def _run(run_id: str, logical_date: str, state: str, run_type: str, note: str | None, *instants: str | None) -> DagRun:
    start, end, first, last = map(instant, instants)
    interval = (first, last) if first and last else None
    return DagRun(run_id, instant(logical_date), RunState(state), run_type, start, end, interval, owner(run_id, note))
