"""Predicts each day which of its loan applications will default: extract → train → evaluate → predict.

The tasks import pandas and scikit-learn when they run, because Airflow parses this file again and again.
"""

import logging
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pendulum
from airflow.sdk import DAG, task
from airflow.timetables.interval import CronDataIntervalTimetable
from my_project.days import TIMEZONE, data_day

SQL = Path(__file__).parent / "sql"
TABLE = "mlops.my_project_predictions"
# The tasks hand files to each other. If tasks run on several machines, files are in a folder that all of them reach, or
# the queue leads to the machine that has them.
SHARED = os.environ.get("MLOPSCTL_STORAGE", "").partition("file://")[2]
QUEUE = None if SHARED else os.environ.get("MLOPSCTL_HEAD_QUEUE")
FILES = ("loans", "applications")  # each is the result of the query of that name

log = logging.getLogger(__name__)


@task.short_circuit
def extract(dag_run: Any = None) -> str | None:
    """Write the loans to learn from and the applications of the day to files; return their directory.

    The other tasks are skipped if there are none of either, such as on a day after the end of the exam data.
    """
    from my_project import feature_store, steps

    day = data_day(dag_run)
    root = SHARED or os.environ.get("MLOPSCTL_HOME") or os.environ["AIRFLOW_HOME"]
    folder = Path(root, "data", "my_project", day)
    folder.mkdir(parents=True, exist_ok=True)
    frames = {name: feature_store.read(SQL / f"{name}.sql", steps.training_window(day)) for name in FILES}
    for name, frame in frames.items():
        log.info("%s: %d rows", name, len(frame))
        frame.to_csv(folder / f"{name}.csv", index=False)
    return None if any(frame.empty for frame in frames.values()) else str(folder)


@task
def train(folder: str) -> str:
    from my_project import steps

    steps.train(Path(folder, "loans.csv"), Path(folder, "model.joblib"))
    return folder


@task
def evaluate(folder: str) -> dict[str, float | None]:
    """Compute the metrics on the latest loans, which the model has not seen. They are shown as this task's XCom."""
    from my_project import steps

    return steps.evaluate(Path(folder, "loans.csv"), Path(folder, "model.joblib"))


@task
def predict(folder: str, dag_run: Any = None) -> int:
    """Replace the predictions of the day; return their number."""
    from my_project import feature_store, steps

    rows = steps.predict(Path(folder, "applications.csv"), Path(folder, "model.joblib"))
    feature_store.replace_day(SQL / "create_table.sql", TABLE, data_day(dag_run), rows)
    return len(rows)


with DAG(
    dag_id="my_project",
    # The run of a day starts when the day is over. With a plain cron string, it would start when the day begins.
    schedule=CronDataIntervalTimetable("@daily", timezone=TIMEZONE),
    # The exam data begin on 2023-06-01, and the model learns from loans that are at least 90 days old.
    start_date=pendulum.datetime(2023, 12, 1, tz=TIMEZONE),
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=10), **({"queue": QUEUE} if QUEUE else {})},
) as dag:
    trained = train(extract())
    evaluate(trained) >> predict(trained)
