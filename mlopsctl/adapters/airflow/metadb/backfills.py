"""Backfills of both engines, and their runs, from Airflow's metadata.

A run belongs to the last backfill that took it: to the one of engine `runs` whose id is in its note or its run id,
unless Airflow's own engine has taken it over since; else to the backfill of Airflow's that it names.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from mlopsctl.adapters.airflow.metadb.interface import ENDED_LISTED
from mlopsctl.adapters.airflow.metadb.queries import LATEST_SERIALIZED_DAG, Queries, instant, timezone_name
from mlopsctl.adapters.airflow.run_owner import CANCELLED, NOTE
from mlopsctl.adapters.postgres.server import sql_text
from mlopsctl.core.model import Backfill, BackfillId, DagRun
from mlopsctl.core.states import BackfillState, EngineName, RunState

ALL = 2**31
ID_TYPES: dict[EngineName, type[BackfillId]] = {EngineName.NATIVE: int, EngineName.PER_RUN: str}

# Cancelling pauses a backfill and closes it. The scheduler starts no run of a paused backfill, and a closed one cannot
# be resumed: a run that is cleared afterwards stays queued (apache/airflow#72337, seen with 3.3.2). A backfill that
# ended normally is not paused, and its cleared runs do start.
_OWNED = f"""
WITH noted AS (
  SELECT r.*, b.is_paused AND b.completed_at IS NOT NULL AS unclearable, n.content ~ ' {CANCELLED}$' AS cancelled,
    CASE WHEN n.content ~ '^{NOTE} [0-9a-f]{{6}}' AND (b.id IS NULL OR n.updated_at > b.created_at)
           THEN substr(n.content, {len(NOTE) + 2}, 6)
         WHEN b.id IS NULL AND r.run_id ~ '^mlopsctl__[0-9a-f]{{6}}__' THEN substr(r.run_id, 11, 6) END AS own_id
  FROM dag_run r LEFT JOIN dag_run_note n ON n.dag_run_id = r.id LEFT JOIN backfill b ON b.id = r.backfill_id
), owned AS (
  SELECT *, coalesce(own_id, backfill_id::text) AS owner,
    CASE WHEN own_id IS NULL THEN 'airflow' ELSE 'runs' END AS engine
  FROM noted WHERE own_id IS NOT NULL OR backfill_id IS NOT NULL
)"""


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
  SELECT r.*, z.timezone FROM ranked r LEFT JOIN LATERAL ({LATEST_SERIALIZED_DAG.format("r.dag_id")}
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


class BackfillQueries(Queries):
    def backfills(self, *, dag_id: str = "", id_: BackfillId = "", ended: int | None = ENDED_LISTED) -> list[Backfill]:
        conditions = [f"e.dag_id = {sql_text(dag_id)}"] if dag_id else []
        conditions += [f"e.id = {sql_text(str(id_))}"] if id_ else []
        where = " AND ".join(conditions) or "true"
        return [_backfill(raw) for raw in self.query_json(_backfills(where, ALL if ended is None else ended))]

    def backfill_runs(self, backfill: Backfill, states: Sequence[str] = ()) -> list[DagRun]:
        where = _of_backfill(backfill)
        where += f" AND state IN ({', '.join(map(sql_text, states))})" if states else ""
        return [
            DagRun(raw["run_id"], instant(raw["logical_date"]), RunState(raw["state"]), raw["run_type"])
            for raw in self.query_json(_runs(where))
        ]

    def backfill_tasks(self, backfill: Backfill, task_ids: Collection[str]) -> list[str]:
        return [str(raw["id"]) for raw in self.query_json(_tasks(_of_backfill(backfill), task_ids))]

    def unclearable_runs(self, dag_id: str) -> set[str]:
        return {raw["run_id"] for raw in self.query_json(_runs(f"unclearable AND dag_id = {sql_text(dag_id)}"))}


def _of_backfill(backfill: Backfill) -> str:
    return f"owner = {sql_text(str(backfill.id))} AND engine = {sql_text(backfill.engine)}"


def _backfill(raw: dict[str, Any]) -> Backfill:
    engine = EngineName(raw["engine"])
    counts = {name: raw[name] or 0 for name in ("success", "failed", "running", "queued", "orphaned")}
    return Backfill(
        id=ID_TYPES[engine](raw["id"]),
        dag_id=raw["dag_id"],
        timezone=timezone_name(raw["timezone"] or "UTC"),
        engine=engine,
        state=BackfillState(raw["state"]),
        start=datetime.fromisoformat(raw["start"]),
        end=datetime.fromisoformat(raw["end"]),
        began=datetime.fromisoformat(raw["began"]),
        record_paused=raw["record_paused"],
        dag_paused=raw["dag_paused"],
        **counts,
    )
