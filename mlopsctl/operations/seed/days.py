"""Which days of exam data the feature store holds, and which of them are as seed makes them."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from mlopsctl.adapters.mariadb.client import NO_TABLE, Row, Session
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.seed.profile import Wish, World

FIRST, LAST = date(2023, 6, 1), date(2099, 12, 31)  # the recipes count days from the first
REFERENCE_FIRST, REFERENCE_LAST = FIRST, date(2023, 11, 30)  # everything is compared with it; models are trained on it
RECIPE = 2  # goes up when the recipes come to other rows
LEDGER, FAULTS = "mlops_meta.seed_days", "mlops_meta.seed_faults"
# Our tables, and the column of each that says to which day a row belongs.
DAY_OF = {
    "mlops.cust_info": "base_dt",
    "mlops.family_info": "base_dt",
    "mlops.loan_applicant_info": "applicant_date",
    "mlops.loan_default_account": "registration_date",
}
SNAPSHOTS = ("mlops.cust_info", "mlops.family_info")


@dataclass(frozen=True)
class Made:
    """A row of the ledger. rows: how many each table got, in the order of DAY_OF."""

    world: World
    recipe: int
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Stock:
    """What stands in the feature store, by day.

    made: as seed wrote it, the whole ledger. held: for each table the rows that are there now, in the range that was
    asked for; of a snapshot only that there are some (-1), for counting millions takes seconds.
    """

    made: dict[date, Made]
    held: dict[str, dict[date, int]]

    def around(self, day: date) -> tuple[World | None, World | None]:
        """The worlds of the nearest seeded days before and after `day`."""
        days = list(self.made)  # in order, as the ledger was read
        at = bisect(days, day)
        before = self.made[days[at - 1]].world if at else None
        return before, self.made[days[at]].world if at < len(days) else None

    def state(self, day: date) -> str:
        """complete; damaged: rows are gone since seed wrote them; foreign: seed never wrote them; missing."""
        held = [self.held[table].get(day, 0) for table in DAY_OF]
        if day not in self.made:
            return "foreign" if any(held) else "missing"
        # More rows than seed made are somebody's own, and stay; -1 stands for all rows of a snapshot.
        wanted = self.made[day].rows
        gone = any(number not in (-1,) and number < rows for number, rows in zip(held, wanted, strict=True))
        return "damaged" if gone else "complete"


@dataclass(frozen=True)
class Survey:
    """What is to do about the days of a range; what is not here is complete. mend: seeded, but rows are gone since.
    foreign: rows of another world or recipe, or rows that never came from seed. worlds: what each is to become.
    alike: the foreign whose snapshots are as they are to become. later: seeded days behind the range that are not as
    was said."""

    missing: tuple[date, ...] = ()
    mend: tuple[date, ...] = ()
    foreign: tuple[date, ...] = ()
    worlds: dict[date, World] = field(default_factory=dict)
    alike: frozenset[date] = frozenset()
    later: tuple[date, ...] = ()


def day_of(text: str) -> date:
    """Of YYYYMMDD."""
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def bounds(start: date, end: date) -> tuple[str, str]:
    return f"{start:%Y%m%d}", f"{end:%Y%m%d}"


def read_ledger(session: Session, start: date, end: date) -> dict[date, Made]:
    sql = (
        "SELECT base_dt, seed, scale, drift, dirt, recipe, cust_info, family_info, loan_applicant_info, "
        f"loan_default_account FROM {LEDGER} WHERE base_dt BETWEEN %s AND %s ORDER BY base_dt"
    )
    return {
        day_of(day): Made(World(seed, scale, day_of(drift) if drift else None, dirt), recipe, tuple(rows))
        for day, seed, scale, drift, dirt, recipe, *rows in rows_of(session, sql, bounds(start, end))
    }


def seeded_range(session: Session) -> tuple[date, date] | None:
    """The first and the last day that were seeded."""
    found = list(rows_of(session, f"SELECT MIN(base_dt), MAX(base_dt) FROM {LEDGER} HAVING MIN(base_dt) IS NOT NULL"))
    return (day_of(found[0][0]), day_of(found[0][1])) if found else None


def held_days(session: Session, table: str, start: date, end: date) -> dict[date, int]:
    """The days of which a table has rows, and how many; -1 for a snapshot's."""
    column = DAY_OF[table]
    where = f"FROM {table} WHERE {column} BETWEEN %s AND %s"
    # DISTINCT of the key's first column alone: the server jumps from day to day, 3 ms instead of 150.
    distinct, counted = f"SELECT DISTINCT {column} {where}", f"SELECT {column}, COUNT(*) {where} GROUP BY {column}"
    days = {f"{day:%Y%m%d}": day for day in dates.days(start, end)}
    rows = rows_of(session, distinct if table in SNAPSHOTS else counted, bounds(start, end))
    # other text is no day, and not ours
    return {days[text]: int(rest[0]) if rest else -1 for text, *rest in rows if text in days}


