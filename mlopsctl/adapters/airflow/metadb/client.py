"""What Airflow's metadata database tells, and its REST API (3.3.2) does not: the runs of a backfill, and a DAG's time
zone, where the API has `[core] default_timezone` for all. Of many runs it is also the faster one. Reads only.

Whose a run is: of the backfill of engine `runs` whose id its note or its run id holds, unless Airflow's own engine has
taken it over since; else of Airflow's backfill that it names. So each run is of one backfill, the last that took it.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mlopsctl.adapters.airflow.programs import AirflowCli
from mlopsctl.adapters.airflow.run_owner import CANCELLED, NOTE, owner
from mlopsctl.adapters.files import read_secret
from mlopsctl.adapters.postgres.server import Postgres, sql_text
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill, BackfillId, DagRun
from mlopsctl.core.states import EngineName, RunState

ENDED = 10  # so many that have ended are listed
ID_TYPES: dict[EngineName, type[BackfillId]] = {EngineName.NATIVE: int, EngineName.PER_RUN: str}

# Cancelling pauses a backfill and closes it. The scheduler starts no run of a paused one, and nobody can resume a
# closed one: a run of it that is cleared afterwards stays queued (apache/airflow#72337, seen with 3.3.2). One that
# ended by itself is not paused, and its cleared runs do start.
_OWNED = f"""
WITH noted AS (
  SELECT r.*, b.is_paused AND b.completed_at IS NOT NULL AS unclearable, n.content ~ ' {CANCELLED}$' AS cancelled,
    CASE WHEN n.content ~ '^{NOTE} [0-9a-f]{{6}}' AND (b.id IS NULL OR n.updated_at > b.created_at)
           THEN substr(n.content, {len(NOTE) + 2}, 6)
         WHEN b.id IS NULL AND r.run_id ~ '^mlopsctl__[0-9a-f]{{6}}__' THEN substr(r.run_id, 11, 6) END AS ours
  FROM dag_run r LEFT JOIN dag_run_note n ON n.dag_run_id = r.id LEFT JOIN backfill b ON b.id = r.backfill_id
), owned AS (
  SELECT *, coalesce(ours, backfill_id::text) AS owner, CASE WHEN ours IS NULL THEN 'airflow' ELSE 'runs' END AS engine
  FROM noted WHERE ours IS NOT NULL OR backfill_id IS NOT NULL
)"""


# The last version of a DAG as the dag-processor wrote it down: its time zone as a name, or an offset in seconds.
_WRITTEN = """
    SELECT s.data -> 'dag' ->> 'timezone' AS timezone, s.data -> 'dag' -> 'timetable' AS timetable FROM serialized_dag s
    JOIN dag_version v ON v.id = s.dag_version_id WHERE s.dag_id = {} ORDER BY v.version_number DESC LIMIT 1"""
_BETWEEN = """
SELECT coalesce(json_agg(json_build_array(run_id, logical_date, state, run_type, n.content, start_date, end_date,
  data_interval_start, data_interval_end) ORDER BY logical_date), '[]')
FROM dag_run r LEFT JOIN dag_run_note n ON n.dag_run_id = r.id
WHERE dag_id = {} AND logical_date BETWEEN {} AND {}"""


def _backfills(where: str, ended: int) -> str:
    return f"""{_OWNED}, counted AS (
  SELECT owner, engine, dag_id, min(logical_date) AS first, max(logical_date) AS last, min(queued_at) AS began,
    bool_or(cancelled) AS cancelled, count(*) FILTER (WHERE state = 'success') AS success,
    count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state = 'running') AS running,
    count(*) FILTER (WHERE state = 'queued') AS queued,
    count(*) FILTER (WHERE state = 'queued' AND unclearable) AS orphaned
  FROM owned GROUP BY owner, engine, dag_id
), both_engines AS (
  SELECT b.id::text AS id, 'airflow' AS engine, b.dag_id, b.from_date AS start, b.to_date AS end, b.created_at AS began,
    coalesce(b.is_paused, false) AS record_paused, b.completed_at IS NULL AS active,
    b.is_paused AND coalesce(c.success, 0) < coalesce(c.success + c.failed + c.running + c.queued, 1) AS cancelled,
    c.success, c.failed, c.running, c.queued, c.orphaned
  FROM backfill b LEFT JOIN counted c ON c.engine = 'airflow' AND c.owner = b.id::text
  UNION ALL
  SELECT owner, engine, dag_id, first, last, began, false, running + queued > orphaned, cancelled,
    success, failed, running, queued, orphaned
  FROM counted WHERE engine = 'runs'
), ranked AS (
  SELECT e.*, d.is_paused AS dag_paused, row_number() OVER (PARTITION BY active ORDER BY began DESC) AS age,
    CASE WHEN active AND success + failed > 0 AND running + queued = 0 THEN 'ending'
         WHEN active AND (record_paused OR d.is_paused) THEN 'paused' WHEN active THEN 'running'
         WHEN cancelled THEN 'cancelled' ELSE 'done' END AS state
  FROM both_engines e JOIN dag d ON d.dag_id = e.dag_id WHERE {where}
)
SELECT coalesce(json_agg(row_to_json(x) ORDER BY active DESC, began DESC), '[]') FROM (
  SELECT r.*, z.timezone FROM ranked r LEFT JOIN LATERAL ({_WRITTEN.format("r.dag_id")}
  ) z ON true WHERE active OR age <= {ended}
) x"""


def _runs(where: str) -> str:
    return f"""{_OWNED}
