"""A pipeline for Airflow 2.7: test_dags_migrate.py rewrites a copy of it and runs that on the current Airflow."""

from datetime import timedelta
from typing import Any

import pendulum
from airflow import DAG
from airflow.operators.dummy import DummyOperator
from airflow.operators.python import PythonOperator
from airflow.providers.mysql.operators.mysql import MySqlOperator

KEY = "applications"


def count(execution_date: Any, yesterday_ds_nodash: str, **kwargs: Any) -> None:
    from airflow.providers.mysql.hooks.mysql import MySqlHook

    sql = f"SELECT COUNT(*) FROM mlops.loan_applicant_info WHERE applicant_date = '{yesterday_ds_nodash}'"
    rows = MySqlHook("feature_store").get_first(sql)[0]
    kwargs["ti"].xcom_push(key=KEY, value=f"{rows} at {execution_date.hour} before {kwargs['next_ds']}")


with DAG(
    "live_airflow2",
    schedule_interval="0 4 * * *",
    start_date=pendulum.datetime(2023, 10, 1, tz="Asia/Seoul"),
    catchup=False,
    concurrency=2,
    max_active_runs=1,
    default_args={"provide_context": True, "retries": 2, "retry_delay": timedelta(seconds=1)},
):
    create = MySqlOperator(task_id="create", mysql_conn_id="feature_store", sql="create.sql", trigger_rule="dummy")
    counted = PythonOperator(task_id="count", python_callable=count)
    load = MySqlOperator(
        task_id="load",
        mysql_conn_id="feature_store",
        sql="load.sql",
        parameters={"counted": "{{ ti.xcom_pull(key='" + KEY + "') }}"},
    )
    create >> counted >> load >> DummyOperator(task_id="done")
