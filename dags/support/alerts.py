"""One message for each run that failed or is late, by email or webhook: `DAG(…, **notify())`.

Airflow's own notifiers send it through the connections `smtp_default` and `alert_webhook`, to the recipients in the
Variable ALERT_EMAIL. `mlopsctl setup --alert-email/--alert-webhook` creates all of them and sets MLOPSCTL_ALERTS.
Without that variable, `notify` adds nothing to the DAG.

**Callbacks belong to the DAG, not to its tasks.** Airflow calls a DAG's callback once per failed run, however many
tasks failed, and also if no task could report it: timed-out run, deadlock, killed worker. The callback runs in the
dag-processor, which knows the task that failed last but not its error. The error is read from the task's log, where
Airflow has masked the passwords of connections; in an exception they are not masked.
"""

import asyncio
import os
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pendulum

from support.alert_channels import CHANNELS, send

# `mlopsctl backfill` uses these as the ids of the runs it creates, and as the note of the runs it clears. The ids of
# `mlopsctl trigger` continue with a timestamp instead.
BACKFILL = r"mlopsctl__[0-9a-f]{6}__|mlopsctl backfill [0-9a-f]{6}\b"
UNFINISHED = ("running", "queued", "scheduled", "deferred", "up_for_retry", "up_for_reschedule")


def notify(within: timedelta = timedelta(hours=1)) -> dict[str, Any]:
    """DAG arguments that send a message if a run fails, or has not finished `within` this time of being queued."""
    if not os.environ.get(CHANNELS):
        return {}
    from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference

    # An AsyncCallback runs in the triggerer. A SyncCallback runs in the executor, which in 3.3.2 denies it access to
    # connections.
    deadline = DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, within, AsyncCallback(alert_late_run))
    return {"on_failure_callback": alert_failed_run, "deadline": deadline}


def alert_failed_run(context: Mapping[str, Any]) -> None:
    """Send a message about a failed run. If no task was started, the context has no task instance."""
    from support.alert_message import Alert, RunDate
    from support.task_log import read_error

    ti, dag, run = context.get("ti"), context["dag"], context.get("dag_run")
    error = read_error(ti) if ti and context["reason"] == "task_failure" else context["reason"].replace("_", " ")
    date = RunDate(run.logical_date, dag.timezone, run.run_type) if run else RunDate(None, dag.timezone, "")
    send(Alert.of_run("failed", dag.dag_id, context["run_id"], date, ti.task_id if ti else "–", error))


async def alert_late_run(context: Mapping[str, Any]) -> None:
    """Send a message about a run that missed its deadline. In a thread, to keep the triggerer's event loop free."""
    await asyncio.to_thread(send_late_alert, context)


def send_late_alert(context: Mapping[str, Any]) -> None:
    """`context` only holds the run and the deadline, as JSON objects of the REST API."""
    run = context["dag_run"]
    if not is_late(run):
        return
    from airflow.configuration import conf

    from support.alert_message import Alert, RunDate

    zone = conf.get("core", "default_timezone")
    logical_date = datetime.fromisoformat(run["logical_date"]) if run["logical_date"] else None
    deadline = pendulum.instance(datetime.fromisoformat(str(context["deadline"]["deadline_time"]))).in_timezone(zone)
    error = f"still {run['state']} after its deadline of {deadline.format('YYYY-MM-DD HH:mm:ss')} ({zone})"
    date, tasks = RunDate(logical_date, zone, run["run_type"]), unfinished_tasks(run["dag_id"], run["dag_run_id"])
    send(Alert.of_run("late", run["dag_id"], run["dag_run_id"], date, tasks, error))


def is_late(run: Mapping[str, Any]) -> bool:
    """Whether a run that missed its deadline deserves a message.

    A failed run has already sent one. The runs of a backfill are queued all at once, wait for each other, and are
    watched by the user who started the backfill.
    """
    if run["state"] in ("success", "failed") or run["run_type"] == "backfill":
        return False
    return not any(re.match(BACKFILL, text or "") for text in (run["dag_run_id"], run["note"]))


def unfinished_tasks(dag_id: str, run_id: str) -> str:
    """The ids of the tasks that a run is waiting for."""
    from urllib.parse import quote

    from support.airflow_api import list_objects

    path = f"dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances"
    tasks = list_objects(path, "task_instances", {"state": list(UNFINISHED)})
    return ", ".join(task["task_id"] for task in tasks) or "–"
