"""Cron expressions that are valid but match no day, or not in every month."""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

ASSETS = re.compile(r"^(?:Asset|Dataset) or ")
SHORTEST_MONTH, FEBRUARY = 28, 2
COMMON_YEAR = 2023  # no leap year
FIELDS = 5


@dataclass(frozen=True)
class CronProblem:
    """`expression`: a cron expression of the schedule. `months`: its months without a run, by name. `never`: no day
    ever matches it. `instead`: the expression for the last day of the same months; empty if days are not the reason."""

    expression: str
    months: tuple[str, ...]
    never: bool
    instead: str

    @property
    def message(self) -> str:
        if self.never:
            return f"no day matches {self.expression}, so Airflow never runs it"
        return f"{self.expression} does not run in {', '.join(self.months)}"

    @property
    def hint(self) -> str:
        return f"use {self.instead} for the last day of the month" if self.instead else "correct the schedule"


def problems(schedule: str) -> Iterator[CronProblem]:
    """`schedule`: as Airflow summarizes it: also several expressions, or one beside assets. Other schedules have no
    problem."""
    for expression in ASSETS.sub("", schedule).split(", "):
        if found := problem(expression):
            yield found


def problem(expression: str) -> CronProblem | None:
    """Of one cron expression; None if it has a run in each of its months, or cannot be read."""
    from croniter import CroniterError, croniter

    try:
        cron = croniter(expression, datetime.now(UTC))
    except CroniterError:
        return None
    days, months, weekdays = cron.expanded[2:5]
    skipped = tuple(_skipped(days, months)) if weekdays == ["*"] else ()
    never = not (_exists(cron.get_next) or _exists(cron.get_prev))  # with a year, all dates can be in the past
    if not skipped and not never:
        return None
    return CronProblem(expression, skipped, never, _on_last_day(expression) if skipped else "")


def _exists(find: Callable[[], float]) -> bool:
    from croniter import CroniterBadDateError

    try:
        find()
    except CroniterBadDateError:
        return False
    return True


def _skipped(days: list[int | str], months: list[int | str]) -> Iterator[str]:
    """The months in which none of the days exists; February also if it has one in leap years only."""
    numbers = [day for day in days if isinstance(day, int)]
    if len(numbers) == len(days) and min(numbers) > SHORTEST_MONTH:
        for month in range(1, 13) if months == ["*"] else sorted(month for month in months if isinstance(month, int)):
            if min(numbers) > calendar.monthrange(COMMON_YEAR, month)[1]:
                leap = " except in leap years" if month == FEBRUARY and min(numbers) == SHORTEST_MONTH + 1 else ""
                yield calendar.month_name[month] + leap


def _on_last_day(expression: str) -> str:
    """`0 0 31 * *` → `0 0 L * *`."""
    fields = expression.split()
    return " ".join([*fields[:2], "L", *fields[3:]]) if len(fields) >= FIELDS else ""
