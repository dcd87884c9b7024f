from datetime import UTC, date, datetime, timedelta

import pytest

from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError, UsageError

TODAY = date(2024, 3, 31)


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("2024-01-31", date(2024, 1, 31)),
        ("20240131", date(2024, 1, 31)),
        ("2024-02", date(2024, 2, 1)),
        ("today", TODAY),
        ("yesterday", date(2024, 3, 30)),
        ("-7d", date(2024, 3, 24)),
        ("-2w", date(2024, 3, 17)),
        ("-1m", date(2024, 2, 29)),  # the last day that February has
        ("-3m", date(2023, 12, 31)),
    ],
)
def test_a_day_may_be_written_in_many_ways(word: str, day: date) -> None:
    assert dates.parse_day(word, today=TODAY) == day


def test_a_month_ends_where_it_ends() -> None:
    assert dates.parse_day("2024-02", today=TODAY, last=True) == date(2024, 2, 29)
    assert dates.parse_day("2023-12", today=TODAY, last=True) == date(2023, 12, 31)


@pytest.mark.parametrize(
    "word", ["", "2024-1-1", "2024-02-30", "2024-13", "31.01.2024", "tomorrow", "7d", "-7x", "-99999m"]
)
def test_what_is_no_day_is_wrong_usage_and_is_named(word: str) -> None:
    with pytest.raises(UsageError, match=word or "''"):
        dates.parse_day(word, today=TODAY)


def test_a_range_has_both_its_ends() -> None:
    assert dates.parse_range("2024-01", "2024-02", today=TODAY) == (date(2024, 1, 1), date(2024, 2, 29))
    assert list(dates.days(date(2024, 2, 28), date(2024, 3, 1))) == [
        date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1),
    ]  # fmt: skip


def test_a_month_that_goes_on_means_its_days_so_far() -> None:
    assert dates.parse_range("2024-03", "2024-03", today=date(2024, 3, 10)) == (date(2024, 3, 1), date(2024, 3, 10))


@pytest.mark.parametrize(("start", "end"), [("2024-01", "2024-12"), ("2024-03-20", "2024-03")])
def test_a_month_that_has_not_begun_or_a_start_to_come_is_not_cut(start: str, end: str) -> None:
    with pytest.raises(UsageError, match="is in the future"):
        dates.parse_range(start, end, today=date(2024, 3, 10))


def test_a_backward_range_comes_with_the_swapped_one() -> None:
    with pytest.raises(UsageError, match="2024-02-01 is after --to 2024-01-01") as caught:
        dates.parse_range("2024-02-01", "2024-01-01", today=TODAY)
    assert caught.value.hint.text() == "swap them: --from 2024-01-01 --to 2024-02-01"


@pytest.mark.parametrize(
    ("start", "end", "word", "hint"),
    [
        ("today", "2024-04-01", "2024-04-01", "use --to today"),
        ("2025-01", "2025-02", "2025-01", "use --from today --to today"),
    ],
)
def test_the_future_is_no_range(start: str, end: str, word: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"'{word}' is in the future: today is 2024-03-31") as caught:
        dates.parse_range(start, end, today=TODAY)
    assert caught.value.hint.text() == hint
    assert dates.parse_range(start, end, today=TODAY, future=True)


def test_days_are_whole_in_their_own_time_zone() -> None:
    first, last = dates.day_bounds(date(2024, 1, 1), date(2024, 1, 31), "Asia/Seoul")
    assert first == datetime(2023, 12, 31, 15, tzinfo=UTC)
    assert last == datetime(2024, 1, 31, 14, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 3, 10), 23), (date(2024, 11, 3), 25), (date(2024, 6, 1), 24)])
def test_a_day_of_daylight_saving_has_the_hours_it_has(day: date, hours: int) -> None:
    first, last = dates.day_bounds(day, day, "America/New_York")
    assert last - first + timedelta(microseconds=1) == timedelta(hours=hours)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/New_York", "Pacific/Kiritimati", "+05:30", "-03:00"])
def test_a_logical_date_is_that_day_in_utc_and_at_home_and_not_later_than_need_be(zone: str) -> None:
    for day in dates.days(date(2024, 3, 8), date(2024, 3, 12)):
        at = dates.logical_date_of(day, zone)
        assert at.astimezone(UTC).date() == at.astimezone(dates.zone(zone)).date() == day
        before = at - timedelta(seconds=1)
        assert before.astimezone(UTC).date() != day or before.astimezone(dates.zone(zone)).date() != day


def test_a_zone_that_nobody_knows_is_named() -> None:
    with pytest.raises(MlopsctlError, match="no time zone 'Asia/Soul'"):
        dates.zone("Asia/Soul")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([], ""),
        (["2024-01-03"], "2024-01-03"),
        (["2024-01-09", "2024-01-03", "2024-01-04", "2024-01-05"], "2024-01-03…05, 09"),
        (["2024-01-31", "2024-02-01", "2024-02-03"], "2024-01-31…2024-02-01, 03"),
        (["2024-01-01", "2024-01-01", "2025-01-01"], "2024-01-01, 2025-01-01"),
    ],
)
def test_days_fold_into_few_words(days: list[str], words: str) -> None:
    assert dates.fold(map(date.fromisoformat, days)) == words


@pytest.mark.parametrize(
    ("word", "seconds"), [("90", 90), ("90s", 90), ("30m", 1800), ("2h", 7200), ("0.5s", 0.5), ("1d", 86400)]
)
def test_durations(word: str, seconds: float) -> None:
    assert dates.parse_duration(word) == seconds


@pytest.mark.parametrize("word", ["", "soon", "0", "-5s", "5 weeks", "1h30m", "٣s"])
def test_what_is_no_duration_is_wrong_usage(word: str) -> None:
    with pytest.raises(UsageError, match="is not a duration"):
        dates.parse_duration(word)


def test_either_end_of_a_range_may_be_left_out() -> None:
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
def test_an_open_range_may_be_asked_not_to_reach_into_the_future(start: str | None, end: str | None, hint: str) -> None:
    with pytest.raises(UsageError, match="'2024-04' is in the future") as caught:
        dates.parse_open_range(start, end, today=TODAY, future=False)
    assert caught.value.hint.text() == hint


def test_of_a_month_that_goes_on_an_open_range_has_the_days_so_far() -> None:
    today = date(2024, 3, 10)
    assert dates.parse_open_range("2024-03", None, today=today, future=False) == (date(2024, 3, 1), None)
    assert dates.parse_open_range(None, "2024-03", today=today, future=False) == (None, today)
    assert dates.parse_open_range(None, "2024-02", today=today, future=False) == (None, date(2024, 2, 29))


def test_days_are_of_whole_months() -> None:
    assert dates.whole_months([date(2024, 2, 3), date(2023, 12, 31)]) == (date(2023, 12, 1), date(2024, 2, 29))
