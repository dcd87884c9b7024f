"""The time zone that a DAG's schedule and start date imply, where the API shows the server's."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mlopsctl.adapters.airflow.api_metadata.timezones import ServerTimezones
from mlopsctl.core.model import DagDetails
from mlopsctl.core.settings import Settings

SEOUL = DagDetails("d", "0 4 * * *", "Asia/Seoul", False, True, "/d.py")
NO_TIME = datetime(2023, 1, 1, 5, 30, tzinfo=UTC)  # no midnight in any zone of a whole hour


@pytest.mark.parametrize(
    ("schedule", "next_run", "start", "zone"),
    [
        ("0 4 * * *", "2024-01-01T19:00", NO_TIME, "Asia/Seoul"),
        ("0 4 * * *", "2024-01-01T04:00", NO_TIME, "UTC"),
        ("30 9,18 * * 1-5", "2024-01-01T09:30", NO_TIME, "Asia/Seoul"),  # 18:30 in Seoul
        ("@daily", "2024-01-01T00:00", NO_TIME, "UTC"),
        ("0 4 * * *", "2024-01-01T09:00", NO_TIME, ""),
        ("0 * * * *", "2024-01-01T09:00", datetime(2022, 12, 31, 15, tzinfo=UTC), "Asia/Seoul"),
        ("0 * * * *", "2024-01-01T09:00", datetime(2023, 1, 1, tzinfo=UTC), "UTC"),
        (None, None, datetime(2023, 1, 1, tzinfo=UTC), "UTC"),
        (None, None, NO_TIME, ""),
        (None, None, None, "Asia/Seoul"),
    ],
)
def test_zone_fits_the_schedule_or_the_start_date(
    schedule: str | None, next_run: str | None, start: datetime | None, zone: str
) -> None:
    at = datetime.fromisoformat(next_run).replace(tzinfo=UTC) if next_run else None
    dag = replace(SEOUL, schedule=schedule, next_run=at, start=start)
    zones = ServerTimezones(Settings())
    assert zones.timezone_of(dag) == (zone or "Asia/Seoul")
    problem = zones.problem(dag)
    assert (problem.code if problem else "") == ("" if zone else "unknown-timezone")


def test_given_zone_takes_precedence() -> None:
    zones = ServerTimezones(Settings(dag_timezones=("d=America/New_York",)))
    dag = replace(SEOUL, start=NO_TIME)
    assert (zones.timezone_of(dag), zones.problem(dag)) == ("America/New_York", None)
    assert zones.problem(replace(dag, dag_id="e"))
