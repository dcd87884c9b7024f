"""Which table and which column are used."""

import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.operations import feature_tables

TABLES = ("mlops.cust_info", "mlops_meta.seed_days", "warehouse.runs", "recipe.runs")


@pytest.mark.parametrize(
    ("given", "name"),
    [("mlops.cust_info", "mlops.cust_info"), ("seed_days", "mlops_meta.seed_days"), ("runs", "recipe.runs")],
)
def test_table_is_found_with_and_without_its_database(given: str, name: str) -> None:
    assert feature_tables.find_table(given, TABLES) == name


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("cust_inf", "mlopsctl coverage mlops.cust_info"),
        ("mlops.seed_days", "mlopsctl coverage mlops_meta.seed_days"),
        ("x; DROP TABLE y", "mlopsctl db shell features -- -e 'SHOW TABLES'"),
    ],
)
def test_unknown_table_suggests_the_nearest(given: str, hint: str) -> None:
    with pytest.raises(UsageError, match="the feature store has no table") as caught:
        feature_tables.find_table(given, TABLES)
    assert caught.value.hint.text() == hint


@pytest.mark.parametrize(
    ("columns", "wanted", "found"),
    [
        ({"id": "int", "base_dt": "varchar", "made_date": "date"}, "", "base_dt"),
        ({"id": "varchar", "registration_date": "varchar"}, "", "registration_date"),
        ({"id": "varchar", "request_time": "timestamp"}, "", "request_time"),
        ({"base_dt": "varchar", "made": "datetime"}, "made", "made"),
    ],
)
def test_day_column(columns: dict[str, str], wanted: str, found: str) -> None:
    assert feature_tables.day_column("t", columns, wanted) == found


@pytest.mark.parametrize(
    ("columns", "wanted", "hint"),
    [
        ({"id": "varchar", "n": "int"}, "", "mlopsctl coverage t --column id"),
        ({"base_dt": "varchar", "n": "int"}, "n", "mlopsctl coverage t --column base_dt"),
        ({"n": "int"}, "", "mlopsctl db shell features -- -e 'DESC t'"),
    ],
)
def test_missing_day_column_suggests_another(columns: dict[str, str], wanted: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        feature_tables.day_column("t", columns, wanted)
    assert caught.value.hint.text() == hint
