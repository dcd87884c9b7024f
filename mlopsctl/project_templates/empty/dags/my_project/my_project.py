"""One task, every day."""

import logging
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, task
from airflow.timetables.interval import CronDataIntervalTimetable
from my_project.days import TIMEZONE, data_day

log = logging.getLogger(__name__)


@task
def process_day(dag_run: Any = None) -> None:
    """Replace this with your own code. It must be safe to run a day again: delete what the day wrote, then write it."""
    log.info("processing the data of %s", data_day(dag_run))


with DAG(
    dag_id="my_project",
    # The run of a day starts when the day is over. With a plain cron string, it would start when the day begins.
    schedule=CronDataIntervalTimetable("@daily", timezone=TIMEZONE),
    start_date=pendulum.datetime(2023, 6, 1, tz=TIMEZONE),
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=10)},
) as dag:
    process_day()
