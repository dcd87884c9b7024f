"""Dates of schedules of Airflow 2, with their data intervals."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from mlopsctl.adapters.airflow.api_metadata.schedule import slots
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import DagDetails

DAG = DagDetails("d", "0 3 * * *", "Asia/Seoul", False, False, "/d.py", start=datetime(2023, 1, 1, 6, tzinfo=UTC))
NOW = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "zone", "start", "end", "expected"),
    [
        ("0 3 * * *", "Asia/Seoul", "2024-01-01T15:00", "2024-01-03T14:59", ["01-01T18", "01-02T18", "01-03T18"]),
        ("0 3 * * *", "Asia/Seoul", "2024-01-01T18:00", "2024-01-01T18:00", ["01-01T18", "01-02T18"]),
        ("@daily", "UTC", "2024-01-01T00:00", "2024-01-02T00:00", ["01-01T00", "01-02T00", "01-03T00"]),
        ("0 0 1 * *", "UTC", "2024-01-01T00:00", "2024-02-01T00:00", ["01-01T00", "02-01T00", "03-01T00"]),
        ("0 6 * * *", "America/New_York", "2024-03-09T00:00", "2024-03-11T00:00", ["03-09T11", "03-10T10", "03-11T10"]),
        ("1 day, 0:00:00", "UTC", "2024-01-01T00:00", "2024-01-02T00:00", ["01-01T06", "01-02T06"]),
        ("6:00:00", "UTC", "2024-01-01T01:00", "2024-01-01T12:00", ["01-01T06", "01-01T12", "01-01T18"]),
        (
            "0 3 * * *",
            "UTC",
            "2024-05-30T00:00",
            "2024-06-30T00:00",
            ["05-30T03", "05-31T03"],
        ),
    ],
)
def test_interval_lasts_until_the_next_date(
    schedule: str, zone: str, start: str, end: str, expected: list[str]
) -> None:
    instants = [datetime.fromisoformat(f"2024-{text}:00+00:00") for text in expected]
    first, last = (datetime.fromisoformat(f"{at}+00:00") for at in (start, end))
    found = slots(replace(DAG, schedule=schedule, timezone=zone), first, last, NOW)
    assert found == dict(zip(instants, pairwise(instants), strict=False))


def test_timetable_of_a_plugin_is_refused() -> None:
    with pytest.raises(MlopsctlError) as caught:
        slots(replace(DAG, schedule="MoonPhase"), NOW, NOW)
    assert caught.value.code == "unknown-schedule"
