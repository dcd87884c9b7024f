"""DAGs whose tasks run on workers of several hosts. The tests' hosts share one file system, and these tasks a folder
of it, of which the run's conf has the path."""

import fcntl
import logging
import socket
import time
from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.sdk import dag, get_current_context, task

START = pendulum.datetime(2023, 1, 1, tz="UTC")


@task(retries=2, retry_delay=timedelta(seconds=1))
def work(ds: str | None = None) -> str:
    """Take conf's `seconds`, or until the file `morning` is in conf's `folder`. Note the host, the try and the time in
    the file `notes` there; fail if the same task is at work already: its lock is held."""
    context = get_current_context()
    conf = context["dag_run"].conf or {}
    if not conf:  # the latest run of the schedule, which the scheduler creates by itself
        return ""
    folder, deadline = Path(conf["folder"]), time.monotonic() + conf.get("seconds", 0)
    with (folder / f"{ds}.lock").open("w") as lock, (folder / "notes").open("a") as notes:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            notes.write(f"{ds} twice\n")
            raise
        notes.write(f"{ds} {socket.gethostname()} {context['ti'].try_number} {time.time()}\n")
        notes.flush()
        logging.getLogger(__name__).info("at work on %s", socket.gethostname())
        while time.monotonic() < deadline and not (folder / "morning").exists():
            time.sleep(0.1)
    return socket.gethostname()


@dag(
    dag_id="live_spread", schedule="@daily", start_date=START, catchup=False, is_paused_upon_creation=True,
    max_active_runs=16, tags=["live"],
)  # fmt: skip
def spread() -> None:
    work()


@dag(dag_id="live_queues", schedule=None, start_date=START, is_paused_upon_creation=False, tags=["live"])
def queues() -> None:
    @task(queue="gpu")
    def train() -> str:
        return socket.gethostname()

    @task
    def publish(trained: str) -> str:
        return trained

    publish(train())


spread()
queues()
