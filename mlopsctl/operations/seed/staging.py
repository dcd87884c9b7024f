"""Prepare the generation of rows on a connection: temporary tables with the customers and the events of each month.

The rows themselves are one SELECT per table, `seed_sql/<table>.sql`, for seed to insert and for verify to sum up.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from mlopsctl.adapters.mariadb.client import Session
from mlopsctl.core import dates
from mlopsctl.operations.seed.ledger import FIRST_DAY, SQL_VERSION
from mlopsctl.operations.seed.profile import Profile
from mlopsctl.operations.seed.schema import run_script, statements, tables

CUSTOMERS = 1640
MAX_DELAY = 89  # days from an application to the registration of its default
NEVER = 10**6  # a day after all others


@dataclass(frozen=True)
class Chunk:
    """Consecutive days of one month with the same profile, written in one transaction.

    `clear`: delete existing rows first. `same_snapshots`: the snapshots are already as they should be, and are kept.
    """

    days: tuple[date, ...]
    profile: Profile
    clear: bool = False
    same_snapshots: bool = False

    def bounds(self) -> tuple[int, int]:
        return (self.days[0] - FIRST_DAY).days, (self.days[-1] - FIRST_DAY).days

    def can_append(self, other: "Chunk", size: int) -> bool:
        """Whether the days of `other` fit into this chunk. `size`: the limit; 0: depending on the scale."""
        kinds = [(chunk.profile, chunk.clear, chunk.same_snapshots) for chunk in (self, other)]
        follows = (other.days[0] - self.days[-1]).days == 1 and other.days[0].month == self.days[-1].month
        limit = size or (31 if self.same_snapshots else max(1, 31 // self.profile.scale))
        return kinds[0] == kinds[1] and follows and len(self.days) < limit


def chunks(
    profiles: Mapping[date, Profile],
    clear: Collection[date] = frozenset(),
    same_snapshots: Collection[date] = frozenset(),
    size: int = 0,
) -> list[Chunk]:
    """Ordered by profile and day, of at most `size` days. 0: a month at scale 1 and fewer days at larger scales, so
    that transactions have about the same size."""
    result: list[Chunk] = []
    for day in sorted(profiles, key=lambda day: (*profiles[day].sort_key, day)):
        chunk = Chunk((day,), profiles[day], day in clear, day in same_snapshots)
        if result and result[-1].can_append(chunk, size):
            result[-1] = replace(result[-1], days=(*result[-1].days, day))
        else:
            result.append(chunk)
    return result


def columns(table: str) -> str:
    return ", ".join(tables()[table])


def select(table: str) -> str:
    """The SELECT that generates the rows of a table for a chunk that was prepared."""
    return statements(table.split(".")[1])[0]


@dataclass
class Staging:
    """A connection, and what its temporary tables hold: the days `first` to `last` with a profile."""

    session: Session
    profile: Profile | None = None
    first: int = field(init=False, default=0)
    last: int = field(init=False, default=-1)

    def __post_init__(self) -> None:
        # join_cache_level: without a join buffer, the server writes the rows in the order of their key.
        self.session.run("SET SESSION sql_mode = 'STRICT_ALL_TABLES', join_cache_level = 0")
        run_script(self.session, "curves")

    def prepare(self, chunk: Chunk) -> None:
        """Prepare the SELECTs for a chunk. Cheapest if the chunks come in order."""
        first = max(0, (chunk.days[0].replace(day=1) - FIRST_DAY).days - MAX_DELAY)
        last = (dates.full_months(chunk.days)[1] - FIRST_DAY).days
        follows = self.first <= first <= self.last + 1 and self.last <= last
        if chunk.profile != self.profile or not follows:
            self._start(chunk.profile)
            self.last = first - 1
        self.first = first
        if last > self.last:
            self.session.run("SET @from_day = %s, @to_day = %s", (self.last + 1, last))
            for script in ("calendar", "states", "applications", "faults"):
                run_script(self.session, script)
            self.last = last
        self.session.run("SET @first_day = %s, @last_day = %s", chunk.bounds())

    def _start(self, profile: Profile) -> None:
        run_script(self.session, "drop_staging")
        drift_day = (profile.drift - FIRST_DAY).days if profile.drift else NEVER
        self.session.run(
            "SET @seed = %s, @recipe = %s, @scale = %s, @customers = %s, @drift = %s, @drift_day = %s, @dirt = %s",
            (profile.seed, SQL_VERSION, profile.scale, CUSTOMERS * profile.scale,
             f"{profile.drift:%Y%m%d}" if profile.drift else "", drift_day, profile.dirt),
        )  # fmt: skip
        run_script(self.session, "customers")
        self.profile = profile
