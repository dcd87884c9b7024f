"""One message for a run that failed or is late, by mail and by webhook: `DAG(…, **notify())`.

Airflow's own notifiers send it, over the connections `smtp_default` and `alert_webhook`, to those in the Variable
ALERT_EMAIL; `mlopsctl setup --alert-email/--alert-webhook` makes all of them and sets MLOPSCTL_ALERTS. Without that,
`notify` gives nothing, and a DAG costs what it cost before.

**On the DAG, not on its tasks.** Airflow calls the callback of a DAG once for each run that fails, however many tasks
did, and also where no task could: a run out of time, a deadlock, a worker that was killed. The dag-processor runs it,
and knows the task that failed last, but not its error: that is read from the task's log, in which Airflow has
blotted out the passwords of connections, as it has not in an exception.
"""

import asyncio
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pendulum

CHANNELS = "MLOPSCTL_ALERTS"
# What `mlopsctl backfill` calls the runs that it makes itself, or notes at those that it clears; of a run by
# `mlopsctl trigger` the id goes on with its time.
BACKFILL = re.compile(r"mlopsctl__[0-9a-f]{6}__|mlopsctl backfill [0-9a-f]{6}\b")
SILENT = "its log holds no error: its process ended before it could say why"


def notify(within: timedelta = timedelta(hours=1)) -> dict[str, Any]:
    """Keyword arguments for a DAG: a message when a run has failed, or is not done `within` after it was queued."""
    if not os.environ.get(CHANNELS):
        return {}
    from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference

    # It runs in the triggerer. In the executor, a SyncCallback is refused every connection in 3.3.2.
    late_run = DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, within, AsyncCallback(late))
    return {"on_failure_callback": failed, "deadline": late_run}


def failed(context: Mapping[str, Any]) -> None:
    """A run has failed. A run that never got so far as to start a task has no task instance in its context."""
    ti, dag, run_id = context.get("ti"), context["dag"], context["run_id"]
    run = context.get("dag_run")
    error = error_of(ti) if ti and context["reason"] == "task_failure" else context["reason"].replace("_", " ")
    when = When(run.logical_date, dag.timezone, run.run_type) if run else When(None, dag.timezone, "")
    send(Alert.of("failed", dag.dag_id, run_id, when, ti.task_id if ti else "–", error))


async def late(context: Mapping[str, Any]) -> None:
    """A run has missed its deadline. In a thread of its own, for the triggerer has others' work to do meanwhile."""
    await asyncio.to_thread(tell_late, context)


def tell_late(context: Mapping[str, Any]) -> None:
    """Airflow gives the run and the deadline as its REST API does, and no more."""
    run = context["dag_run"]
    if not is_late(run):
        return
    from airflow.configuration import conf

    zone = conf.get("core", "default_timezone")
    moment = datetime.fromisoformat(run["logical_date"]) if run["logical_date"] else None
    due = pendulum.instance(datetime.fromisoformat(str(context["deadline"]["deadline_time"]))).in_timezone(zone)
    error = f"still {run['state']}, and was to be done by {due.format('YYYY-MM-DD HH:mm:ss')} ({zone})"
    when, tasks = When(moment, zone, run["run_type"]), under_way(run["dag_id"], run["dag_run_id"])
    send(Alert.of("late", run["dag_id"], run["dag_run_id"], when, tasks, error))


def is_late(run: Mapping[str, Any]) -> bool:
    """Whether a run that has missed its deadline is worth a message. One that failed before has had its own. A backfill
    queues many runs at once, each of which waits for those before it, and somebody watches it."""
    if run["state"] in ("success", "failed") or run["run_type"] == "backfill":
        return False
    return not any(BACKFILL.match(words or "") for words in (run["dag_run_id"], run["note"]))


@dataclass(frozen=True)
class When:
    """The logical date of a run, if it has one, in its DAG's time zone."""

    moment: datetime | None
    zone: Any
    run_type: str

    @property
    def day(self) -> str:
        return pendulum.instance(self.moment).in_timezone(self.zone).format("YYYY-MM-DD") if self.moment else ""

    def again(self, dag_id: str) -> str:
        """What runs it again. A run by hand is about a day only if its logical date is the beginning of one: else that
        is just the moment of its start."""
        zones = ("UTC", self.zone)
        starts = self.moment and any(pendulum.instance(self.moment).in_timezone(z).time() == time() for z in zones)
        if self.moment and (starts or self.run_type != "manual"):
            return f"backfill {dag_id} --from {self.day} --to {self.day}"
        return f"trigger {dag_id} --wait"


