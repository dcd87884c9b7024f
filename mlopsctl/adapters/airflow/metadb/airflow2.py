"""Airflow 2's metadata under the names of Airflow 3, so that the same queries read both.

A name that `WITH` defines hides the table of that name. Airflow 2 has no backfills, one version of each DAG, and no id
of a task instance: `id` is what the title of its process shows.
"""

NAMES = """
dag_version AS (SELECT dag_id AS id, 1 AS version_number FROM serialized_dag),
serialized_dag AS NOT MATERIALIZED (SELECT *, dag_id AS dag_version_id FROM serialized_dag),
dag AS NOT MATERIALIZED (SELECT *, NOT is_active AS is_stale FROM dag),
dag_run AS NOT MATERIALIZED (
  SELECT *, execution_date AS logical_date, queued_at AS run_after, NULL::integer AS backfill_id FROM dag_run
),
task_instance AS NOT MATERIALIZED (
  SELECT t.*, concat_ws(' ', t.dag_id, t.task_id, t.run_id) AS id, NULL::timestamptz AS scheduled_dttm,
    j.latest_heartbeat AS last_heartbeat_at
  FROM task_instance t LEFT JOIN job j ON j.id = t.job_id
),
backfill AS (
  SELECT NULL::integer AS id, NULL::text AS dag_id, NULL::timestamptz AS from_date, NULL::timestamptz AS to_date,
    NULL::timestamptz AS created_at, NULL::timestamptz AS completed_at, NULL::boolean AS is_paused,
    NULL::integer AS max_active_runs
  WHERE false
)"""


def with_names_of_airflow3(sql: str) -> str:
    """A query that is written for Airflow 3."""
    query = sql.strip()
    rest = query.removeprefix("WITH ")
    return f"WITH {NAMES}{', ' if rest != query else ' '}{rest}"
