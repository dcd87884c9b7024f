"""Days as a calendar: a month per row, a mark per day, within 80 columns."""

import calendar
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mlopsctl.cli._common.output import Output
from mlopsctl.core.states import RunState

if TYPE_CHECKING:
    from rich.text import Text

LABELS = (1, 5, 10, 15, 20, 25, 30)  # the days that the header shows
WIDTH = 79
Mark = tuple[str, str]  # a character and its style
RUN_MARKS: dict[str, Mark] = {
    RunState.SUCCESS: ("✓", "green"),
    RunState.FAILED: ("✗", "red"),
    RunState.RUNNING: ("▶", "cyan"),
    RunState.QUEUED: ("…", "yellow"),
}


def show(out: Output, marks: Mapping[date, Mark], rows: Mapping[date, int] | None = None, gap: str = "") -> None:
    """Print every month that has a day in `marks`; other days are blank.

    `rows`: numbers by day, whose sum ends the row of each month. `gap`: what to print for months between that have no
    day.
    """
    from rich.text import Text

    header = "".join(f"{n:<2}" if n in LABELS else "  " for n in range(1, 32))
    out.show(Text(f"MONTH    {header}".rstrip() if rows is None else f"MONTH    {header}    ROWS", "bold"))
    sums: Counter[tuple[int, int]] = Counter()
    for day, number in (rows or {}).items():
        sums[day.year, day.month] += number
    expected: date | None = None
    for year, month in sorted({(day.year, day.month) for day in marks}):
        first = date(year, month, 1)
        if gap and expected and expected < first:
            out.show(Text(f"{_span(expected, first)}  {gap}", "dim"))
        expected = _next_month(first)
        row = _row(first, marks)
        if rows is not None:
            row.append(f"{sums[year, month]:{WIDTH - len(row.plain)},}")
        out.show(row)


def _row(month: date, marks: Mapping[date, Mark]) -> "Text":
    from rich.text import Text

    row = Text(f"{month:%Y-%m}  ")
    for n in range(1, calendar.monthrange(month.year, month.month)[1] + 1):
        row.append(*marks.get(month.replace(day=n), (" ", ""))).append(" ")
    row.rstrip()
    return row


def _span(first: date, after: date) -> str:
    """`2024-01` or `2024-03 … 2025-12`: the months from `first` until before `after`."""
    last = after - timedelta(days=1)
    return f"{first:%Y-%m}" if last < _next_month(first) else f"{first:%Y-%m} … {last:%Y-%m}"


def _next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)
