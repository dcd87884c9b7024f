"""DAGs that fail or are late, as tests/live/test_alerts.py needs them."""

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.sdk import DAG, BaseHook, task
from support.alerts import notify

START = pendulum.datetime(2023, 1, 1, tz="Asia/Seoul")


@task(retries=1, retry_delay=timedelta(seconds=1))
def broken() -> None:
    """Its error has what would be a template and a tag, and a password. No message is due before the last try."""
    raise ValueError(f"{{{{ no }}}} <data> for {BaseHook.get_connection('feature_store').password}")


@task
def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@task
def slow() -> None:
    """Run until the file live-alerted exists in AIRFLOW_HOME."""
    deadline = time.monotonic() + 120
    while not Path(os.environ["AIRFLOW_HOME"], "live-alerted").exists() and time.monotonic() < deadline:
        time.sleep(0.2)


with DAG("live_alerts_failing", schedule=None, start_date=START, is_paused_upon_creation=False, **notify()):
    broken()
    broken.override(task_id="broken_too")()

with DAG("live_alerts_killed", schedule=None, start_date=START, is_paused_upon_creation=False, **notify()):
    killed()

with DAG(
    "live_alerts_late", schedule=None, start_date=START, is_paused_upon_creation=False,
    **notify(within=timedelta(seconds=2)),
):  # fmt: skip
    slow()
