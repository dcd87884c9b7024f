"""Which of the surveyed days a run of seed writes, and what the user should know before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message
from mlopsctl.core.states import DayAction
from mlopsctl.core.text import plural
from mlopsctl.operations.seed.ledger import REFERENCE_FIRST, REFERENCE_LAST, in_reference_period
from mlopsctl.operations.seed.profile import Profile, describe
from mlopsctl.operations.seed.survey import Survey

REFERENCE = f"the reference period {REFERENCE_FIRST} … {REFERENCE_LAST}"


@dataclass(frozen=True)
class WritePlan:
    """`replaces`: whether days with other rows are replaced. `force`: also in the reference period."""

    survey: Survey
    replaces: bool
    force: bool

    @property
    def replaced(self) -> tuple[date, ...]:
        return self.survey.replace if self.replaces else ()

    @property
    def repaired(self) -> tuple[date, ...]:
        days = self.survey.repair
        return days if self.force else tuple(day for day in days if not in_reference_period(day))

    @property
    def days(self) -> list[date]:
        return sorted((*self.survey.add, *self.repaired, *self.replaced))

    @property
    def cleared(self) -> frozenset[date]:
        """The days whose rows are deleted first."""
        return frozenset((*self.repaired, *self.replaced))

    @property
    def added_profiles(self) -> list[Profile]:
        """The profiles of the days that need additional disk space."""
        return [self.survey.profiles[day] for day in self.days if day not in self.cleared]

    def check(self) -> None:
        """Raises MlopsctlError if days of the reference period would be replaced without `force`."""
        protected = [day for day in self.replaced if in_reference_period(day)]
        if protected and not self.force:
            raise MlopsctlError(
                f"this would replace {plural(len(protected), 'day')} of {REFERENCE}, on which models are trained.",
                hint="--from 2023-12-01 excludes the reference period, --force replaces it",
                code="protected",
            )

    def summary(self) -> str:
        """`add 2 days (2024-01-01 … 2024-01-02), at scale 1`; empty if there is nothing to do."""
        parts = (
            (DayAction.ADD, self.survey.add),
            (DayAction.REPAIR, self.repaired),
            (DayAction.REPLACE, self.replaced),
        )
        listed = ", ".join(f"{action} {days_with_range(days)}" for action, days in parts if days)
        return f"{listed}, at {describe(self.survey.profiles[day] for day in self.days)}" if listed else ""

    def question(self) -> str:
        return f"Replace the rows of {days_with_range(self.replaced)}?" if self.replaced else ""

    def notes(self) -> Iterator[Message]:
        written = [day for day in self.days if in_reference_period(day)]
        damaged = [day for day in self.survey.repair if in_reference_period(day) and day not in self.cleared]
        if written:
            yield Message(f"{plural(len(written), 'day')} of {REFERENCE} will be written.")
        if damaged:
            yield Message(f"{plural(len(damaged), 'day')} of {REFERENCE} miss rows; only --force repairs them.")
        if kept := [day for day in self.survey.replace if day not in self.cleared]:
            yield Message(
                f"Not changed, because seed would generate other rows: {dates.format_days(kept)}. To replace them:",
                hint=Hint.of("seed", "--again", "--from", kept[0], "--to", kept[-1]),
            )
        if self.days and (later := self.survey.later):
            yield Message(f"Days after the range are not changed: {day_range(later)}. --to {later[-1]} includes them.")


def day_range(days: Sequence[date]) -> str:
    return f"{days[0]} … {days[-1]}" if len(days) > 1 else f"{days[0]}"


def days_with_range(days: Sequence[date]) -> str:
    """`2 days (2024-01-01 … 2024-01-02)`."""
    return f"{plural(len(days), 'day')} ({day_range(days)})"
