"""Successful runs in which no task ended, from Airflow's metadata (3.3).

Airflow gives a run no task that starts after its logical date or ends before it, and reports success for a run without
tasks (airflow/models/dagrun.py).
"""

from datetime import datetime

from mlopsctl.adapters.airflow.metadb.queries import Queries
from mlopsctl.adapters.postgres.server import sql_text
from mlopsctl.core.states import ENDED_TASK_STATES

EMPTY = """
SELECT coalesce(json_agg(r.run_id), '[]') FROM dag_run r
WHERE r.dag_id = {} AND r.logical_date BETWEEN {} AND {} AND r.state = 'success'
  AND NOT EXISTS (
    SELECT 1 FROM task_instance t WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id AND t.state IN ({}))"""


class EmptyRunsQuery(Queries):
    def empty_runs(self, dag_id: str, start: datetime, end: datetime) -> set[str]:
        values = map(sql_text, (dag_id, start.isoformat(), end.isoformat()))
        return set(self.query_json(EMPTY.format(*values, ", ".join(map(sql_text, ENDED_TASK_STATES)))))
