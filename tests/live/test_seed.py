"""Exam data on a real server: which days are added, repaired, replaced, kept and deleted."""

from collections.abc import Iterator

import pytest

from mlopsctl.adapters.files import locked
from mlopsctl.core.paths import Home
from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

TABLES = {
    "mlops.cust_info": "base_dt",
    "mlops.family_info": "base_dt",
    "mlops.loan_applicant_info": "applicant_date",
    "mlops.loan_default_account": "registration_date",
}
CUSTOMERS = 1640


def rows_of(platform: LivePlatform, day: str) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a day, as YYYYMMDD, or of a month, as YYYYMM."""
    return {
        table: platform.features.query(f"SELECT * FROM {table} WHERE {column} LIKE %s ORDER BY 1, 2, 3", (f"{day}%",))
        for table, column in TABLES.items()
    }


def delete_rows(platform: LivePlatform, first: str, last: str) -> None:
    """Delete rows without changing the ledger."""
    for table, column in TABLES.items():
        platform.features.run(f"DELETE FROM {table} WHERE {column} BETWEEN %s AND %s", (first, last))


@pytest.fixture
def may(platform: LivePlatform) -> Iterator[tuple[str, ...]]:
    """Two days that no other test writes. Deleted afterwards, because new days continue the profile of the last one."""
    range_ = ("--from", "2026-05-01", "--to", "2026-05-02")
    yield range_
    assert platform.mlopsctl("seed", "reset", *range_, "--yes").code == 0


def test_the_json_of_status(platform: LivePlatform) -> None:
    answer = platform.json("seed", "status", "--from", "2023-12", "--to", "2023-12")
    assert set(answer) == {"version", "command", "status", "data", "errors"}
    assert (answer["version"], answer["command"], answer["status"], answer["errors"]) == (1, "seed status", "ok", [])
    data = answer["data"]
    assert {"from", "to", "days", "scale", "rows", "seconds"} <= set(data)
    assert (data["from"], data["to"], data["days"], data["scale"]) == ("2023-12-01", "2023-12-31", 31, 1)
    assert {table: len(rows) for table, rows in rows_of(platform, "202312").items()} == data["rows"]
    assert data["rows"]["mlops.cust_info"] == 31 * CUSTOMERS


def test_a_second_seed_changes_nothing(platform: LivePlatform) -> None:
    before = platform.features.query("CHECKSUM TABLE mlops.cust_info, mlops.loan_applicant_info, mlops_meta.seed_days")
    answer = platform.json("seed", "--from", "2023-10-01", "--to", "2024-01-31")
    assert answer["data"]["days"] == 123
    after = platform.features.query("CHECKSUM TABLE mlops.cust_info, mlops.loan_applicant_info, mlops_meta.seed_days")
    assert after == before


def test_a_dry_run_writes_nothing(platform: LivePlatform) -> None:
    result = platform.mlopsctl("seed", "--from", "2026-03-01", "--to", "2026-03-02", "--dry-run", "--json")
    assert (result.code, result.json["status"], result.json["data"]["days"]) == (0, "planned", 0)
    assert "add 2 days (2026-03-01 … 2026-03-02), at scale 1" in result.err
    assert not any(rows_of(platform, "202603").values())


def test_the_rows_of_a_day_do_not_depend_on_the_range(platform: LivePlatform) -> None:
    assert platform.mlopsctl("seed", "reset", "--from", "2024-02", "--to", "2024-02", "--yes").code == 0
    assert platform.json("seed", "--from", "2024-02-10", "--to", "2024-02-12")["data"]["days"] == 3
    alone = rows_of(platform, "20240212")
    assert [len(alone["mlops.cust_info"]), len(alone["mlops.loan_applicant_info"]) > 0] == [CUSTOMERS, True]
    delete_rows(platform, "20240212", "20240212")
    result = platform.mlopsctl("seed", "--from", "2024-02", "--to", "2024-02", "--json")
    assert (result.code, result.json["data"]["days"]) == (0, 29)
    assert "27 days written" in result.err  # 26 were missing, one is repaired, two were complete
    assert rows_of(platform, "20240212") == alone


def test_rows_that_are_not_from_seed_are_replaced_only_on_request(platform: LivePlatform, may: tuple[str, ...]) -> None:
    platform.features.run("INSERT INTO mlops.cust_info (base_dt, cust_id) VALUES ('20260501', 'mine')")
    left = platform.mlopsctl("seed", *may)
    assert left.code == 0  # one such day must not make a daily command fail
    assert "2026-05-01" in left.err and "seed --again --from 2026-05-01 --to 2026-05-01" in left.err
    assert [row[1] for row in rows_of(platform, "20260501")["mlops.cust_info"]] == ["mine"]
    assert len(rows_of(platform, "20260502")["mlops.cust_info"]) == CUSTOMERS
    refused = platform.mlopsctl("seed", "--again", *may)
    assert refused.code == 1
    assert "Replace the rows of 2 days (2026-05-01 … 2026-05-02)?" in refused.err
    assert platform.mlopsctl("seed", "--again", *may, "--yes").code == 0
    assert len(rows_of(platform, "202605")["mlops.cust_info"]) == 2 * CUSTOMERS
    assert platform.json("seed", *may, "--scale", "2", "--yes")["data"]["rows"]["mlops.cust_info"] == 4 * CUSTOMERS


def test_reset_deletes_only_seeded_days(platform: LivePlatform, may: tuple[str, ...]) -> None:
    platform.features.run("INSERT INTO mlops.cust_info (base_dt, cust_id) VALUES ('20260503', 'mine')")
    try:
        assert platform.mlopsctl("seed", *may).code == 0
        refused = platform.mlopsctl("seed", "reset", *may)
        assert refused.code == 1
        assert "Delete 2 days of exam data (2026-05-01 … 2026-05-02)?" in refused.err
        december = rows_of(platform, "202312")
        assert platform.mlopsctl("seed", "reset", "--from", "2026-05-01", "--yes").code == 0
        assert rows_of(platform, "202605")["mlops.cust_info"] == [("20260503", "mine", None, None, None, None)]
        assert rows_of(platform, "202312") == december
    finally:
        delete_rows(platform, "20260503", "20260503")


def test_a_table_with_other_columns_is_an_error_and_is_not_changed(platform: LivePlatform) -> None:
    change = "ALTER TABLE mlops.ineligible_loan_model_result CHANGE {} {} int DEFAULT NULL"
    platform.features.run(change.format("predict", "guess"))
    try:
        result = platform.mlopsctl("seed", "--from", "2026-06-01", "--to", "2026-06-01")
    finally:
        platform.features.run(change.format("guess", "predict"))
    assert result.code == 1
    assert "mlops.ineligible_loan_model_result.predict is missing instead of int" in result.err
    assert not any(rows_of(platform, "202606").values())


def test_a_second_seed_names_the_process_that_holds_the_lock(platform: LivePlatform) -> None:
    with locked(Home(platform.home).lock, "seed"):
        result = platform.mlopsctl("seed", "--from", "2026-06-01", "--to", "2026-06-01")
    assert result.code == 1
    assert "mlopsctl seed (process " in result.err


def test_a_server_that_is_down(platform: LivePlatform) -> None:
    assert platform.mlopsctl("stop", "mariadb").code == 0
    try:
        result = platform.mlopsctl("seed", "--json")
        assert result.code == 1
        (error,) = result.json["errors"]
        assert (error["code"], error["hint_command"]) == ("unreachable", ["start", "mariadb"])
    finally:
        assert platform.mlopsctl("start", "mariadb").code == 0
