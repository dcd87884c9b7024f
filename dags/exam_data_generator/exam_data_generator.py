"""Exam data from Airflow's web UI: runs `mlopsctl seed` month by month."""

import json
import logging
import os
import shlex
import subprocess
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, Param, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from support.alerts import notify
from support.days import START
from support.defaults import task_defaults
from support.files import on_head

REFERENCE_PERIOD = ("20230601", "20231130")
# Error codes of mlopsctl that are temporary: another command is running, or the server is down at the moment.
RETRYABLE = ("locked", "rows-locked", "busy", "unreachable", "server-gone")
log = logging.getLogger(__name__)

DOC = """
### Exam data for the days from `start_day` to `end_day`

The web UI's equivalent of `mlopsctl seed --from … --to … --yes`: click **Trigger**, enter the two days (`YYYYMMDD`,
inclusive, future days allowed), and watch one task per month.

- Existing days are **kept**, so it is safe to re-run. This includes days of another scale and days with rows that seed
  did not generate; `mlopsctl seed --again` replaces them. Missing days are added at the scale of the days before them.
  Days with missing rows are restored.
- 2023-06-01 … 2023-11-30 is the **reference period** that models are trained on. A range that overlaps it is rejected.
- The months run one after the other, because mlopsctl runs one command at a time per home. While another `mlopsctl`
  command is running in this home, a task retries every 10 seconds, for up to 10 minutes.
"""


def validate_range(start_day: str, end_day: str) -> None:
    """Raise AirflowFailException, which is not retried, if the range is invalid or overlaps the reference period."""
    for name, day in (("start_day", start_day), ("end_day", end_day)):
        try:
            pendulum.from_format(day, "YYYYMMDD")
        except ValueError as e:
            raise AirflowFailException(f"{name} {day} is not a valid date: {e}.") from None
    if start_day > end_day:
        raise AirflowFailException(f"start_day {start_day} is after end_day {end_day}.")
    if start_day <= REFERENCE_PERIOD[1] and end_day >= REFERENCE_PERIOD[0]:
        raise AirflowFailException(
            f"{start_day} … {end_day} overlaps the reference period {' … '.join(REFERENCE_PERIOD)}, which models are "
            "trained on. This DAG never changes it."
        )


def split_by_month(start_day: str, end_day: str) -> list[list[str]]:
    """The range as one part per month, each with its first and last day (YYYY-MM-DD)."""
    first, end = (pendulum.from_format(day, "YYYYMMDD").date() for day in (start_day, end_day))
    parts = []
    while first <= end:
        last = min(first.end_of("month"), end)
        parts.append([str(first), str(last)])
        first = last.add(days=1)
    return parts


def run_mlopsctl(*arguments: str) -> None:
    """Run an mlopsctl command in the home of this Airflow. Its messages go to the task's log.

    Raises AirflowException if a retry may help, otherwise AirflowFailException, with the error message of mlopsctl.
    """
    home, python = os.environ.get("MLOPSCTL_HOME"), os.environ.get("MLOPSCTL_PYTHON")
    if not home or not python:
        raise AirflowFailException(
            "MLOPSCTL_HOME and MLOPSCTL_PYTHON are not set. mlopsctl sets them in an Airflow that it manages; in any "
            "other, set them to the home and to the Python that mlopsctl is installed in, and restart the scheduler."
        )
    # -E, -P: ignore PYTHON* variables and the current folder, which belong to Airflow's Python.
    command = [python, "-E", "-P", "-X", "utf8", "-m", "mlopsctl", "--home", home, *arguments, "--json"]
    log.info("$ %s", shlex.join(command))
    try:
        # Not Airflow's SubprocessHook: it starts a new session, so mlopsctl would outlive a killed task.
        # stdin: the task's own is its connection to Airflow. stderr: descriptor 1 goes to the log; everything on
        # descriptor 2 would be logged as an error.
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=1, encoding="utf-8", check=False
        )
    except OSError as e:
        raise AirflowFailException(
            f"Cannot run {python}, the Python of mlopsctl ({e.strerror}). Run `mlopsctl start` from its new location."
        ) from None
    if done.returncode:
        raise to_exception(done.returncode, done.stdout)


def to_exception(exit_code: int, output: str) -> AirflowException:
    """The exception for the error in the JSON output of mlopsctl."""
    try:
        error = json.loads(output)["errors"][0]
    except (ValueError, LookupError):  # killed, or failed to start
        return AirflowFailException(f"mlopsctl exited with {exit_code} and no JSON output; see the messages above.")
    exception = AirflowException if error["code"] in RETRYABLE else AirflowFailException
    return exception(f"{error['message']} Hint: {error['hint']}" if error["hint"] else error["message"])


@task
def check_range(start_day: str, end_day: str) -> list[list[str]]:
    """Validate the range before anything is written: the reference period here, everything else by a dry run."""
    validate_range(start_day, end_day)
    run_mlopsctl("seed", "--from", start_day, "--to", end_day, "--dry-run")
    return split_by_month(start_day, end_day)


@task(
    # Not max_active_tis_per_dagrun: two runs would compete for the lock of mlopsctl.
    max_active_tis_per_dag=1,
    map_index_template="{{ task.op_kwargs['days'][0][:7] }}",
    do_xcom_push=False,
)
def seed_month(days: list[str]) -> None:
    """Generate the part of the range that lies in one month."""
    run_mlopsctl("seed", "--from", days[0], "--to", days[1], "--yes")


def day_field(default: str, title: str) -> Any:
    """A required day in the trigger form."""
    return Param(default, type="string", pattern="^[0-9]{8}$", title=title, description="YYYYMMDD, after 20231130")


with DAG(
    dag_id="exam_data_generator",
    description="Exam data for a range of days: mlopsctl seed from the web UI",
    doc_md=DOC,
    schedule=None,
    start_date=START,
    catchup=False,
    tags=["mlops", "feature-store", "exam-data"],
    params={
        "start_day": day_field("20260101", "First day"),
        "end_day": day_field("20260131", "Last day, inclusive"),
    },
    # 60 retries, 10 seconds apart, for temporary errors. Any other error is an AirflowFailException.
    default_args=task_defaults(retries=60, execution_timeout=timedelta(hours=1), **on_head()),
    **notify(),
) as dag:
    seed_month.expand(days=check_range("{{ params.start_day }}", "{{ params.end_day }}"))
