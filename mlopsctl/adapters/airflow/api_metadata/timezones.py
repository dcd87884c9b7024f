"""The time zone of a DAG by Airflow's API alone.

Airflow 3's API shows the server's default time zone for every DAG (seen with 3.3.2; 3.0 to 3.2 have the same code). So
it is checked against what a zone implies: when the next run of a cron schedule is due, and that a start_date usually is
a midnight.
"""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails
from mlopsctl.core.settings import Settings

PRESETS = {"@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *"}


class ServerTimezones:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._given = dict(entry.split("=", 1) for entry in settings.dag_timezones)

    def timezone_of(self, dag: DagDetails) -> str:
        """The one in the settings; else the first of the server's, UTC and the one of the settings that fits; else the
        server's, which is wrong."""
        return self._given.get(dag.dag_id) or next(self._fitting(dag), dag.timezone)

    def _fitting(self, dag: DagDetails) -> Iterator[str]:
        zones = dict.fromkeys((dag.timezone, "UTC", self._settings.timezone))
        yield from (zone for zone in zones if zone and _fits(dag, zone))

    def problem(self, dag: DagDetails) -> MlopsctlError | None:
        """That it is not known which dates a day of this DAG has."""
        if dag.dag_id in self._given or any(self._fitting(dag)):
            return None
        entries = ",".join([*self._settings.dag_timezones, f"{dag.dag_id}=ZONE"])
        return MlopsctlError(
            f"Airflow's API does not show the time zone of {dag.dag_id}, and {dag.timezone} and UTC do not fit it.",
            hint=Hint.of("config", "set", "dag_timezones", entries, note="ZONE: such as Europe/Berlin"),
            code="unknown-timezone",
        )


def _fits(dag: DagDetails, zone: str) -> bool:
    """Whether it may be the DAG's. Without any evidence, every zone may."""
    tz = dates.load_timezone(zone)
    hours = _hours(dag.schedule)
    if dag.next_run and hours:
        local = dag.next_run.astimezone(tz)
        return (local.hour, local.minute) in hours
    return dag.start is None or _is_midnight(dag.start, tz)


def _is_midnight(at: datetime, zone: tzinfo) -> bool:
    return at.astimezone(zone).time().isoformat() == "00:00:00"


def _hours(schedule: str | None) -> set[tuple[int, int]]:
    """The times of day of a cron schedule, as hour and minute; empty if it is none, or does not name its hours."""
    fields = PRESETS.get(schedule or "", schedule or "").split()
    if len(fields) != 5:
        return set()
    minutes, hours = list(_numbers(fields[0])), list(_numbers(fields[1]))
    return {(hour, minute) for hour in hours for minute in minutes}


def _numbers(field: str) -> Iterator[int]:
    """`0` or `9,18`; none for a range, a step or `*`."""
    if field.replace(",", "").isdecimal():
        yield from map(int, filter(None, field.split(",")))