SELECT coalesce(json_agg(json_build_object('run_id', run_id, 'logical_date', logical_date, 'state', state,
  'run_type', run_type) ORDER BY logical_date), '[]')
FROM owned WHERE {where}"""


def _tasks(where: str, ids: Collection[str]) -> str:
    return f"""{_OWNED}
SELECT coalesce(json_agg(json_build_object('id', t.id)), '[]') FROM task_instance t
JOIN owned o ON o.dag_id = t.dag_id AND o.run_id = t.run_id
WHERE {where} AND t.id IN ({", ".join(map(sql_text, ids))})"""


def _of_backfill(backfill: Backfill) -> str:
    return f"owner = {sql_text(str(backfill.id))} AND engine = {sql_text(backfill.engine)}"


@dataclass(frozen=True)
class AirflowMetadata:
    """`external_url`: the file with the URL of a metadata database that is not the home's own; None: it is.

    Every method raises Unavailable where the database does not answer.
    """

    postgres: Postgres
    airflow: AirflowCli
    external_url: Path | None = None

    def timezone(self, dag_id: str) -> str | None:
        """`Asia/Seoul`, `UTC`, `+09:00`; None where Airflow has not written the DAG down."""
        zone = self._written(dag_id, "timezone")
        return named(zone) if zone else None

    def timetable(self, dag_id: str) -> dict[str, Any]:
        """As Airflow serializes it: `__type` is its class, `__var` what that is made of again. Raises MlopsctlError."""
        timetable: dict[str, Any] | None = self._written(dag_id, "timetable")
        if timetable is None:
            raise MlopsctlError(f"Airflow has not written {dag_id} down yet.", hint=Hint.of("dags", "errors"))
        return timetable

    def _written(self, dag_id: str, what: str) -> Any:
        rows = self.ask(f"SELECT coalesce(json_agg(w.{what}), '[]') FROM ({_WRITTEN.format(sql_text(dag_id))}) w")
        return rows[0] if rows else None

    def runs_between(self, dag_id: str, start: datetime, end: datetime) -> list[DagRun]:
        """Those of any origin with logical dates from `start` to `end`, both inclusive, in their order."""
        words = map(sql_text, (dag_id, start.isoformat(), end.isoformat()))
        return [_run(*row) for row in self.ask(_BETWEEN.format(*words))]

    def backfills(self, *, dag_id: str = "", id_: BackfillId = "", ended: int | None = ENDED) -> list[Backfill]:
        """Those that are active, then the `ended` newest (None: all) that have ended; the newest first."""
        named_ = [f"e.dag_id = {sql_text(dag_id)}"] if dag_id else []
        named_ += [f"e.id = {sql_text(str(id_))}"] if id_ else []
        where = " AND ".join(named_) or "true"
        return [_backfill(raw) for raw in self.ask(_backfills(where, 2**31 if ended is None else ended))]

    def runs(self, backfill: Backfill, states: Sequence[str] = ()) -> list[DagRun]:
        """The runs of a backfill, in the order of their logical dates."""
        where = _of_backfill(backfill)
        where += f" AND state IN ({', '.join(map(sql_text, states))})" if states else ""
        return [
            DagRun(raw["run_id"], _instant(raw["logical_date"]), raw["state"], raw["run_type"])
            for raw in self.ask(_runs(where))
        ]

    def tasks(self, backfill: Backfill, ids: Collection[str]) -> list[str]:
        """Those of the task instances `ids` that are in runs of a backfill."""
        return [str(raw["id"]) for raw in self.ask(_tasks(_of_backfill(backfill), ids))]

    def unclearable(self, dag_id: str) -> set[str]:
        """The ids of runs that, once queued, stay so for ever. Failed first, a new backfill of Airflow's can take them
        over, or they can be deleted and made anew; clearing them leaves them orphaned."""
        return {raw["run_id"] for raw in self.ask(_runs(f"unclearable AND dag_id = {sql_text(dag_id)}"))}

    def ask(self, sql: str) -> list[Any]:
        answer: list[Any] = json.loads(self._by_script(sql) if self.external_url else self.postgres.query(sql))
        return answer

    def _by_script(self, sql: str) -> str:
        """A database elsewhere, by the driver of Airflow's own venv."""
        assert self.external_url  # noqa: S101  # ask() asked
        url = read_secret(self.external_url)
        return str(self.airflow.script("metadata", {"url": url, "sql": sql})["answer"])


def named(zone: str) -> str:
    """A fixed offset is written down as its seconds."""
    try:
        minutes = int(zone) // 60
    except ValueError:
        return zone
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _run(run_id: str, logical_date: str, state: str, run_type: str, noted: str | None, *instants: str | None) -> DagRun:
    start, end, first, last = map(_instant, instants)
    interval = (first, last) if first and last else None
    return DagRun(run_id, _instant(logical_date), RunState(state), run_type, start, end, interval, owner(run_id, noted))


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _backfill(raw: dict[str, Any]) -> Backfill:
    engine = EngineName(raw["engine"])
    counts = {name: raw[name] or 0 for name in ("success", "failed", "running", "queued", "orphaned")}
    return Backfill(
        id=ID_TYPES[engine](raw["id"]),
        dag_id=raw["dag_id"],
        timezone=named(raw["timezone"] or "UTC"),
        engine=engine,
        state=raw["state"],
        start=datetime.fromisoformat(raw["start"]),
        end=datetime.fromisoformat(raw["end"]),
        began=datetime.fromisoformat(raw["began"]),
        record_paused=raw["record_paused"],
        dag_paused=raw["dag_paused"],
        **counts,
    )
