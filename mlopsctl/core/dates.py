"""Days as people write them, and the instants that they mean.

pendulum is imported where it is used: `--help` needs no calendar arithmetic.
"""

import calendar
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint

EARLIEST = 1970  # before it, time zones and databases disagree about what an instant is
FORMS = "2024-01-31, 20240131, 2024-01, today, yesterday, -7d, -2w or -3m"


def parse_day(word: str, *, today: date, last: bool = False) -> date:
    """The day that `word` names, seen from `today`; a month is its first day, with `last` its last.

    Raises UsageError with the offending word.
    """
    day = _parse(word, today, last)
    if day.year < EARLIEST:
        raise UsageError(f"{word!r} is too long ago: Airflow has no runs before {EARLIEST}.", hint=f"write {FORMS}")
    return day


def _parse(word: str, today: date, last: bool) -> date:
    if word in ("today", "yesterday"):
        return today - timedelta(days=word == "yesterday")
    if relative := re.fullmatch(r"-([0-9]{1,5})([dwm])", word):
        return _back(today, int(relative[1]), relative[2], word)
    if month := re.fullmatch(r"([0-9]{4})-([0-9]{2})", word):
        return _of_month(int(month[1]), int(month[2]), word, last=last)
    if day := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]{4})([0-9]{2})([0-9]{2})", word):
        year, month_, day_ = (int(part) for part in day.groups() if part)
        try:
            return date(year, month_, day_)
        except ValueError as e:
            raise UsageError(f"{word!r} is not a day: {e}.", hint=f"write {FORMS}") from e
    raise UsageError(f"{word!r} is not a date.", hint=f"write {FORMS}")


def _back(today: date, number: int, unit: str, word: str) -> date:
    import pendulum

    try:
        there = pendulum.Date(today.year, today.month, today.day).subtract(
            days=number if unit == "d" else 0, weeks=number if unit == "w" else 0, months=number if unit == "m" else 0
        )
    except (ValueError, OverflowError) as e:
        raise UsageError(f"{word!r} reaches before the calendar begins.", hint=f"write {FORMS}") from e
    return date(there.year, there.month, there.day)


def _of_month(year: int, month: int, word: str, *, last: bool) -> date:
    try:
        return date(year, month, calendar.monthrange(year, month)[1] if last else 1)
    except ValueError as e:  # calendar.IllegalMonthError is one
        raise UsageError(f"{word!r} is not a month.", hint=f"write {FORMS}") from e


def parse_range(start: str, end: str, *, today: date, future: bool = False) -> tuple[date, date]:
    """Both ends, inclusive. Raises UsageError: not a date, backwards, or (unless `future`) in the future."""
    first, final = parse_day(start, today=today), parse_day(end, today=today, last=True)
    if not future and first <= today < final and goes_on(end, today):
        final = today
    if first > final:
        raise UsageError(f"--from {start} is after --to {end}.", hint=f"swap them: --from {end} --to {start}")
    if final > today and not future:
        word, hint = (end, "use --to today") if first <= today else (start, "use --from today --to today")
        raise UsageError(f"{word!r} is in the future: today is {today}.", hint=hint)
    return first, final


def parse_open_range(
    start: str | None, end: str | None, *, today: date, future: bool = True
) -> tuple[date | None, date | None]:
    """Both ends, inclusive, of which either may be left out. Raises UsageError, as parse_range does."""
    if start and end:
        return parse_range(start, end, today=today, future=future)
    first = parse_range(start, start, today=today, future=future)[0] if start else None
    return first, parse_range(f"{EARLIEST}-01", end, today=today, future=future)[1] if end else None


def goes_on(word: str, today: date) -> bool:
    """Whether `word` is the month of `today`: as an end it means the days that have been."""
    return word == f"{today:%Y-%m}"


def days(start: date, end: date) -> Iterator[date]:
    """Every day from `start` to `end`, both inclusive."""
    for n in range((end - start).days + 1):
        yield start + timedelta(days=n)


def whole_months(given: Collection[date]) -> tuple[date, date]:
    """The first day of the first month of `given`, and the last day of its last."""
    last = max(given)
    return min(given).replace(day=1), last.replace(day=calendar.monthrange(last.year, last.month)[1])


def zone(name: str) -> tzinfo:
    """The time zone `Asia/Seoul`, or a fixed offset, `+09:00`, which a DAG may have. Raises MlopsctlError."""
    if offset := re.fullmatch(r"([+-])([0-9]{2}):([0-9]{2})", name):
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as e:
        raise MlopsctlError(
            f"this machine knows no time zone {name!r}.",
            hint=Hint.of(
                "config", "set", "timezone", "Asia/Seoul", note="if it knows none at all: sudo apt-get install tzdata"
            ),
            code="timezone",
        ) from e


def today_in(timezone: str) -> date:
    return datetime.now(zone(timezone)).date()


def day_bounds(start: date, end: date, timezone: str) -> tuple[datetime, datetime]:
    """The first and the last instant (in UTC) of the days `start` … `end` in `timezone`."""
    local = zone(timezone)
    first = datetime.combine(start, time.min, local).astimezone(UTC)
    last = datetime.combine(end + timedelta(days=1), time.min, local).astimezone(UTC)
    return first, last - timedelta(microseconds=1)


def logical_date_of(day: date, timezone: str) -> datetime:
    """The first instant whose date is `day` both in UTC and in `timezone`, so that `ds` is the day that was named."""
    return max(datetime.combine(day, time.min, UTC), datetime.combine(day, time.min, zone(timezone)).astimezone(UTC))


def fold(given: Iterable[date]) -> str:
    """Days in few words: `2024-01-03…05, 09, 2024-02-01`."""
    ordered = sorted(set(given))
    starts = [day for n, day in enumerate(ordered) if not n or day - ordered[n - 1] > timedelta(days=1)]
    ends = [day for n, day in enumerate(ordered) if n == len(ordered) - 1 or ordered[n + 1] - day > timedelta(days=1)]
    words, before = [], date.min
    for start, end in zip(starts, ends, strict=True):
        word = _short(start, before)
        words.append(word if start == end else f"{word}…{_short(end, start)}")
        before = end
    return ", ".join(words)


def _short(day: date, before: date) -> str:
    """Of a day in the month of the one named before it, the number is enough."""
    return f"{day:%d}" if (day.year, day.month) == (before.year, before.month) else day.isoformat()


def parse_duration(word: str) -> float:
    """The seconds in `90`, `90s`, `30m` or `2h`. Raises UsageError."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(s|m|h|d)?", word.strip())
    if not found or not float(found[1]):
        raise UsageError(f"{word!r} is not a duration.", hint="write 90s, 30m or 2h")
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2] or "s"]
