"""Dates as people write them, and the instants at which they start and end.

pendulum is imported where it is used: `--help` needs no calendar arithmetic.
"""

import calendar
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint

EARLIEST = 1970  # time zones and databases disagree about earlier instants
FORMS = "2024-01-31, 20240131, 2024-01, today, yesterday, -7d, -2w or -3m"


def parse_day(text: str, *, today: date, last: bool = False) -> date:
    """A date, relative to `today`. A month means its first day, or with `last` for its last.

    Raises UsageError that names `text`.
    """
    day = _parse(text, today, last)
    if day.year < EARLIEST:
        raise UsageError(f"{text!r} is too early: the first day is {EARLIEST}-01-01.", hint=f"write {FORMS}")
    return day


def _parse(text: str, today: date, last: bool) -> date:
    if text in ("today", "yesterday"):
        return today - timedelta(days=text == "yesterday")
    if relative := re.fullmatch(r"-([0-9]{1,5})([dwm])", text):
        return _back(today, int(relative[1]), relative[2], text)
    if month := re.fullmatch(r"([0-9]{4})-([0-9]{2})", text):
        return _of_month(int(month[1]), int(month[2]), text, last=last)
    if day := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]{4})([0-9]{2})([0-9]{2})", text):
        year, month_, day_ = (int(part) for part in day.groups() if part)
        try:
            return date(year, month_, day_)
        except ValueError as e:
            raise UsageError(f"{text!r} is not a day: {e}.", hint=f"write {FORMS}") from e
    raise UsageError(f"{text!r} is not a date.", hint=f"write {FORMS}")


def _back(today: date, number: int, unit: str, text: str) -> date:
    import pendulum

    try:
        day = pendulum.Date(today.year, today.month, today.day).subtract(
            days=number if unit == "d" else 0, weeks=number if unit == "w" else 0, months=number if unit == "m" else 0
        )
    except (ValueError, OverflowError) as e:
        raise UsageError(f"{text!r} is before the start of the calendar.", hint=f"write {FORMS}") from e
    return date(day.year, day.month, day.day)


def _of_month(year: int, month: int, text: str, *, last: bool) -> date:
    try:
        return date(year, month, calendar.monthrange(year, month)[1] if last else 1)
    except ValueError as e:  # calendar.IllegalMonthError is one
        raise UsageError(f"{text!r} is not a month.", hint=f"write {FORMS}") from e


def parse_range(start: str, end: str, *, today: date, future: bool = False) -> tuple[date, date]:
    """Start and end, inclusive. Raises UsageError: invalid, backwards, or (unless `future`) in the future."""
    first, final = parse_day(start, today=today), parse_day(end, today=today, last=True)
    if not future and first <= today < final and is_current_month(end, today):
        final = today
    if first > final:
        raise UsageError(f"--from {start} is after --to {end}.", hint=f"swap them: --from {end} --to {start}")
    if final > today and not future:
        given, hint = (end, "use --to today") if first <= today else (start, "use --from today --to today")
        raise UsageError(f"{given!r} is in the future: today is {today}.", hint=hint)
    return first, final


def parse_open_range(
    start: str | None, end: str | None, *, today: date, future: bool = True
) -> tuple[date | None, date | None]:
    """As parse_range, but either end can be missing."""
    if start and end:
        return parse_range(start, end, today=today, future=future)
    first = parse_range(start, start, today=today, future=future)[0] if start else None
    return first, parse_range(f"{EARLIEST}-01", end, today=today, future=future)[1] if end else None


def is_current_month(text: str, today: date) -> bool:
    """Whether `text` is the month of `today`. As the end of a range, that month ends today."""
    return text == f"{today:%Y-%m}"


def days(start: date, end: date) -> Iterator[date]:
    """All days from `start` to `end`, both inclusive."""
    for n in range((end - start).days + 1):
        yield start + timedelta(days=n)


def full_months(days: Collection[date]) -> tuple[date, date]:
    """The first day of the earliest month and the last day of the latest month of `days`."""
    last = max(days)
    return min(days).replace(day=1), last.replace(day=calendar.monthrange(last.year, last.month)[1])


def load_timezone(name: str) -> tzinfo:
    """`Asia/Seoul`, or a fixed offset such as `+09:00`, which a DAG can have. Raises MlopsctlError."""
    if offset := re.fullmatch(r"([+-])([0-9]{2}):([0-9]{2})", name):
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as e:
        raise MlopsctlError(
            f"this machine has no time zone {name!r}.",
            hint=Hint.of(
                "config", "set", "timezone", "Asia/Seoul", note="if it has none at all: sudo apt-get install tzdata"
            ),
            code="timezone",
        ) from e


def today_in(timezone: str) -> date:
    return datetime.now(load_timezone(timezone)).date()


def day_bounds(start: date, end: date, timezone: str) -> tuple[datetime, datetime]:
    """The first and the last instant, in UTC, of the days from `start` to `end` in `timezone`."""
    local = load_timezone(timezone)
    first = datetime.combine(start, time.min, local).astimezone(UTC)
    last = datetime.combine(end + timedelta(days=1), time.min, local).astimezone(UTC)
    return first, last - timedelta(microseconds=1)


def logical_date_of(day: date, timezone: str) -> datetime:
    """The first instant with the date `day` both in UTC and in `timezone`, so that Airflow's `ds` is `day`."""
    return max(
        datetime.combine(day, time.min, UTC), datetime.combine(day, time.min, load_timezone(timezone)).astimezone(UTC)
    )


def spans(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """The first and the last day of each series of consecutive days."""
    ordered = sorted(set(days))
    start = 0
    for n, day in enumerate(ordered):
        if n == len(ordered) - 1 or ordered[n + 1] - day > timedelta(days=1):
            yield ordered[start], day
            start = n + 1


def format_ranges(days: Iterable[date]) -> str:
    """Days as `--dates` reads them: `2024-01-03..2024-01-05,2024-01-09`."""
    return ",".join(str(first) if first == last else f"{first}..{last}" for first, last in spans(days))


def format_days(days: Iterable[date]) -> str:
    """Days as ranges for people: `2024-01-03…05, 09, 2024-02-01`."""
    parts, previous = [], date.min
    for first, last in spans(days):
        start = _short(first, previous)
        parts.append(start if first == last else f"{start}…{_short(last, first)}")
        previous = last
    return ", ".join(parts)


def _short(day: date, previous: date) -> str:
    """Only the day of the month, if `previous` is in the same month."""
    return f"{day:%d}" if (day.year, day.month) == (previous.year, previous.month) else day.isoformat()


def parse_duration(text: str) -> float:
    """`90`, `90s`, `30m` or `2h` in seconds. Raises UsageError."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(s|m|h|d)?", text.strip())
    if not found or not float(found[1]):
        raise UsageError(f"{text!r} is not a duration.", hint="write 90s, 30m or 2h")
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2] or "s"]
