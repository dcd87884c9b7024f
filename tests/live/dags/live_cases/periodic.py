"""DAGs that Airflow's own backfill takes. Their task fails on the days in AIRFLOW_HOME/live-failing."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pendulum
from airflow.sdk import Asset, CronDataIntervalTimetable, DeltaDataIntervalTimetable, Param, dag, task


@task
def work(ds: str | None = None) -> str | None:
    """Fail where the file live-failing in AIRFLOW_HOME holds this `ds`."""
    failing = Path(os.environ["AIRFLOW_HOME"]) / "live-failing"
    if failing.exists() and ds in failing.read_text().split():
        raise ValueError(f"the data of {ds} is not there yet")
    return ds


def make(
    dag_id: str,
    schedule: object,
    zone: str,
    *,
    year: int = 2023,
    days: int | None = None,
    depends_on_past: bool = False,
    catchup: bool = False,
    outlets: tuple[Asset, ...] = (),
    task_year: int | None = None,
    **more: Any,
) -> None:
    @dag(
        dag_id=dag_id,
        schedule=schedule,
        start_date=pendulum.datetime(year, 1, 1, tz=zone),
        end_date=pendulum.datetime(year, 1, days, tz=zone) if days else None,
        catchup=catchup,
        is_paused_upon_creation=True,
        default_args={"depends_on_past": depends_on_past},
        tags=["live"],
        **more,
    )
    def case() -> None:
        later = pendulum.datetime(task_year, 1, 1, tz=zone) if task_year else None
        work.override(outlets=list(outlets), start_date=later)()

    case()


make("live_daily", "@daily", "UTC")
make("live_weekly", "0 0 * * 0", "UTC")
make("live_hourly", "@hourly", "Asia/Seoul")
make("live_dawn", "0 4 * * *", "Asia/Seoul")
make("live_midnight", "0 0 * * *", "Asia/Seoul")
make("live_past", "@daily", "UTC", depends_on_past=True)
make("live_later", "@daily", "UTC", task_year=2024, params={"region": Param("kr", type="string", enum=["kr", "us"])})
make("live_spare", "@daily", "UTC")
make("live_catchup", "@daily", "UTC", days=8, catchup=True, outlets=(Asset("live-days"),))
make("live_decade", "@daily", "UTC", year=2010)
make("live_new_york", "30 2 * * *", "America/New_York")  # on the day that the clocks go forward there is no 02:30
make("live_new_york_hourly", "@hourly", "America/New_York")
make("live_monthly", "@monthly", "America/New_York")
make("live_weekdays", "0 6 * * 1-5", "Asia/Seoul")
make("live_six_hours", timedelta(hours=6), "UTC")
make("live_data_interval", CronDataIntervalTimetable("@daily", timezone="Asia/Seoul"), "Asia/Seoul")
make("live_data_delta", DeltaDataIntervalTimetable(timedelta(days=2)), "UTC")


@dag(dag_id="live_consumer", schedule=[Asset("live-days")], is_paused_upon_creation=False, tags=["live"])
def consumer() -> None:
    work()


consumer()
