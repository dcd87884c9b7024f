"""A DAG whose runs are running and come no further: its pool has no slot."""

import pendulum
from airflow.sdk import dag, task


@dag(
    dag_id="live_crowd",
    schedule=None,
    start_date=pendulum.datetime(2023, 1, 1, tz="UTC"),
    is_paused_upon_creation=False,
    max_active_runs=32,
    tags=["live"],
)
def crowd() -> None:
    @task(pool="live_closed")
    def work() -> None:
        """Never runs."""

    work()


crowd()
