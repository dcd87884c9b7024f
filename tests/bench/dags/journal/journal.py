"""Tasks that write down when they began and ended, and for which date. For tests/bench/faults.py."""

import os
import time
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG


def work(dag_id: str, day: str) -> None:
    """A line each, in one write: the file is shared by all."""
    journal = Path(os.environ["MLOPSCTL_HOME"]) / f"{dag_id}.journal"
    for word in ("began", "ended"):
        with journal.open("a", encoding="utf-8") as file:
            file.write(f"{day} {word} {time.time():.3f}\n")
        if word == "began":
            time.sleep(0.5)


for name, schedule in (("journal_daily", "@daily"), ("journal_by_hand", None)):
    with DAG(
        dag_id=name,
        schedule=schedule,
        start_date=pendulum.datetime(2014, 1, 1, tz="UTC"),
        end_date=pendulum.datetime(2025, 12, 31, tz="UTC"),  # it makes no run by itself
        catchup=False,
        default_args={"retries": 3, "retry_delay": 5},
    ) as dag:
        PythonOperator(task_id="work", python_callable=work, op_args=[name, "{{ ds }}"])
    globals()[name] = dag
