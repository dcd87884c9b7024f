from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from support.days import START, data_day


def run(logical: datetime | None) -> SimpleNamespace:
    return SimpleNamespace(logical_date=logical, run_after=datetime(2026, 3, 1, 16, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("logical", "day"),
    [
        (datetime(2023, 12, 31, 19, 0, tzinfo=UTC), "20240101"),  # 04:00 in Seoul; its ds is 2023-12-31
        (datetime(2023, 12, 31, 15, 0, tzinfo=UTC), "20240101"),  # 00:00 in Seoul; its ds is 2023-12-31
        (datetime(2024, 1, 1, tzinfo=UTC), "20240101"),  # as mlopsctl trigger --date makes it
        (datetime(2024, 1, 1, 14, 59, 59, tzinfo=UTC), "20240101"),
        (datetime(2024, 2, 28, 15, 0, tzinfo=UTC), "20240229"),
        (None, "20260302"),  # started from the web page without a logical date: 01:00 in Seoul
    ],
)
def test_the_day_is_the_one_that_was_named(logical: datetime | None, day: str) -> None:
    assert data_day(run(logical)) == data_day(run(logical), {"base_dt": None}) == day


def test_a_day_in_the_form_goes_before_all() -> None:
    assert data_day(run(datetime(2024, 1, 1, tzinfo=UTC)), {"base_dt": "20231203"}) == "20231203"


def test_schedules_begin_with_the_exam_data() -> None:
    assert START.isoformat() == "2023-06-01T00:00:00+09:00"
