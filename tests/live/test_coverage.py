"""Rows by date in real tables."""

from collections.abc import Iterator

import pytest

from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live


@pytest.fixture
def table(platform: LivePlatform) -> Iterator[str]:
    """A table of the user's own, with two missing dates."""
    platform.features.run(
        "CREATE OR REPLACE TABLE mlops.live_coverage (made_date date, made_time datetime, day varchar(8))"
    )
    platform.features.run(
        "INSERT INTO mlops.live_coverage VALUES ('2024-02-28', '2024-02-28 23:00:00', '20240228'), "
        "('2024-02-28', '2024-02-29 01:00:00', 'none'), ('2024-03-02', '2024-02-28 00:00:00', NULL)"
    )
    yield "live_coverage"
    platform.features.run("DROP TABLE mlops.live_coverage")


def test_documented_keys_and_every_date(platform: LivePlatform, table: str) -> None:
    answer = platform.json("coverage", table)
    assert (answer["command"], answer["status"], answer["errors"]) == ("coverage", "ok", [])
    assert answer["data"] == {
        "table": "mlops.live_coverage",
        "column": "made_date",
        "from": "2024-02-28",
        "to": "2024-03-02",
        "dates": [
            {"date": "2024-02-28", "rows": 2},
            {"date": "2024-02-29", "rows": 0},
            {"date": "2024-03-01", "rows": 0},
            {"date": "2024-03-02", "rows": 1},
        ],
        "missing": ["2024-02-29", "2024-03-01"],
    }


def test_column_and_range(platform: LivePlatform, table: str) -> None:
    instants = platform.json("coverage", table, "--column", "made_time")["data"]
    assert [day["rows"] for day in instants["dates"]] == [2, 1]
    text = platform.json("coverage", table, "--column", "day", "--from", "2024-02-27", "--to", "2024-02-28")["data"]
    assert text["dates"] == [{"date": "2024-02-27", "rows": 0}, {"date": "2024-02-28", "rows": 1}]
    assert platform.mlopsctl("coverage", table, "--column", "day").out.endswith(
        "not counted: 2 rows without a valid date in day\n"
    )


def test_deleted_day_of_a_snapshot_is_missing(platform: LivePlatform) -> None:
    words = ("coverage", "cust_info", "--from", "2023-11-01", "--to", "2023-11-03")
    before = platform.json(*words)["data"]
    counted = platform.features.query(
        "SELECT COUNT(*) FROM mlops.cust_info WHERE base_dt BETWEEN '20231101' AND '20231103' GROUP BY base_dt"
    )
    assert [day["rows"] for day in before["dates"]] == [row[0] for row in counted]
    day = platform.features.query("SELECT * FROM mlops.cust_info WHERE base_dt = '20231102'")
    platform.features.run("DELETE FROM mlops.cust_info WHERE base_dt = '20231102'")
    after = platform.json(*words)["data"]
    with platform.features.session() as session, session.transaction():
        for row in day:
            session.run("INSERT INTO mlops.cust_info VALUES (%s, %s, %s, %s, %s, %s)", row)
    assert (after["table"], after["column"], after["missing"]) == ("mlops.cust_info", "base_dt", ["2023-11-02"])


def test_unknown_table_and_empty_table_are_errors(platform: LivePlatform, table: str) -> None:
    wrong = platform.mlopsctl("coverage", "live_coverag")
    assert wrong.code == 2
    assert wrong.err.endswith(
        "error: the feature store has no table 'live_coverag'.\n"
        f"hint: mlopsctl --home {platform.home} coverage mlops.live_coverage\n"
    )
    platform.features.run(f"DELETE FROM mlops.{table}")
    empty = platform.mlopsctl("coverage", table)
    assert empty.code == 1
    assert empty.err.startswith("error: mlops.live_coverage has no row with a date in made_date.\n")
