"""DAGs that Airflow's own backfill takes. Their task fails on the days in AIRFLOW_HOME/live-failing."""

import os
from pathlib import Path

import pendulum
from airflow.sdk import dag, task


@task
def work(ds: str | None = None) -> str | None:
    """Fail where the file live-failing in AIRFLOW_HOME holds this `ds`."""
    failing = Path(os.environ["AIRFLOW_HOME"]) / "live-failing"
    if failing.exists() and ds in failing.read_text().split():
        raise ValueError(f"the data of {ds} is not there yet")
    return ds


def make(dag_id: str, schedule: str, zone: str, *, depends_on_past: bool = False) -> None:
    @dag(
        dag_id=dag_id,
        schedule=schedule,
        start_date=pendulum.datetime(2023, 1, 1, tz=zone),
        catchup=False,
        is_paused_upon_creation=True,
        default_args={"depends_on_past": depends_on_past},
        tags=["live"],
    )
    def case() -> None:
        work()

    case()


make("live_daily", "@daily", "UTC")
make("live_weekly", "0 0 * * 0", "UTC")
make("live_hourly", "@hourly", "Asia/Seoul")
make("live_dawn", "0 4 * * *", "Asia/Seoul")
make("live_midnight", "0 0 * * *", "Asia/Seoul")
make("live_past", "@daily", "UTC", depends_on_past=True)
