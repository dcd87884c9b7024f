REPLACE INTO warehouse.dag_runs
  (dag_id, run_id, run_type, state, logical_date, queued_at, started, ended, seconds)
VALUES (%(dag_id)s, %(run_id)s, %(run_type)s, %(state)s, %(logical_date)s, %(queued_at)s, %(started)s, %(ended)s,
  %(seconds)s)
