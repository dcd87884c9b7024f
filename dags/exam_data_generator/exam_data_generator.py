"""Exam data by Airflow's web page: `mlopsctl seed`, month by month. Imports nothing but Airflow's SDK at parse time."""

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

TIMEZONE = "Asia/Seoul"
REFERENCE = ("20230601", "20231130")
# Errors of mlopsctl that pass by themselves: another command is at work, or the server is not there just now.
PASSING = ("locked", "rows-locked", "busy", "unreachable", "server-gone")
log = logging.getLogger(__name__)

DOC = """
### Exam data for the days from `start_day` to `end_day`

The same as `mlopsctl seed --from … --to … --yes` in a terminal, for those who work here: press **Trigger**, fill in the
two days (`YYYYMMDD`, both inclusive, also days to come), and watch one task per month.

- Days that are there already are **left alone**, so running it again does no harm: also those of another scale, and
  those with rows that never came from seed (`mlopsctl seed --again` replaces them). Missing days are added, at the
  scale of the days before them; days from which rows are gone are written again as they were.
- 2023-06-01 … 2023-11-30 is the **reference period** that models are trained on. A range that touches it is refused.
- The months run one after the other, for mlopsctl does one thing at a time in a home. While somebody's own
  `mlopsctl` is at work there, a task tries again every 10 seconds, for 10 minutes.
"""


def refuse(start_day: str, end_day: str) -> None:
    """Raises AirflowFailException, which no retry follows, where the range cannot be or must not be written."""
    for name, day in (("start_day", start_day), ("end_day", end_day)):
        try:
            pendulum.from_format(day, "YYYYMMDD")
        except ValueError as e:
            raise AirflowFailException(f"{name} {day} is no day of the calendar: {e}.") from None
    if start_day > end_day:
        raise AirflowFailException(f"start_day {start_day} is after end_day {end_day}.")
    if start_day <= REFERENCE[1] and end_day >= REFERENCE[0]:
        raise AirflowFailException(
            f"{start_day} … {end_day} touches the reference period {' … '.join(REFERENCE)}, which models are trained "
            "on: it is never rewritten from here."
        )


def months(start_day: str, end_day: str) -> list[list[str]]:
    """First and last day of each month's part of the range."""
    first, end = (pendulum.from_format(day, "YYYYMMDD").date() for day in (start_day, end_day))
    parts = []
    while first <= end:
        last = min(first.end_of("month"), end)
        parts.append([str(first), str(last)])
        first = last.add(days=1)
    return parts


def mlopsctl(*words: str) -> None:
    """Run a command of mlopsctl on the home that this Airflow belongs to; what it says goes to the task's log.

    Raises AirflowException with its own sentence where another try may help, else AirflowFailException.
    """
    home, python = os.environ.get("MLOPSCTL_HOME"), os.environ.get("MLOPSCTL_PYTHON")
    if not home or not python:
        raise AirflowFailException(
            "MLOPSCTL_HOME and MLOPSCTL_PYTHON are not set: an Airflow that mlopsctl has set up has them; for another, "
            "set them to the home and to the Python that mlopsctl is installed in, and restart its scheduler."
        )
    # -E, -P: nothing of Airflow's own Python, neither its variables nor its folder, reaches that of mlopsctl.
    command = [python, "-E", "-P", "-X", "utf8", "-m", "mlopsctl", "--home", home, *words, "--json"]
    log.info("$ %s", shlex.join(command))
    try:
        # Not Airflow's SubprocessHook: it starts a new session, in which mlopsctl would outlive a task that is killed.
        # stdin: the task's own is its line to Airflow. stderr: file 1 is the log; on 2 all would be logged as errors.
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=1, encoding="utf-8", check=False
        )
    except OSError as e:
        raise AirflowFailException(
            f"{python}, the Python of mlopsctl, cannot be run ({e.strerror}): say `mlopsctl start` where it is now."
        ) from None
    if done.returncode:
        raise failure(done.returncode, done.stdout)


def failure(code: int, answer: str) -> AirflowException:
    """The error in mlopsctl's JSON answer as an exception."""
    try:
        error = json.loads(answer)["errors"][0]
    except (ValueError, LookupError):  # it was killed, or could not even start
        return AirflowFailException(f"mlopsctl ended with {code} and without an answer; its last words stand above.")
    kind = AirflowException if error["code"] in PASSING else AirflowFailException
    return kind(f"{error['message']} Hint: {error['hint']}" if error["hint"] else error["message"])


@task
def check_range(start_day: str, end_day: str) -> list[list[str]]:
    """Refuse a range before anything is written: by our own rules, then by those of mlopsctl and the feature store."""
    refuse(start_day, end_day)
    mlopsctl("seed", "--from", start_day, "--to", end_day, "--dry-run")
    return months(start_day, end_day)


@task(
    # Not max_active_tis_per_dagrun: two runs would meet at the lock of mlopsctl.
    max_active_tis_per_dag=1,
    map_index_template="{{ task.op_kwargs['days'][0][:7] }}",
    do_xcom_push=False,
)
def seed_month(days: list[str]) -> None:
    """One month's part of the range."""
    mlopsctl("seed", "--from", days[0], "--to", days[1], "--yes")


def day_param(default: str, title: str) -> Any:
    """A day in the form."""
    return Param(default, type="string", pattern="^[0-9]{8}$", title=title, description="YYYYMMDD, after 20231130")


with DAG(
    dag_id="exam_data_generator",
    description="Exam data for a range of days: mlopsctl seed, from the web page",
    doc_md=DOC,
    schedule=None,
    start_date=pendulum.datetime(2023, 6, 1, tz=TIMEZONE),
    catchup=False,
    tags=["mlops", "feature-store", "exam-data"],
    params={
        "start_day": day_param("20260101", "First day"),
        "end_day": day_param("20260131", "Last day, inclusive"),
    },
    default_args={
        "owner": "mlops",
        # Ten minutes of patience with what passes by itself; all else is an AirflowFailException.
        "retries": 60,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": timedelta(hours=1),
    },
    **notify(),
) as dag:
    seed_month.expand(days=check_range("{{ params.start_day }}", "{{ params.end_day }}"))
