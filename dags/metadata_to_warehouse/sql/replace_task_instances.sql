REPLACE INTO warehouse.task_instances
  (dag_id, run_id, task_id, map_index, try_number, state, operator, queued_at, started, ended, seconds)
VALUES (%(dag_id)s, %(run_id)s, %(task_id)s, %(map_index)s, %(try_number)s, %(state)s, %(operator)s, %(queued_at)s,
  %(started)s, %(ended)s, %(seconds)s)
