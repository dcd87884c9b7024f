"""Many tasks that do nothing, at the same time. For tests/bench/capacity.py and many_workers.py.

`many_tasks` is for the workers of a platform. Those of `simulated_tasks` are in a queue of their own, from which only
tests/bench/light_workers.py takes them.
"""

import pendulum
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

TASKS = 100
LIMIT = 100_000  # no limit of Airflow's is to be lower than the slots of the workers

for name, queue in (("many_tasks", "default"), ("simulated_tasks", "simulated")):
    with DAG(
        dag_id=name,
        schedule=None,
        start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
        max_active_tasks=LIMIT,
        max_active_runs=LIMIT,
        default_args={"pool": "many_tasks", "queue": queue},
    ) as dag:
        for number in range(TASKS):
            PythonOperator(task_id=f"nothing_{number:03}", python_callable=lambda: None)
    globals()[name] = dag