@dataclass(frozen=True)
class Alert:
    """What is told of a run; nothing of it is a secret."""

    what: str
    dag: str
    task: str
    run: str
    date: str
    error: str
    link: str
    command: str

    @classmethod
    def of(cls, what: str, dag_id: str, run_id: str, when: When, task: str, error: str) -> "Alert":
        command = f"mlopsctl --home {shlex.quote(os.environ.get('MLOPSCTL_HOME', ''))} {when.again(dag_id)}"
        sentence = " ".join(error.split())[:500]
        return cls(what, dag_id, task, run_id, when.day or "–", sentence, link(dag_id, run_id), command)

    @property
    def subject(self) -> str:
        return f"{self.dag} {self.what}: {self.date}"

    @property
    def text(self) -> str:
        lines = {
            "DAG": self.dag,
            "Task": self.task,
            "Date": self.date,
            "Run": self.run,
            "Error": self.error,
            "Look": self.link,
            "Again": self.command,
        }
        return "\n".join([self.subject, "", *(f"{name:<6} {value}" for name, value in lines.items())])


def link(dag_id: str, run_id: str) -> str:
    """The run in Airflow's web page."""
    from urllib.parse import quote

    from airflow.configuration import conf

    return f"{conf.get('api', 'base_url').rstrip('/')}/dags/{dag_id}/runs/{quote(run_id)}"


def error_of(ti: Any) -> str:
    """Why a task's last try failed, by its log."""
    from airflow.configuration import conf
    from jinja2 import Template

    name = Template(conf.get("logging", "log_filename_template"), autoescape=False).render(ti=ti)
    file = Path(conf.get("logging", "base_log_folder")) / name
    return reason(file.read_bytes()) if file.exists() else SILENT


def reason(log: bytes) -> str:
    """The error in a task's log, which has one JSON object with an `event` per line."""
    entries = list(_entries(log))
    for entry in reversed(entries):  # what a task logged of its own troubles stands before, a callback's after it
        if entry["event"] == "Task failed with exception" and entry.get("error_detail"):
            error = entry["error_detail"][0]
            return f"{error['exc_type']}: {error['exc_value']}"
    return next((str(e["event"]) for e in reversed(entries) if e.get("level") in ("error", "critical")), SILENT)


def _entries(log: bytes) -> Iterator[dict[str, Any]]:
    """Without what a killed process cut off, be it in the middle of a letter; the next one's line may go on there."""
    for line in log.splitlines():
        with suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict) and "event" in entry:
                yield entry


def under_way(dag_id: str, run_id: str) -> str:
    """The tasks that a run waits for."""
    from urllib.parse import quote

    from support.airflow_api import rows

    path = f"dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances"
    states = {"state": ["running", "queued", "scheduled", "deferred", "up_for_retry", "up_for_reschedule"]}
    return ", ".join(task["task_id"] for task in rows(path, "task_instances", states)) or "–"


def send(alert: Alert) -> None:
    """By each channel; one that fails does not keep the others from being tried, and its error is raised at the end."""
    with ExitStack() as stack:
        for channel in os.environ[CHANNELS].split(","):
            stack.callback(SENDERS[channel], alert)


def by_email(alert: Alert) -> None:
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier
    from airflow.sdk import Variable

    # Templates, with the values in the context: as they are, braces in an error would be taken for Jinja's.
    notifier = SmtpNotifier(
        to=Variable.get("ALERT_EMAIL"), subject="{{ alert.subject }}", html_content="<pre>{{ alert.text | e }}</pre>"
    )
    notifier({"alert": alert})


def by_webhook(alert: Alert) -> None:
    """`text` is what chat services show; the other keys are for programs."""
    from airflow.providers.http.notifications.http import HttpNotifier
    from airflow.sdk import BaseHook

    values = {name: f"{{{{ alert.{name} }}}}" for name in ("text", *asdict(alert))}
    # The path is often all that keeps strangers out: it is the connection's password, which Airflow blots out in logs.
    path = BaseHook.get_connection("alert_webhook").password
    notifier = HttpNotifier(http_conn_id="alert_webhook", endpoint=path, json=values, extra_options={"timeout": 10})
    notifier({"alert": alert})


SENDERS = {"email": by_email, "webhook": by_webhook}
