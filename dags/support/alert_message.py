"""What an alert says about a run."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from urllib.parse import quote

import pendulum

from support.commands import mlopsctl_command


@dataclass(frozen=True)
class RunDate:
    """The logical date of a run, if it has one, and the time zone of its DAG."""

    logical_date: datetime | None
    timezone: Any
    run_type: str

    @property
    def day(self) -> str:
        """YYYY-MM-DD in the DAG's time zone; empty for a run without a logical date."""
        if not self.logical_date:
            return ""
        return pendulum.instance(self.logical_date).in_timezone(self.timezone).format("YYYY-MM-DD")

    def retry_arguments(self, dag_id: str) -> str:
        """The arguments of mlopsctl that run it again.

        A manual run is only about a day if its logical date is midnight; otherwise that is just when it was started.
        """
        if self.logical_date and (self.run_type != "manual" or _is_midnight(self.logical_date, self.timezone)):
            return f"backfill {dag_id} --from {self.day} --to {self.day}"
        return f"trigger {dag_id} --wait"


def _is_midnight(moment: datetime, timezone: Any) -> bool:
    """In UTC or in `timezone`."""
    return any(pendulum.instance(moment).in_timezone(zone).time() == time() for zone in ("UTC", timezone))


@dataclass(frozen=True)
class Alert:
    """The fields of a message, none of them secret. Their names are the keys of the webhook's JSON."""

    what: str
    dag: str
    task: str
    run: str
    date: str
    error: str
    link: str
    command: str

    @classmethod
    def of_run(cls, what: str, dag_id: str, run_id: str, date: RunDate, task: str, error: str) -> "Alert":
        one_line = " ".join(error.split())[:500]
        command = mlopsctl_command(date.retry_arguments(dag_id))
        return cls(what, dag_id, task, run_id, date.day or "–", one_line, run_link(dag_id, run_id), command)

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
            "Link": self.link,
            "Retry": self.command,
        }
        return "\n".join([self.subject, "", *(f"{name:<6} {value}" for name, value in lines.items())])


def run_link(dag_id: str, run_id: str) -> str:
    """The URL of a run in Airflow's web UI."""
    from airflow.configuration import conf

    return f"{conf.get('api', 'base_url').rstrip('/')}/dags/{dag_id}/runs/{quote(run_id)}"
