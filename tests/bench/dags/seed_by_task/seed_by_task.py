"""One task per day: the common way to fill a feature store, which tests/bench/seed_by_task.py measures."""

import pendulum
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG

DAY_OF = {
    "cust_info": "base_dt",
    "family_info": "base_dt",
    "loan_applicant_info": "applicant_date",
    "loan_default_account": "registration_date",
}

with DAG(
    dag_id="seed_by_task",
    schedule=None,
    start_date=pendulum.datetime(2023, 6, 1, tz="Asia/Seoul"),
    catchup=False,
) as dag:
    SQLExecuteQueryOperator.partial(
        task_id="day",
        conn_id="feature_store",
        sql=[
            f"INSERT INTO mlops.{table} SELECT * FROM temp.ready_{table} WHERE {column} = %(day)s"
            for table, column in DAY_OF.items()
        ],
    ).expand(parameters=[{"day": f"202401{day:02}"} for day in range(1, 32)])
