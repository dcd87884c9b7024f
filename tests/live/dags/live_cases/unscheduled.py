"""DAGs without a schedule, which Airflow refuses to backfill."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.sdk import dag, get_current_context, task


@task
def work(ds: str | None = None) -> str | float | None:
    """Sleep for conf's `sleep` seconds, or until the file live-morning is in AIRFLOW_HOME; fail where the file
    live-failing there holds this `ds`. Read conf's `name` from the context; return a number made of conf's `number`."""
    context = get_current_context()
    conf = context["dag_run"].conf or {}
    if "name" in conf:
        return str(context[conf["name"]])
    if "number" in conf:
        return float(conf["number"])
    deadline = time.monotonic() + float(conf.get("sleep", 0))
    while time.monotonic() < deadline and not Path(os.environ["AIRFLOW_HOME"], "live-morning").exists():
        time.sleep(0.1)
    failing = Path(os.environ["AIRFLOW_HOME"]) / "live-failing"
    if failing.exists() and ds in failing.read_text().split():
        raise ValueError(f"the data of {ds} is not there yet")
    return ds


def make(dag_id: str, zone: str | pendulum.FixedTimezone, retries: int = 0) -> None:
    @dag(
        dag_id=dag_id,
        schedule=None,
        start_date=pendulum.datetime(2023, 1, 1, tz=zone),
        is_paused_upon_creation=False,
        tags=["live"],
    )
    def case() -> None:
        work.override(retries=retries, retry_delay=timedelta(seconds=1))()

    case()


make("live_manual", "Asia/Seoul")
make("live_west", "America/New_York", retries=2)  # what dies with its scheduler is tried again
make("live_early", pendulum.FixedTimezone(24 * 3600 - 60))  # its today begins in UTC when it is nearly over there
