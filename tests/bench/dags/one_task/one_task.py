"""A DAG of one task that does nothing: what remains is what Airflow and mlopsctl cost. For tests/bench/backfill.py."""

import pendulum
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

with DAG(
    dag_id="one_task",
    schedule="@daily",
    start_date=pendulum.datetime(2014, 1, 1, tz="UTC"),
    catchup=False,
) as dag:
    PythonOperator(task_id="nothing", python_callable=lambda: None)
