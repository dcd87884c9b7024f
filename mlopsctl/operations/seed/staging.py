"""What a connection makes ready before rows are made: a world's customers, and what happens to them in a month.

The rows themselves are one SELECT per table, `seed_sql/<table>.sql`: it is inserted to seed, and summed up to verify.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from mlopsctl.adapters.mariadb.client import Session
from mlopsctl.core import dates
from mlopsctl.operations.db.schema import run_recipe, statements, tables
from mlopsctl.operations.seed.days import FIRST, RECIPE
from mlopsctl.operations.seed.profile import World

CUSTOMERS = 1640
DELAY = 89  # days, at most, from an application to the registration of its default


@dataclass(frozen=True)
class Chunk:
    """Days of one world that follow each other within a month, written in one transaction.

    clear: what stands there is removed first. alike: the snapshots stand there as they should, and stay.
    """

    days: tuple[date, ...]
    world: World
    clear: bool = False
    alike: bool = False

    def bounds(self) -> tuple[int, int]:
        return (self.days[0] - FIRST).days, (self.days[-1] - FIRST).days

    def takes(self, other: "Chunk", size: int) -> bool:
        """Whether the days of `other` can be added to these, `size` at most (0: by the world's scale)."""
        kinds = [(chunk.world, chunk.clear, chunk.alike) for chunk in (self, other)]
        follows = (other.days[0] - self.days[-1]).days == 1 and other.days[0].month == self.days[-1].month
        limit = size or (31 if self.alike else max(1, 31 // self.world.scale))
        return kinds[0] == kinds[1] and follows and len(self.days) < limit


def chunks(
    worlds: Mapping[date, World],
    clear: Collection[date] = frozenset(),
    alike: Collection[date] = frozenset(),
    size: int = 0,
) -> list[Chunk]:
    """World by world, in order, of at most `size` days; 0: a month each at scale 1, fewer days at larger scales, so
    that a transaction stays as small."""
    parts: list[Chunk] = []
    for day in sorted(worlds, key=lambda day: (*worlds[day].key, day)):
        next_ = Chunk((day,), worlds[day], day in clear, day in alike)
        if parts and parts[-1].takes(next_, size):
            parts[-1] = replace(parts[-1], days=(*parts[-1].days, day))
        else:
            parts.append(next_)
    return parts


def columns(table: str) -> str:
    return ", ".join(tables()[table])


def select(table: str) -> str:
    """The SELECT that makes the rows of a table for the days of a chunk that a Stage has made ready."""
    return statements(table.split(".")[1])[0]


@dataclass
class Stage:
    """A connection, and what its temporary tables hold: a world, and its days from `first` to `last`."""

    session: Session
    world: World | None = None
    first: int = field(init=False, default=0)
    last: int = field(init=False, default=-1)

    def __post_init__(self) -> None:
        # join_cache_level: without its buffer the server writes the rows in the order of their key.
        self.session.run("SET SESSION sql_mode = 'STRICT_ALL_TABLES', join_cache_level = 0")
        run_recipe(self.session, "curves")

    def ready(self, chunk: Chunk) -> None:
        """Make the rows of the chunk's days selectable. Chunks of a month, and then of a later one, cost least."""
        first = max(0, (chunk.days[0].replace(day=1) - FIRST).days - DELAY)
        last = (dates.full_months(chunk.days)[1] - FIRST).days
        follows = self.first <= first <= self.last + 1 and self.last <= last
        if chunk.world != self.world or not follows:
            self._begin(chunk.world)
            self.last = first - 1
        self.first = first
        if last > self.last:
            self.session.run("SET @from_day = %s, @to_day = %s", (self.last + 1, last))
            for recipe in ("calendar", "states", "applications", "faults"):
                run_recipe(self.session, recipe)
            self.last = last
        self.session.run("SET @first_day = %s, @last_day = %s", chunk.bounds())

    def _begin(self, world: World) -> None:
        run_recipe(self.session, "forget")
        drift_day = (world.drift - FIRST).days if world.drift else 10**6
        self.session.run(
            "SET @seed = %s, @recipe = %s, @scale = %s, @customers = %s, @drift = %s, @drift_day = %s, @dirt = %s",
            (world.seed, RECIPE, world.scale, CUSTOMERS * world.scale,
             f"{world.drift:%Y%m%d}" if world.drift else "", drift_day, world.dirt),
        )  # fmt: skip
        run_recipe(self.session, "customers")
        self.world = world
