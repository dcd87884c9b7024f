"""Which days of exam data the feature store holds, and which of them are as seed makes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from mlopsctl import dates
from mlopsctl.adapters.mariadb import NO_TABLE, Row, Session
from mlopsctl.errors import MlopsctlError

FIRST, LAST = date(2023, 6, 1), date(2099, 12, 31)  # the recipes count days from the first
SEED = 345  # the dice: of several hundred worlds, one that meets the published statistics closely at scale 1
RECIPE = 1  # goes up when the recipes come to other rows
# Our tables, and the column of each that says to which day a row belongs.
DAY_OF = {
    "mlops.cust_info": "base_dt",
    "mlops.family_info": "base_dt",
    "mlops.loan_applicant_info": "applicant_date",
    "mlops.loan_default_account": "registration_date",
}
SNAPSHOTS = ("mlops.cust_info", "mlops.family_info")


@dataclass(frozen=True)
class Stock:
    """What stands in the feature store, by day as YYYYMMDD.

    made: scale, seed, recipe and then the rows of each table, as seed wrote them. held: for each table the rows
    that are there now; of a snapshot only that there are some (-1), for counting millions takes seconds.
    """

    made: dict[str, tuple[int, ...]]
    held: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Survey:
    """What is to do about the days of a range; what is not here is complete. mend: seeded, but rows are gone since.
    foreign: rows of another scale or recipe, or rows that never came from seed."""

    missing: tuple[date, ...] = ()
    mend: tuple[date, ...] = ()
    foreign: tuple[date, ...] = ()


def take_stock(session: Session, start: date, end: date) -> Stock:
    bounds = (f"{start:%Y%m%d}", f"{end:%Y%m%d}")
    sql = (
        "SELECT base_dt, scale, seed, recipe, cust_info, family_info, loan_applicant_info, loan_default_account "
        "FROM mlops_meta.seed_days WHERE base_dt BETWEEN %s AND %s"
    )
    made = {row[0]: tuple(row[1:]) for row in rows_of(session, sql, bounds)}
    held = {}
    for table, column in DAY_OF.items():
        where = f"FROM {table} WHERE {column} BETWEEN %s AND %s"
        if table in SNAPSHOTS:
            # DISTINCT of the key's first column alone: the server jumps from day to day, 3 ms instead of 150.
            held[table] = {row[0]: -1 for row in rows_of(session, f"SELECT DISTINCT {column} {where}", bounds)}
        else:
            sql = f"SELECT {column}, COUNT(*) {where} GROUP BY {column}"
            held[table] = {day: int(number) for day, number in rows_of(session, sql, bounds)}
    return Stock(made, held)


def survey(session: Session, start: date, end: date, scale: int) -> Survey:
    """Compare each day with what seed would have made of it."""
    stock = take_stock(session, start, end)
    found: dict[str, list[date]] = {"missing": [], "mend": [], "foreign": [], "kept": []}
    for day in dates.days(start, end):
        found[_verdict(stock, f"{day:%Y%m%d}", scale)].append(day)
    del found["kept"]
    return Survey(**{verdict: tuple(days) for verdict, days in found.items()})


def _verdict(stock: Stock, day: str, scale: int) -> str:
    held = [stock.held[table].get(day, 0) for table in DAY_OF]
    if day not in stock.made:
        return "foreign" if any(held) else "missing"
    made = stock.made[day]
    if made[:3] != (scale, SEED, RECIPE):
        return "foreign"
    # More rows than seed made are somebody's own, and stay; -1 stands for all rows of a snapshot.
    gone = any(number not in (-1,) and number < wanted for number, wanted in zip(held, made[3:], strict=True))
    return "mend" if gone else "kept"


def count(session: Session, stock: Stock, table: str) -> int:
    """The rows of a table: those of a snapshot as seed wrote them, except on days that it never wrote."""
    held = stock.held[table]
    if table not in SNAPSHOTS:
        return sum(held.values())
    place = 3 + list(DAY_OF).index(table)
    ours = sum(made[place] for day, made in stock.made.items() if day in held)
    others = [day for day in held if day not in stock.made]
    return ours + sum(_count_day(session, table, day) for day in others)


def _count_day(session: Session, table: str, day: str) -> int:
    return int(session.query(f"SELECT COUNT(*) FROM {table} WHERE base_dt = %s", (day,))[0][0])


def rows_of(session: Session, sql: str, args: Sequence[object] | None = None) -> Iterable[Row]:
    """The rows of a query, none where its table is not there yet."""
    try:
        return session.query(sql, args)
    except MlopsctlError as e:
        if e.code != NO_TABLE:
            raise
        return []
