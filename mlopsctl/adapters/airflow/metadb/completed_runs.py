"""Runs that were marked failed although all their tasks had completed, from Airflow's metadata (3.3).

Marking a run failed fails its running tasks and skips the remaining ones; an ended task stays as it is. Only
`updated_at` shows when a task was skipped: one that was cleared or retried keeps its old `end_date` (seen).
"""

from collections.abc import Collection
from datetime import datetime

from mlopsctl.adapters.airflow.metadb.queries import Queries
from mlopsctl.adapters.postgres.server import sql_text

COMPLETED = """
SELECT coalesce(json_agg(r.run_id), '[]') FROM dag_run r
WHERE r.dag_id = {dag} AND r.run_id IN ({runs}) AND r.state = 'failed'
  AND EXISTS (SELECT 1 FROM task_instance t WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id)
  AND NOT EXISTS (SELECT 1 FROM task_instance t WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id
    AND (t.state = 'success' OR (t.state = 'skipped' AND t.updated_at < {at})) IS NOT TRUE)"""


class CompletedRunsQuery(Queries):
    def completed_runs(self, dag_id: str, run_ids: Collection[str], failed_at: datetime) -> list[str]:
        if not run_ids:
            return []
        runs = ", ".join(map(sql_text, run_ids))
        return self.query_json(COMPLETED.format(dag=sql_text(dag_id), runs=runs, at=sql_text(failed_at.isoformat())))
