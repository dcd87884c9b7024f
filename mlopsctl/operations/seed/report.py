"""How many rows of exam data exist, and for which days."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.core import dates
from mlopsctl.core.states import DayState
from mlopsctl.operations.seed.inventory import count_rows, take_inventory
from mlopsctl.operations.seed.ledger import DAY_COLUMN, FIRST_DAY, seeded_range
from mlopsctl.operations.seed.profile import Profile

PROBLEMS = (DayState.MISSING, DayState.DAMAGED, DayState.FOREIGN)


@dataclass(frozen=True)
class SeedReport:
    """The rows per table over a range of days, the state of each day, and the days per profile. `days`: how many have
    customers. `scale`: the largest."""

    start: date
    end: date
    days: int
    scale: int
    rows: dict[str, int] = field(default_factory=dict)
    states: dict[date, DayState] = field(default_factory=dict)
    profiles: dict[Profile, tuple[date, ...]] = field(default_factory=dict)


def read(db: MariaDB, start: date | None = None, end: date | None = None) -> SeedReport:
    """From `start` to `end`; None: from the first, or to the last day that was seeded. Raises MlopsctlError."""
    with db.without_database.session() as session:
        first, last = seeded_range(session) or (FIRST_DAY, FIRST_DAY)
        start = start or min(first, end or last)
        end = end or max(last, start)
        inventory = take_inventory(session, start, end)
        rows = {table: count_rows(session, inventory, table) for table in DAY_COLUMN}
    profiles: dict[Profile, list[date]] = {}
    for day in dates.days(start, end):
        if entry := inventory.ledger.get(day):
            profiles.setdefault(entry.profile, []).append(day)
    return SeedReport(
        start,
        end,
        len(inventory.rows["mlops.cust_info"]),
        max((profile.scale for profile in profiles), default=1),
        rows,
        {day: inventory.state(day) for day in dates.days(start, end)},
        {profile: tuple(days) for profile, days in profiles.items()},
    )


def data(report: SeedReport, seconds: float) -> dict[str, Any]:
    """`data` of the JSON output."""
    return {
        "from": str(report.start),
        "to": str(report.end),
        "days": report.days,
        "scale": report.scale,
        "rows": report.rows,
        "seconds": round(seconds, 3),
        "states": {state: [str(day) for day, s in report.states.items() if s == state] for state in PROBLEMS},
        "worlds": [_profile_data(profile, days) for profile, days in report.profiles.items()],
    }


def _profile_data(profile: Profile, days: tuple[date, ...]) -> dict[str, Any]:
    return {
        "seed": profile.seed,
        "scale": profile.scale,
        "drift": str(profile.drift) if profile.drift else None,
        "dirt": profile.dirt / 1e6,
        "days": len(days),
        "from": str(days[0]),
        "to": str(days[-1]),
    }
