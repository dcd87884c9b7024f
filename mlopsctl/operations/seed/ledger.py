"""The ledger of seed: which days it has written, with which profile, and how many rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from mlopsctl.adapters.mariadb.client import NO_TABLE, Row, Session
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.seed.profile import Profile

FIRST_DAY, LAST_DAY = date(2023, 6, 1), date(2099, 12, 31)  # seed_sql counts days from the first
REFERENCE_FIRST, REFERENCE_LAST = FIRST_DAY, date(2023, 11, 30)  # models are trained on it and data compared with it
SQL_VERSION = 2  # to be increased when seed_sql generates other rows; the column `recipe` of the ledger
LEDGER, FAULTS = "mlops_meta.seed_days", "mlops_meta.seed_faults"
# The generated tables, and the column of each that holds the day of a row.
DAY_COLUMN = {
    "mlops.cust_info": "base_dt",
    "mlops.family_info": "base_dt",
    "mlops.loan_applicant_info": "applicant_date",
    "mlops.loan_default_account": "registration_date",
}
SNAPSHOTS = ("mlops.cust_info", "mlops.family_info")


@dataclass(frozen=True)
class LedgerEntry:
    """A day as seed wrote it. `rows`: the number of rows per table, in the order of DAY_COLUMN."""

    profile: Profile
    sql_version: int
    rows: tuple[int, ...]


def in_reference_period(day: date) -> bool:
    return REFERENCE_FIRST <= day <= REFERENCE_LAST


def parse_day(text: str) -> date:
    """The date of YYYYMMDD."""
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def bounds(start: date, end: date) -> tuple[str, str]:
    return f"{start:%Y%m%d}", f"{end:%Y%m%d}"


def read_ledger(session: Session, start: date, end: date) -> dict[date, LedgerEntry]:
    """The entries of a range, in order."""
    sql = (
        "SELECT base_dt, seed, scale, drift, dirt, recipe, cust_info, family_info, loan_applicant_info, "
        f"loan_default_account FROM {LEDGER} WHERE base_dt BETWEEN %s AND %s ORDER BY base_dt"
    )
    return {
        parse_day(day): LedgerEntry(
            Profile(seed, scale, parse_day(drift) if drift else None, dirt), version, tuple(rows)
        )
        for day, seed, scale, drift, dirt, version, *rows in rows_of(session, sql, bounds(start, end))
    }


def seeded_range(session: Session) -> tuple[date, date] | None:
    """The first and the last day that seed has written."""
    sql = f"SELECT MIN(base_dt), MAX(base_dt) FROM {LEDGER} HAVING MIN(base_dt) IS NOT NULL"
    found = list(rows_of(session, sql))
    return (parse_day(found[0][0]), parse_day(found[0][1])) if found else None


def rows_of(session: Session, sql: str, args: Sequence[object] | None = None) -> Iterable[Row]:
    """The result of a query; empty if its table does not exist yet."""
    try:
        return session.query(sql, args)
    except MlopsctlError as e:
        if e.code != NO_TABLE:
            raise
        return []
