"""Summarizes the loan applications of each day in SQL: create the table, replace the rows of the day, check them."""

from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.providers.common.sql.operators.sql import SQLCheckOperator, SQLExecuteQueryOperator
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable
from my_project.days import TIMEZONE, data_day

# Without it, two runs that replace different days at the same time can block each other: at MariaDB's default level,
# deleting a day that has no rows yet locks the days around it.
READ_COMMITTED = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"

with DAG(
    dag_id="my_project",
    # The run of a day starts when the day is over. With a plain cron string, it would start when the day begins.
    schedule=CronDataIntervalTimetable("@daily", timezone=TIMEZONE),
    start_date=pendulum.datetime(2023, 6, 1, tz=TIMEZONE),
    catchup=False,
    template_searchpath=[str(Path(__file__).parent / "sql")],
    user_defined_macros={"data_day": data_day},
    default_args={"conn_id": "feature_store", "retries": 2, "retry_delay": timedelta(seconds=10)},
) as dag:
    create_table = SQLExecuteQueryOperator(task_id="create_table", sql="create_table.sql")
    # One transaction: readers see the old rows of the day or the new ones, never none. Running a day again is safe.
    replace_day = SQLExecuteQueryOperator(
        task_id="replace_day", sql=[READ_COMMITTED, "delete_day.sql", "insert_day.sql"]
    )
    # Fails if the result of the query is false.
    check_day = SQLCheckOperator(task_id="check_day", sql="check_day.sql")

    create_table >> replace_day >> check_day
