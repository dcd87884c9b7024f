"""Days as a calendar: a month per row, a mark per day, within 80 columns."""

import calendar
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from mlopsctl.cli._common.output import Output

LABELS = (1, 5, 10, 15, 20, 25, 30)  # the days that the head names
WIDTH = 79
Mark = tuple[str, str]  # a character and its style
# The states of runs.
RUNS = {"success": ("✓", "green"), "failed": ("✗", "red"), "running": ("▶", "cyan"), "queued": ("…", "yellow")}


def show(out: Output, marks: Mapping[date, Mark], rows: Mapping[date, int] | None = None, gap: str = "") -> None:
    """Print every month of which `marks` has a day; a day without a mark is blank.

    `rows`: by day, summed up at the end of each month's row. `gap`: what is said of months between that have no day.
    """
    from rich.text import Text

    head = "".join(f"{n:<2}" if n in LABELS else "  " for n in range(1, 32))
    out.show(Text(f"MONTH    {head}".rstrip() if rows is None else f"MONTH    {head}    ROWS", "bold"))
    sums: Counter[tuple[int, int]] = Counter()
    for day, number in (rows or {}).items():
        sums[day.year, day.month] += number
    expected: date | None = None
    for year, month in sorted({(day.year, day.month) for day in marks}):
        if gap and expected and expected < date(year, month, 1):
            last = date(year, month, 1) - timedelta(days=1)
            span = f"{expected:%Y-%m}" if last < _next(expected) else f"{expected:%Y-%m} … {last:%Y-%m}"
            out.show(Text(f"{span}  {gap}", "dim"))
        expected = _next(date(year, month, 1))
        row = Text(f"{year}-{month:02}  ")
        for n in range(1, calendar.monthrange(year, month)[1] + 1):
            row.append(*marks.get(date(year, month, n), (" ", ""))).append(" ")
        row.rstrip()
        if rows is not None:
            row.append(f"{sums[year, month]:{WIDTH - len(row.plain)},}")
        out.show(row)


def _next(month: date) -> date:
    """The first day of the month after that of `month`."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)
