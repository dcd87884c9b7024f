"""The dates of a schedule of Airflow 2, whose API does not list them.

A run's data interval begins at its logical date, and ends at the next one.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from mlopsctl.adapters.airflow.interface import MAX_SLOTS
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails, Interval

_DELTA = re.compile(r"(?:(\d+) days?, )?(\d+):(\d\d):(\d\d)")  # Python's text of a timedelta


def slots(
    dag: DagDetails, start: datetime, end: datetime, now: datetime | None = None, limit: int = MAX_SLOTS
) -> dict[datetime, Interval]:
    """From `start` to `end`, both inclusive, of the intervals that have ended by `now` (None: the present): the
    earliest `limit` and one.

    Raises MlopsctlError for a schedule that is neither cron nor a fixed interval.
    """
    now = now or datetime.now(UTC)
    found: dict[datetime, Interval] = {}
    for at, following in pairwise(_instants(dag, start)):
        if at > end or following > now or len(found) > limit:
            break
        found[at] = (at, following)
    return found


def _instants(dag: DagDetails, start: datetime) -> Iterator[datetime]:
    """From `start` on, without end."""
    if delta := _DELTA.fullmatch(dag.schedule or ""):
        days, hours, minutes, seconds = (int(part or 0) for part in delta.groups())
        return _by_delta(dag, start, timedelta(days, seconds, minutes=minutes, hours=hours))
    from croniter import CroniterError, croniter

    try:
        local = start.astimezone(dates.load_timezone(dag.timezone))
        cron = croniter(dag.schedule or "", local - timedelta(microseconds=1), ret_type=datetime)
    except CroniterError as e:
        raise MlopsctlError(
            f"the API of Airflow 2 does not list the dates of {dag.dag_id}, whose schedule is {dag.schedule}.",
            hint=Hint.of("trigger", dag.dag_id, note="starts a run for now"),
            code="unknown-schedule",
        ) from e
    return (at.astimezone(UTC) for at in cron)


def _by_delta(dag: DagDetails, start: datetime, delta: timedelta) -> Iterator[datetime]:
    """Counted from the DAG's start_date."""
    first = dag.start or start
    at = first + max(0, -((first - start) // delta)) * delta
    while True:
        yield at
        at += delta
