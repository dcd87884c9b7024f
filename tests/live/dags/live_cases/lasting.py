"""DAGs that Airflow's own backfill takes, and whose runs last as long as a test wants."""

import os
import time
from pathlib import Path

import pendulum
from airflow.sdk import dag, get_current_context, task


@task
def work() -> None:
    """Sleep for conf's `sleep` seconds, or until the file live-morning is in AIRFLOW_HOME."""
    conf = get_current_context()["dag_run"].conf or {}
    deadline = time.monotonic() + float(conf.get("sleep", 0))
    while time.monotonic() < deadline and not Path(os.environ["AIRFLOW_HOME"], "live-morning").exists():
        time.sleep(0.1)


def make(dag_id: str, zone: str) -> None:
    @dag(
        dag_id=dag_id,
        schedule="@daily",
        start_date=pendulum.datetime(2023, 1, 1, tz=zone),
        catchup=False,
        is_paused_upon_creation=True,
        max_active_runs=4,
        tags=["live"],
    )
    def case() -> None:
        work()

    case()


make("live_lasting", "Asia/Seoul")
