"""Runs and tasks that wait, and for what: one query each, with the conditions of the scheduler's own queries (3.3).

Those are `DagRun.get_queued_dag_runs_to_set_running` for runs, `_executable_task_instances_to_queued` for tasks.
"""

from mlopsctl.adapters.airflow.metadb.queries import Queries
from mlopsctl.adapters.airflow.release import MAX_RUNS_PER_LOOP
from mlopsctl.core.model import WaitingGroup
from mlopsctl.core.states import WaitReason

QUEUED_RUNS = """
WITH running AS (
  SELECT dag_id, coalesce(backfill_id, -1) AS backfill_id, count(*) AS number FROM dag_run WHERE state = 'running'
  GROUP BY 1, 2
), waiting AS (
  SELECT r.dag_id, r.run_id, extract(epoch FROM now() - greatest(r.queued_at, r.run_after)) AS seconds,
    CASE WHEN b.is_paused AND b.completed_at IS NOT NULL THEN 'cancelled'
         WHEN d.is_stale THEN 'stale'
         WHEN d.is_paused THEN 'paused'
         WHEN b.is_paused THEN 'held'
         WHEN coalesce(n.number, 0) >= coalesce(b.max_active_runs, d.max_active_runs) THEN 'full'
         ELSE 'scheduler' END AS reason
  FROM dag_run r JOIN dag d ON d.dag_id = r.dag_id LEFT JOIN backfill b ON b.id = r.backfill_id
  LEFT JOIN running n ON n.dag_id = r.dag_id AND n.backfill_id = coalesce(r.backfill_id, -1)
  WHERE r.state = 'queued' AND r.run_after <= now()
)"""

SCHEDULED_TASKS = """
WITH used AS (
  SELECT t.pool, sum(t.pool_slots) AS slots FROM task_instance t LEFT JOIN slot_pool p ON p.pool = t.pool
  WHERE t.state IN ('running', 'queued') OR (t.state = 'deferred' AND p.include_deferred) GROUP BY 1
), active AS (
  SELECT dag_id, run_id, count(*) AS number FROM task_instance WHERE state IN ('running', 'queued') GROUP BY 1, 2
), waiting AS (
  SELECT t.dag_id, t.run_id, t.pool, extract(epoch FROM now() - coalesce(t.scheduled_dttm, t.updated_at)) AS seconds,
    CASE WHEN p.pool IS NULL THEN 'no-pool'
         WHEN d.is_paused THEN 'paused'
         WHEN p.slots >= 0 AND t.pool_slots > p.slots THEN 'too-big'
         WHEN p.slots >= 0 AND coalesce(u.slots, 0) >= p.slots THEN 'pool'
         WHEN coalesce(a.number, 0) >= d.max_active_tasks THEN 'dag'
         WHEN (SELECT count(*) FROM task_instance WHERE state IN ('running', 'queued')) >= {parallelism} THEN 'slots'
         ELSE 'scheduler' END AS reason
  FROM task_instance t JOIN dag d ON d.dag_id = t.dag_id LEFT JOIN slot_pool p ON p.pool = t.pool
  LEFT JOIN used u ON u.pool = t.pool LEFT JOIN active a ON a.dag_id = t.dag_id AND a.run_id = t.run_id
  WHERE t.state = 'scheduled'
)"""

# A running run without a task that has been scheduled.
STARVED_RUNS = """
WITH waiting AS (
  SELECT r.dag_id, r.run_id, extract(epoch FROM now() - r.start_date) AS seconds,
    CASE WHEN (SELECT count(*) FROM dag_run WHERE state = 'running') > {crowd} THEN 'crowd'
         ELSE 'scheduler' END AS reason
  FROM dag_run r JOIN dag d ON d.dag_id = r.dag_id
  WHERE r.state = 'running' AND NOT d.is_paused AND NOT EXISTS (
    SELECT 1 FROM task_instance t WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id AND t.state IS NOT NULL)
  AND EXISTS (SELECT 1 FROM task_instance t WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id)
)"""

# A running run none of whose tasks is under way, or going to be by itself.
IDLE_RUNS = """
WITH waiting AS (
  SELECT r.dag_id, r.run_id, extract(epoch FROM now() - r.start_date) AS seconds, 'idle' AS reason
  FROM dag_run r JOIN dag d ON d.dag_id = r.dag_id
  WHERE r.state = 'running' AND NOT d.is_paused AND NOT EXISTS (
    SELECT 1 FROM task_instance t WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id AND t.state IN (
      'scheduled', 'queued', 'running', 'restarting', 'up_for_retry', 'up_for_reschedule', 'deferred'))
)"""

SILENT_TASKS = """
WITH waiting AS (
  SELECT dag_id, run_id, task_id || CASE WHEN map_index < 0 THEN '' ELSE '/' || map_index END AS pool,
    'silent' AS reason,
    extract(epoch FROM now() - coalesce(last_heartbeat_at, start_date)) AS seconds
  FROM task_instance WHERE state IN ('running', 'restarting')
)"""

GROUPS = """
SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (
  SELECT reason, dag_id, {what} AS what, count(*) AS number, max(seconds)::int AS seconds,
    (array_agg(run_id ORDER BY seconds DESC))[1:1000] AS run_ids
  FROM waiting WHERE seconds > {late} GROUP BY reason, dag_id, what ORDER BY reason, dag_id, what
) x"""


class WaitingQueries(Queries):
    def queued_runs(self, late: float) -> list[WaitingGroup]:
        return self._groups(QUEUED_RUNS, "''", late)

    def scheduled_tasks(self, late: float, parallelism: int) -> list[WaitingGroup]:
        return self._groups(SCHEDULED_TASKS.format(parallelism=parallelism), "pool", late)

    def starved_runs(self, late: float) -> list[WaitingGroup]:
        return self._groups(STARVED_RUNS.format(crowd=MAX_RUNS_PER_LOOP), "''", late)

    def idle_runs(self, late: float) -> list[WaitingGroup]:
        return self._groups(IDLE_RUNS, "''", late)

    def silent_tasks(self, late: float) -> list[WaitingGroup]:
        return self._groups(SILENT_TASKS, "pool", late)

    def _groups(self, waiting: str, what: str, late: float) -> list[WaitingGroup]:
        rows = self.query_json(waiting + GROUPS.format(what=what, late=late))
        return [
            WaitingGroup(**{**row, "reason": WaitReason(row["reason"]), "run_ids": tuple(row["run_ids"])})
            for row in rows
        ]