def take_stock(session: Session, start: date, end: date) -> Stock:
    made = read_ledger(session, FIRST, LAST)
    return Stock(made, {table: held_days(session, table, start, end) for table in DAY_OF})


def survey(session: Session, start: date, end: date, wish: Wish) -> Survey:
    """Compare each day with what seed would make of it."""
    stock = take_stock(session, start, end)
    found: dict[str, list[date]] = {"missing": [], "mend": [], "foreign": [], "kept": []}
    for day in dates.days(start, end):
        found[verdict(stock, day, wish)].append(day)
    missing, mend, foreign, _ = map(tuple, found.values())
    worlds = {day: wanted(stock, day, wish) for day in (*missing, *mend, *foreign)}
    alike = frozenset(day for day in foreign if not wish.again and _alike(stock, day, worlds[day]))
    later = [day for day, made in stock.made.items() if day > end and wish.over(made.world, day) != made.world]
    return Survey(missing, mend, foreign, worlds, alike, tuple(later))


def _alike(stock: Stock, day: date, world: World) -> bool:
    """Whether the snapshots of a seeded day are those of `world`, too: drift and dirt do not touch them."""
    made = stock.made.get(day)
    same = made and (made.recipe, made.world.seed, made.world.scale) == (RECIPE, world.seed, world.scale)
    return bool(same) and stock.state(day) == "complete"


def wanted(stock: Stock, day: date, wish: Wish) -> World:
    made = stock.made.get(day)
    return wish.over(made.world, day) if made else wish.added(*stock.around(day), day)


def verdict(stock: Stock, day: date, wish: Wish) -> str:
    state, made = stock.state(day), stock.made.get(day)
    if made and (wish.again or made.recipe != RECIPE or made.world != wish.over(made.world, day)):
        return "foreign"
    return {"complete": "kept", "damaged": "mend"}.get(state, state)


def count(session: Session, stock: Stock, table: str) -> int:
    """The rows of a table: those of a snapshot as seed wrote them, except on days that it never wrote."""
    held = stock.held[table]
    if table not in SNAPSHOTS:
        return sum(held.values())
    place = list(DAY_OF).index(table)
    ours = sum(made.rows[place] for day, made in stock.made.items() if day in held)
    others = [day for day in held if day not in stock.made]
    return ours + sum(_count_day(session, table, day) for day in others)


def _count_day(session: Session, table: str, day: date) -> int:
    return int(session.query(f"SELECT COUNT(*) FROM {table} WHERE base_dt = %s", (f"{day:%Y%m%d}",))[0][0])


def rows_of(session: Session, sql: str, args: Sequence[object] | None = None) -> Iterable[Row]:
    """The rows of a query, none where its table is not there yet."""
    try:
        return session.query(sql, args)
    except MlopsctlError as e:
        if e.code != NO_TABLE:
            raise
        return []
