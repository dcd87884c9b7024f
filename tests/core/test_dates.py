from datetime import UTC, date, datetime, timedelta

import pytest

from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError, UsageError

TODAY = date(2024, 3, 31)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-01-31", date(2024, 1, 31)),
        ("20240131", date(2024, 1, 31)),
        ("2024-02", date(2024, 2, 1)),
        ("today", TODAY),
        ("yesterday", date(2024, 3, 30)),
        ("-7d", date(2024, 3, 24)),
        ("-2w", date(2024, 3, 17)),
        ("-1m", date(2024, 2, 29)),  # February's last day
        ("-3m", date(2023, 12, 31)),
    ],
)
def test_parse_day(text: str, day: date) -> None:
    assert dates.parse_day(text, today=TODAY) == day


def test_month_as_an_end_is_its_last_day() -> None:
    assert dates.parse_day("2024-02", today=TODAY, last=True) == date(2024, 2, 29)
    assert dates.parse_day("2023-12", today=TODAY, last=True) == date(2023, 12, 31)


@pytest.mark.parametrize(
    "text", ["", "2024-1-1", "2024-02-30", "2024-13", "31.01.2024", "tomorrow", "7d", "-7x", "-99999m"]
)
def test_invalid_day_is_named(text: str) -> None:
    with pytest.raises(UsageError, match=text or "''"):
        dates.parse_day(text, today=TODAY)


def test_range_includes_both_ends() -> None:
    assert dates.parse_range("2024-01", "2024-02", today=TODAY) == (date(2024, 1, 1), date(2024, 2, 29))
    assert list(dates.days(date(2024, 2, 28), date(2024, 3, 1))) == [
        date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1),
    ]  # fmt: skip


def test_current_month_ends_today() -> None:
    assert dates.parse_range("2024-03", "2024-03", today=date(2024, 3, 10)) == (date(2024, 3, 1), date(2024, 3, 10))


@pytest.mark.parametrize(("start", "end"), [("2024-01", "2024-12"), ("2024-03-20", "2024-03")])
def test_future_months_are_rejected(start: str, end: str) -> None:
    with pytest.raises(UsageError, match="is in the future"):
        dates.parse_range(start, end, today=date(2024, 3, 10))


def test_backward_range_suggests_the_swapped_one() -> None:
    with pytest.raises(UsageError, match="2024-02-01 is after --to 2024-01-01") as caught:
        dates.parse_range("2024-02-01", "2024-01-01", today=TODAY)
    assert caught.value.hint.text() == "swap them: --from 2024-01-01 --to 2024-02-01"


@pytest.mark.parametrize(
    ("start", "end", "text", "hint"),
    [
        ("today", "2024-04-01", "2024-04-01", "use --to today"),
        ("2025-01", "2025-02", "2025-01", "use --from today --to today"),
    ],
)
def test_future_range_is_rejected_unless_allowed(start: str, end: str, text: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"'{text}' is in the future: today is 2024-03-31") as caught:
        dates.parse_range(start, end, today=TODAY)
    assert caught.value.hint.text() == hint
    assert dates.parse_range(start, end, today=TODAY, future=True)


def test_day_bounds_are_in_the_timezone() -> None:
    first, last = dates.day_bounds(date(2024, 1, 1), date(2024, 1, 31), "Asia/Seoul")
    assert first == datetime(2023, 12, 31, 15, tzinfo=UTC)
    assert last == datetime(2024, 1, 31, 14, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 3, 10), 23), (date(2024, 11, 3), 25), (date(2024, 6, 1), 24)])
def test_day_bounds_with_daylight_saving(day: date, hours: int) -> None:
    first, last = dates.day_bounds(day, day, "America/New_York")
    assert last - first + timedelta(microseconds=1) == timedelta(hours=hours)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/New_York", "Pacific/Kiritimati", "+05:30", "-03:00"])
def test_logical_date_is_the_first_instant_with_that_date_in_both_zones(zone: str) -> None:
    for day in dates.days(date(2024, 3, 8), date(2024, 3, 12)):
        at = dates.logical_date_of(day, zone)
        assert at.astimezone(UTC).date() == at.astimezone(dates.load_timezone(zone)).date() == day
        before = at - timedelta(seconds=1)
        assert before.astimezone(UTC).date() != day or before.astimezone(dates.load_timezone(zone)).date() != day


def test_unknown_timezone_is_named() -> None:
    with pytest.raises(MlopsctlError, match="no time zone 'Asia/Soul'"):
        dates.load_timezone("Asia/Soul")


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ([], ""),
        (["2024-01-03"], "2024-01-03"),
        (["2024-01-09", "2024-01-03", "2024-01-04", "2024-01-05"], "2024-01-03…05, 09"),
        (["2024-01-31", "2024-02-01", "2024-02-03"], "2024-01-31…2024-02-01, 03"),
        (["2024-01-01", "2024-01-01", "2025-01-01"], "2024-01-01, 2025-01-01"),
    ],
)
def test_format_days(days: list[str], text: str) -> None:
    assert dates.format_days(map(date.fromisoformat, days)) == text


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("30m", 1800), ("2h", 7200), ("0.5s", 0.5), ("1d", 86400)]
)
def test_parse_duration(text: str, seconds: float) -> None:
    assert dates.parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "0", "-5s", "5 weeks", "1h30m", "٣s"])
def test_invalid_duration(text: str) -> None:
    with pytest.raises(UsageError, match="is not a duration"):
        dates.parse_duration(text)


def test_open_range() -> None:
    assert dates.parse_open_range(None, None, today=TODAY) == (None, None)
    assert dates.parse_open_range("2024-02", None, today=TODAY) == (date(2024, 2, 1), None)
    assert dates.parse_open_range(None, "2024-02", today=TODAY) == (None, date(2024, 2, 29))
    assert dates.parse_open_range("2024-02", "2030-01", today=TODAY) == (date(2024, 2, 1), date(2030, 1, 31))
    with pytest.raises(UsageError, match="--from 2024-02 is after --to 2024-01"):
        dates.parse_open_range("2024-02", "2024-01", today=TODAY)


@pytest.mark.parametrize(
    ("start", "end", "hint"),
    [
        ("2024-04", None, "use --from today --to today"),
        (None, "2024-04", "use --to today"),
        ("2024-01", "2024-04", "use --to today"),
    ],
)
def test_open_range_in_the_future_is_rejected_unless_allowed(start: str | None, end: str | None, hint: str) -> None:
    with pytest.raises(UsageError, match="'2024-04' is in the future") as caught:
        dates.parse_open_range(start, end, today=TODAY, future=False)
    assert caught.value.hint.text() == hint


def test_open_range_with_the_current_month() -> None:
    today = date(2024, 3, 10)
    assert dates.parse_open_range("2024-03", None, today=today, future=False) == (date(2024, 3, 1), None)
    assert dates.parse_open_range(None, "2024-03", today=today, future=False) == (None, today)
    assert dates.parse_open_range(None, "2024-02", today=today, future=False) == (None, date(2024, 2, 29))


def test_full_months() -> None:
    assert dates.full_months([date(2024, 2, 3), date(2023, 12, 31)]) == (date(2023, 12, 1), date(2024, 2, 29))
