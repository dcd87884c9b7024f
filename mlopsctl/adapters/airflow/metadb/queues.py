"""The queues of tasks, from Airflow's metadata (3.3)."""

import json

from mlopsctl.adapters.airflow.metadb.queries import Queries
from mlopsctl.core.workers import TasksOfQueue

# Of tasks for workers: those that ask for another executor wait for no worker.
_OF_WORKERS = "coalesce(executor, '') NOT LIKE '%LocalExecutor'"
QUEUES = f"""
SELECT coalesce(json_agg(q), '[]') FROM (
  SELECT queue, count(*) FILTER (WHERE state = 'queued') AS waiting,
    count(*) FILTER (WHERE state = 'running') AS running,
    extract(epoch FROM now() - min(queued_dttm) FILTER (WHERE state = 'queued')) AS oldest
  FROM task_instance WHERE state IN ('queued', 'running') AND {_OF_WORKERS} GROUP BY queue ORDER BY queue) q"""

# What a DAG's latest version has. Keys that a task shares with the DAG's default are in it, too.
DAGS = """
SELECT coalesce(json_agg(dag_id ORDER BY dag_id), '[]') FROM (
  SELECT DISTINCT ON (dag_id) dag_id, data FROM serialized_dag ORDER BY dag_id, created_at DESC) d
WHERE data::text LIKE '%"queue": {queue}%' AND EXISTS (SELECT FROM dag WHERE dag.dag_id = d.dag_id AND NOT is_stale)"""


class QueueQueries(Queries):
    def tasks_of_queues(self) -> list[TasksOfQueue]:
        rows = self.query_json(QUEUES)
        return [TasksOfQueue(row["queue"], row["waiting"], row["running"], row["oldest"]) for row in rows]

    def dags_of_queue(self, queue: str) -> list[str]:
        dags: list[str] = self.query_json(DAGS.replace("{queue}", json.dumps(queue)))
        return dags
