"""DAGs that Airflow's own backfill takes, and whose runs last as long as a test wants."""

import time

import pendulum
from airflow.sdk import dag, get_current_context, task


@task
def work() -> None:
    """Sleep for conf's `sleep` seconds."""
    conf = get_current_context()["dag_run"].conf or {}
    time.sleep(float(conf.get("sleep", 0)))


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
