"""Counting rows by date. Real tables are in tests/live/test_coverage.py."""

from datetime import date, datetime

from mlopsctl.core.settings import Settings, parse
from mlopsctl.operations import coverage
from mlopsctl.operations.coverage import Coverage


def test_dates_without_rows_are_missing() -> None:
    rows = {date(2024, 1, 1): 0, date(2024, 1, 2): 3, date(2024, 1, 3): 0}
    assert Coverage("t", "c", date(2024, 1, 1), date(2024, 1, 3), rows).missing == (date(2024, 1, 1), date(2024, 1, 3))


def test_until_and_last() -> None:
    first, second, third = (date(2024, 1, n) for n in (1, 2, 3))
    whole = Coverage("t", "c", first, third, {first: 0, second: 3, third: 0})
    assert whole.last == second
    assert whole.until(second) == Coverage("t", "c", first, second, {first: 0, second: 3})
    assert whole.until(date(2024, 2, 1)) == whole
    assert whole.until(first).last is None


def test_no_output_table_error_has_the_command_that_configures_one() -> None:
    mine = Settings(fills=("mine=warehouse.runs.day",))
    error = coverage.no_output_table(mine, "slow_manual")
    assert "slow_manual" in error.message
    assert error.hint.text() == "mlopsctl config set fills mine=warehouse.runs.day,slow_manual=mlops.TABLE.base_dt"
    assert Settings(fills=parse("fills", error.hint.text().split()[-1])).output_table("slow_manual") == (
        "mlops.TABLE",
        "base_dt",
    )


def test_rows_are_summed_by_date_in_any_format() -> None:
    found = [
        ("20240131", 2),
        ("2024-01-31", 1),
        (date(2024, 2, 1), 3),
        (datetime(2024, 2, 1, 5), 1),
        ("", 4),
        (None, 5),
    ]
    assert coverage._by_day(found) == ({date(2024, 1, 31): 3, date(2024, 2, 1): 4}, 9)


def test_backticks_in_names_are_escaped() -> None:
    assert coverage._quote("a`b") == "`a``b`"
