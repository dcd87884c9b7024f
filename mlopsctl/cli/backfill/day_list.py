"""The days of `--dates`: on the command line, in a file, or on stdin."""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mlopsctl.cli._common import input_limit
from mlopsctl.core import dates
from mlopsctl.core.errors import UsageError

HINT = "write --dates 2024-01-03,2024-01-05..2024-01-09,2024-02, or --dates @FILE with the same"


@dataclass(frozen=True)
class Item:
    """A day or several, as written. `source`: the line of the file; empty: the command line."""

    text: str
    source: str = ""


def read(value: str) -> tuple[Item, ...]:
    """The items of `2024-01-03,2024-01-05`, of `@FILE`, or (`-`) of stdin. Raises UsageError if there is none."""
    if value == "-":
        lines, name = input_limit.read(sys.stdin, "stdin").splitlines(), "stdin"
    elif value.startswith("@"):
        lines, name = _lines(Path(value[1:]).expanduser()), value[1:]
    else:
        lines, name = [value], ""
    items = [
        Item(text, f"{name}, line {n}" if name else "")
        for n, line in enumerate(lines, 1)
        for text in re.split(r"[,\s]+", line.partition("#")[0])
        if text
    ]
    if not items:
        raise UsageError(f"there is no date in {name or '--dates'}.", hint=HINT)
    return tuple(items)


def _lines(file: Path) -> list[str]:
    try:
        with file.open(encoding="utf-8-sig") as content:
            return input_limit.read(content, str(file)).splitlines()
    except UnicodeDecodeError as e:
        raise UsageError(f"{file} is not a text file: {e}.", hint=HINT) from e
    except OSError as e:
        raise UsageError(f"cannot read {file}: {e.strerror}.", hint=HINT) from e


def days(items: Iterable[Item], *, today: date, future: bool = False) -> tuple[date, ...]:
    """Every day, once, in order. Of the current month, also as the end of a range, the days until today.

    Also reads days as mlopsctl prints them: `2024-01-03…05, 09`. Raises UsageError with the item and its line: not a
    date, or (unless `future`) in the future.
    """
    found: set[date] = set()
    before: date | None = None
    for item in items:
        try:
            first, last = _ends(item.text, today, before)
            if last > today and not future:
                raise UsageError(f"{item.text!r} is in the future: today is {today}.", hint=HINT)
        except UsageError as e:
            source = f" ({item.source})" if item.source else ""
            raise UsageError(f"{e.message.rstrip('.')}{source}.", hint=HINT) from e
        found.update(dates.days(first, last))
        before = last
    return tuple(sorted(found))


def _ends(text: str, today: date, before: date | None) -> tuple[date, date]:
    """The first and the last day of `2024-01-03`, `2024-01`, `2024-01-03..2024-01-09`, `2024-01-03…05`, `09`."""
    start, dots, end = re.sub(r"\.{2,3}", "…", text, count=1).partition("…")
    if dots and not (start and end):
        raise UsageError(f"{text!r} lacks one of its ends.", hint=HINT)
    first = _day(start, today, before)
    last = _day(end if dots else start, today, first if dots else before, last=True)
    if first > last:
        raise UsageError(f"{text!r} ends before it starts.", hint=HINT)
    if first <= today < last and dates.is_current_month(end or text, today):
        last = today
    return first, last


def _day(text: str, today: date, before: date | None, *, last: bool = False) -> date:
    if before and re.fullmatch(r"[0-9]{2}", text):  # in the month of the day before it
        text = f"{before:%Y-%m}-{text}"
    return dates.parse_day(text, today=today, last=last)
