"""Which table and column are meant, and what counts as a day. That the rows are right is shown by tests/live."""

from datetime import date, datetime

import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.core.settings import Settings, parse
from mlopsctl.operations import coverage
from mlopsctl.operations.coverage import Coverage

TABLES = ("mlops.cust_info", "mlops_meta.seed_days", "warehouse.runs", "recipe.runs")


def test_what_has_no_row_is_missing() -> None:
    rows = {date(2024, 1, 1): 0, date(2024, 1, 2): 3, date(2024, 1, 3): 0}
    assert Coverage("t", "c", date(2024, 1, 1), date(2024, 1, 3), rows).missing == (date(2024, 1, 1), date(2024, 1, 3))


def test_it_may_be_cut_and_tells_its_last_day_with_rows() -> None:
    first, second, third = (date(2024, 1, n) for n in (1, 2, 3))
    whole = Coverage("t", "c", first, third, {first: 0, second: 3, third: 0})
    assert whole.last == second
    assert whole.until(second) == Coverage("t", "c", first, second, {first: 0, second: 3})
    assert whole.until(date(2024, 2, 1)) == whole
    assert whole.until(first).last is None


@pytest.mark.parametrize(
    ("said", "name"),
    [("mlops.cust_info", "mlops.cust_info"), ("seed_days", "mlops_meta.seed_days"), ("runs", "recipe.runs")],
)
def test_a_table_is_found_with_and_without_its_database(said: str, name: str) -> None:
    assert coverage._find(said, TABLES) == name


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("cust_inf", "mlopsctl coverage mlops.cust_info"),
        ("mlops.seed_days", "mlopsctl coverage mlops_meta.seed_days"),
        ("x; DROP TABLE y", "mlopsctl db shell features -- -e 'SHOW TABLES'"),
    ],
)
def test_a_table_that_is_not_there_names_the_nearest(said: str, hint: str) -> None:
    with pytest.raises(UsageError, match="the feature store has no table") as caught:
        coverage._find(said, TABLES)
    assert caught.value.hint.text() == hint


def test_a_dag_that_fills_a_table_which_nobody_has_named_comes_with_the_words_that_name_it() -> None:
    mine = Settings(fills=("mine=warehouse.runs.day",))
    error = coverage.no_output_table(mine, "slow_manual")
    assert error.message == "nobody has said which table slow_manual fills."
    assert error.hint.text() == "mlopsctl config set fills mine=warehouse.runs.day,slow_manual=mlops.TABLE.base_dt"
    assert Settings(fills=parse("fills", error.hint.text().split()[-1])).filled_by("slow_manual") == (
        "mlops.TABLE",
        "base_dt",
    )


@pytest.mark.parametrize(
    ("columns", "wanted", "found"),
    [
        ({"id": "int", "base_dt": "varchar", "made_date": "date"}, "", "base_dt"),
        ({"id": "varchar", "registration_date": "varchar"}, "", "registration_date"),
        ({"id": "varchar", "request_time": "timestamp"}, "", "request_time"),
        ({"base_dt": "varchar", "made": "datetime"}, "made", "made"),
    ],
)
def test_the_column_is_the_one_that_holds_a_day(columns: dict[str, str], wanted: str, found: str) -> None:
    assert coverage._column("t", columns, wanted) == found


@pytest.mark.parametrize(
    ("columns", "wanted", "hint"),
    [
        ({"id": "varchar", "n": "int"}, "", "mlopsctl coverage t --column id"),
        ({"base_dt": "varchar", "n": "int"}, "n", "mlopsctl coverage t --column base_dt"),
        ({"n": "int"}, "", "mlopsctl db shell features -- -e 'DESC t'"),
    ],
)
def test_without_such_a_column_another_is_proposed(columns: dict[str, str], wanted: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        coverage._column("t", columns, wanted)
    assert caught.value.hint.text() == hint


def test_rows_are_added_up_by_day_whatever_form_it_has() -> None:
    found = [
        ("20240131", 2),
        ("2024-01-31", 1),
        (date(2024, 2, 1), 3),
        (datetime(2024, 2, 1, 5), 1),
        ("", 4),
        (None, 5),
    ]
    assert coverage._by_day(found) == ({date(2024, 1, 31): 3, date(2024, 2, 1): 4}, 9)


def test_a_name_cannot_leave_its_quotes() -> None:
    assert coverage._quoted("a`b") == "`a``b`"
