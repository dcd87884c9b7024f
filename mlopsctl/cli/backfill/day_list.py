"""Lists of days, as `--dates` takes them: in the command, in a file, or on stdin."""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from mlopsctl.core import dates
from mlopsctl.core.errors import UsageError

HINT = "write --dates 2024-01-03,2024-01-05..2024-01-09,2024-02, or --dates @FILE with such words"


@dataclass(frozen=True)
class Word:
    """What was said for a day or some days. `where`: the line of a file that it stands in; empty: none."""

    text: str
    where: str = ""


def read(value: str) -> tuple[Word, ...]:
    """The words of `2024-01-03,2024-01-05`, of `@FILE`, or (`-`) of stdin. Raises UsageError for no word at all."""
    if value == "-":
        lines, name = sys.stdin.read().splitlines(), "stdin"
    elif value.startswith("@"):
        lines, name = _lines(Path(value[1:]).expanduser()), value[1:]
    else:
        lines, name = [value], ""
    words = [
        Word(text, f"{name}, line {n}" if name else "")
        for n, line in enumerate(lines, 1)
        for text in re.split(r"[,\s]+", line.partition("#")[0])
        if text
    ]
    if not words:
        raise UsageError(f"there is no date in {name or '--dates'}.", hint=HINT)
    return tuple(words)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as e:
        raise UsageError(f"{file} is no text: {e}.", hint=HINT) from e
    except OSError as e:
        raise UsageError(f"{file} cannot be read: {e.strerror}.", hint=HINT) from e


def days(words: Iterable[Word], *, today: date, future: bool = False) -> tuple[date, ...]:
    """Every day that is meant, once, in order. Of a month that is going on, a range's last too, those that have been.

    As mlopsctl itself folds days, `2024-01-03…05, 09` is understood too. Raises UsageError with the word and its line:
    no date, or (unless `future`) one to come.
    """
    found: set[date] = set()
    before: date | None = None
    for word in words:
        try:
            first, last = _ends(word.text, today, before)
            if last > today and not future:
                raise UsageError(f"{word.text!r} is in the future: today is {today}.", hint=HINT)
        except UsageError as e:
            where = f" ({word.where})" if word.where else ""
            raise UsageError(f"{e.message.rstrip('.')}{where}.", hint=HINT) from e
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
        raise UsageError(f"{text!r} ends before it begins.", hint=HINT)
    if first <= today < last and dates.is_current_month(end or text, today):
        last = today
    return first, last


def _day(text: str, today: date, before: date | None, *, last: bool = False) -> date:
    if before and re.fullmatch(r"[0-9]{2}", text):  # in the month of the day before it
        text = f"{before:%Y-%m}-{text}"
    return dates.parse_day(text, today=today, last=last)


def written(given: Iterable[date]) -> str:
    """Days as `--dates` takes them: `2024-01-03..2024-01-05,2024-01-09`."""
    return ",".join(str(first) if first == last else f"{first}..{last}" for first, last in _spans(sorted(set(given))))


def _spans(ordered: Sequence[date]) -> Iterator[tuple[date, date]]:
    start = 0
    for n, day in enumerate(ordered):
        if n == len(ordered) - 1 or ordered[n + 1] - day > timedelta(days=1):
            yield ordered[start], day
            start = n + 1
