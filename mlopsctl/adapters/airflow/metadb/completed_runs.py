"""Which runs had done all their work when they were failed from outside, by Airflow's metadata (3.3.2). Reads only.

Failing a run fails its running tasks and skips those to come; a task that has ended stays as it is. When a task was
skipped, only `updated_at` tells: one that is cleared or tried again keeps the `end_date` that it had (seen).
"""

from collections.abc import Collection
from datetime import datetime

from mlopsctl.adapters.airflow.metadb.client import AirflowMetadata
from mlopsctl.adapters.postgres.server import sql_text

_WHOLE = """
SELECT coalesce(json_agg(r.run_id), '[]') FROM dag_run r
WHERE r.dag_id = {dag} AND r.run_id IN ({runs}) AND r.state = 'failed'
  AND EXISTS (SELECT 1 FROM task_instance t WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id)
  AND NOT EXISTS (SELECT 1 FROM task_instance t WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id
    AND (t.state = 'success' OR (t.state = 'skipped' AND t.updated_at < {at})) IS NOT TRUE)"""


def whole(metadata: AirflowMetadata, dag_id: str, run_ids: Collection[str], failed_at: datetime) -> list[str]:
    """Of the runs that were failed at `failed_at` or later, those whose every task is a success or had been skipped by
    then: Airflow had made each a success, or was about to. A run is left out that is a success although a task of it
    failed. Raises Unavailable."""
    if not run_ids:
        return []
    runs = ", ".join(map(sql_text, run_ids))
    return metadata.ask(_WHOLE.format(dag=sql_text(dag_id), runs=runs, at=sql_text(failed_at.isoformat())))
