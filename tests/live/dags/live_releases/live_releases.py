"""A DAG with a schedule and one without. Only names that Airflow 2.7 has, and that the newest release still has."""

import gc
import logging
import os
import time
from pathlib import Path
from typing import Any

import pendulum
from airflow import DAG
from airflow.operators.python import PythonOperator

HEARTBEAT = 0.2  # seconds


def work(**context: Any) -> None:
    """Sleep for conf's `sleep` seconds; meanwhile touch the file release-beat in AIRFLOW_HOME."""
    names = ("ds", "data_interval_start", "data_interval_end", "next_ds", "prev_ds")  # the last two: Airflow 2 only
    values = {name: context[name] for name in names if name in context}
    logger = logging.getLogger(__name__)
    logger.info("%s", " ".join(f"{name}={_text(value)}" for name, value in values.items()))
    logger.info("forked=%s", gc.get_freeze_count() > 0)  # preload.py has all its forks freeze their objects
    beat = Path(os.environ["AIRFLOW_HOME"]) / "release-beat"
    deadline = time.monotonic() + float((context["dag_run"].conf or {}).get("sleep", 0))
    while time.monotonic() < deadline:
        beat.touch()
        time.sleep(HEARTBEAT)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value.isoformat())


for dag_id, schedule, paused in (("release_daily", "0 3 * * *", True), ("release_manual", None, False)):
    with DAG(
        dag_id=dag_id,
        schedule=schedule,
        start_date=pendulum.datetime(2024, 1, 1, tz="Asia/Seoul"),
        catchup=False,
        is_paused_upon_creation=paused,
        params={"level": 1},
        tags=["live"],
    ) as dag:
        PythonOperator(task_id="work", python_callable=work)
    globals()[dag_id] = dag
