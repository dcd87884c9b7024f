"""The queues of tasks, from Airflow's metadata (3.3)."""

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


class QueueQueries(Queries):
    def tasks_of_queues(self) -> list[TasksOfQueue]:
        rows = self.query_json(QUEUES)
        return [TasksOfQueue(row["queue"], row["waiting"], row["running"], row["oldest"]) for row in rows]
