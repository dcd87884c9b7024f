from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest
from support.days import START, TIMEZONE, data_day, day_after_month, monday_after_week

NO_BASE_DT: dict[str, Any] = {"base_dt": None}


def run(logical_date: datetime | str | None) -> SimpleNamespace:
    """A run with this logical date, in UTC if it is a string, started at 01:00 on 2026-03-02 in Seoul."""
    if isinstance(logical_date, str):
        logical_date = datetime.fromisoformat(f"{logical_date}+00:00")
    return SimpleNamespace(logical_date=logical_date, run_after=datetime(2026, 3, 1, 16, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("logical_date", "day"),
    [
        ("2023-12-31T19:00", "20240101"),  # 04:00 in Seoul; its ds is 2023-12-31
        ("2023-12-31T15:00", "20240101"),  # 00:00 in Seoul; its ds is 2023-12-31
        ("2024-01-01T00:00", "20240101"),  # `mlopsctl trigger --date`
        ("2024-01-01T14:59:59", "20240101"),
        ("2024-02-28T15:00", "20240229"),
        (None, "20260302"),  # started from the web UI without a logical date
    ],
)
def test_data_day_is_the_date_of_the_run_in_seoul(logical_date: str | None, day: str) -> None:
    assert data_day(run(logical_date)) == data_day(run(logical_date), NO_BASE_DT) == day


def test_base_dt_overrides_the_date_of_the_run() -> None:
    assert data_day(run("2024-01-01T00:00"), {"base_dt": "20231203"}) == "20231203"


def test_schedules_start_with_the_exam_data() -> None:
    assert START.isoformat() == "2023-06-01T00:00:00+09:00"


@pytest.mark.parametrize(
    ("logical_date", "day"),
    [
        ("2024-01-31T20:00", "20240301"),  # 2024-02-01 05:00 in Seoul: the monthly run of February
        ("2024-02-15T00:00", "20240301"),
        ("2023-12-31T20:00", "20240201"),
    ],
)
def test_day_after_month(logical_date: str, day: str) -> None:
    assert day_after_month(run(logical_date), NO_BASE_DT) == day


@pytest.mark.parametrize(
    ("logical_date", "day"),
    [
        ("2023-12-31T21:00", "20240108"),  # Monday, 2024-01-01 06:00 in Seoul
        ("2024-01-07T12:00", "20240108"),  # the following Sunday
    ],
)
def test_monday_after_week(logical_date: str, day: str) -> None:
    assert monday_after_week(run(logical_date), NO_BASE_DT) == day


@pytest.mark.parametrize("cutoff_day", [day_after_month, monday_after_week])
def test_cutoff_day_is_base_dt_but_never_later_than_today(cutoff_day: Callable[..., str]) -> None:
    today = pendulum.today(TIMEZONE).format("YYYYMMDD")
    assert cutoff_day(run("2024-01-01T00:00"), {"base_dt": "20231201"}) == "20231201"
    assert cutoff_day(run("2024-01-01T00:00"), {"base_dt": "29991231"}) == today
    assert cutoff_day(run(datetime.now(UTC)), NO_BASE_DT) == today
