"""A DAG whose task leaves processes running: the workers of joblib, and one with a session of its own."""

import subprocess

import pendulum
from airflow.sdk import dag, task


@dag(schedule=None, start_date=pendulum.datetime(2023, 1, 1), is_paused_upon_creation=False, tags=["live"])
def live_processes() -> None:
    @task
    def work() -> int:
        from joblib import Parallel, delayed

        subprocess.Popen(["sleep", "600"], start_new_session=True)
        return sum(Parallel(n_jobs=2)(delayed(abs)(number) for number in range(10)))

    work()


live_processes()
