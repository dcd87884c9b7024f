"""The result of `seed verify`: the days that differ from what seed generates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.text import plural
from mlopsctl.operations.seed.ledger import REFERENCE_LAST
from mlopsctl.operations.seed.verify import MonthCheck


@dataclass(frozen=True)
class VerifyReport:
    checks: Sequence[MonthCheck]

    @property
    def tables(self) -> list[str]:
        return list(dict.fromkeys(check.table for check in self.checks))

    @property
    def days(self) -> int:
        """How many days were verified."""
        return sum(check.days for check in self.checks if check.table == self.checks[0].table)

    def months(self) -> dict[str, list[MonthCheck]]:
        return {m: [c for c in self.checks if c.month == m] for m in dict.fromkeys(c.month for c in self.checks)}

    def differ(self) -> dict[date, list[str]]:
        """Day → the tables with other rows."""
        return _by_day((check.table, check.differ) for check in self.checks)

    def missing(self) -> dict[date, list[str]]:
        """Day → the tables without rows."""
        return _by_day((check.table, check.missing) for check in self.checks)

    def error(self) -> MlopsctlError | None:
        days = sorted({*self.differ(), *self.missing()})
        if not days:
            return None
        verb = "differs" if len(days) == 1 else "differ"
        return MlopsctlError(
            f"{plural(len(days), 'day')} {verb} from what seed generates: {dates.format_days(days)}.",
            hint=_repair(days, again=bool(self.differ())),
            code="seed-differs",
        )

    def data(self) -> list[dict[str, Any]]:
        return [
            {
                "table": check.table,
                "month": check.month,
                "days": check.days,
                "rows": check.rows,
                "checksum": check.checksum,
                "differ": [str(day) for day in check.differ],
                "missing": [str(day) for day in check.missing],
            }
            for check in self.checks
        ]


def _repair(days: Sequence[date], *, again: bool) -> Hint:
    """Without --again, seed only adds missing days."""
    force = days[0] <= REFERENCE_LAST
    return Hint.of("seed", *["--again"] * again, "--from", days[0], "--to", days[-1], *["--force"] * force)


def _by_day(found: Iterable[tuple[str, tuple[date, ...]]]) -> dict[date, list[str]]:
    result: dict[date, list[str]] = {}
    for table, days in found:
        for day in days:
            result.setdefault(day, []).append(table)
    return result
