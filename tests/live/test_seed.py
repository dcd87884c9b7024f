"""Exam data on the real server: what is there, what is written again, what a kill leaves, what the figures are."""

import hashlib
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from mlopsctl.adapters.files import locked
from mlopsctl.paths import Home
from tests.live.conftest import LivePlatform, environment

pytestmark = pytest.mark.live

TABLES = {
    "mlops.cust_info": "base_dt",
    "mlops.family_info": "base_dt",
    "mlops.loan_applicant_info": "applicant_date",
    "mlops.loan_default_account": "registration_date",
}
CUSTOMERS = 1640
COURSE = ("--from", "2023-06-01", "--to", "2025-12-31")
# The rows of 2023-11, as any machine and any server makes them.
NOVEMBER = "346510ce536fd182d1bfe67e040c4667b5b431f1d46ebf29aaa8a63cf6350a16"


def rows_of(platform: LivePlatform, day: str) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a day, as YYYYMMDD, or of a month, as YYYYMM."""
    return {
        table: platform.features.query(f"SELECT * FROM {table} WHERE {column} LIKE %s ORDER BY 1, 2, 3", (f"{day}%",))
        for table, column in TABLES.items()
    }


def counts(platform: LivePlatform) -> dict[str, dict[str, int]]:
    """By table and day of the range that is killed the number of rows, all seen at one instant."""
    with platform.features.session() as session:
        session.run("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        sql = "SELECT {1}, COUNT(*) FROM {0} WHERE {1} BETWEEN '20240301' AND '20250331' GROUP BY {1}"
        return {table: dict(session.query(sql.format(table, column))) for table, column in TABLES.items()}


def forget(platform: LivePlatform, first: str, last: str) -> None:
    """Take the rows of days away behind seed's back."""
    for table, column in TABLES.items():
        platform.features.run(f"DELETE FROM {table} WHERE {column} BETWEEN %s AND %s", (first, last))


def test_status_has_exactly_the_contracts_keys(platform: LivePlatform) -> None:
    answer = platform.json("seed", "status", "--from", "2023-12", "--to", "2023-12")
    assert set(answer) == {"version", "command", "status", "data", "errors"}
    assert (answer["version"], answer["command"], answer["status"], answer["errors"]) == (1, "seed status", "ok", [])
    data = answer["data"]
    assert set(data) == {"from", "to", "days", "scale", "rows", "seconds"}
    assert (data["from"], data["to"], data["days"], data["scale"]) == ("2023-12-01", "2023-12-31", 31, 1)
    assert {table: len(rows) for table, rows in rows_of(platform, "202312").items()} == data["rows"]
    assert data["rows"]["mlops.cust_info"] == 31 * CUSTOMERS
    assert data["seconds"] < 0.5


def test_a_second_seed_changes_nothing(platform: LivePlatform) -> None:
    before = platform.features.query("CHECKSUM TABLE mlops.cust_info, mlops.loan_applicant_info, mlops_meta.seed_days")
    answer = platform.json("seed", "--from", "2023-10-01", "--to", "2024-01-31")
    assert answer["data"]["days"] == 123
    assert answer["data"]["seconds"] < 1
    after = platform.features.query("CHECKSUM TABLE mlops.cust_info, mlops.loan_applicant_info, mlops_meta.seed_days")
    assert after == before


def test_a_dry_run_writes_nothing(platform: LivePlatform) -> None:
    result = platform.mlopsctl("seed", "--from", "2026-03-01", "--to", "2026-03-02", "--dry-run", "--json")
    assert (result.code, result.json["status"], result.json["data"]["days"]) == (0, "planned", 0)
    assert "add 2 days (2026-03-01 … 2026-03-02), at scale 1" in result.err
    assert not any(rows_of(platform, "202603").values())


def test_the_rows_are_the_same_on_every_machine(platform: LivePlatform) -> None:
    november = repr(sorted(rows_of(platform, "202311").items()))
    assert hashlib.sha256(november.encode()).hexdigest() == NOVEMBER


def test_the_rows_of_a_day_do_not_depend_on_the_range(platform: LivePlatform) -> None:
    assert platform.json("seed", "--from", "2024-02-10", "--to", "2024-02-12")["data"]["days"] == 3
    alone = rows_of(platform, "20240212")
    assert [len(alone["mlops.cust_info"]), len(alone["mlops.loan_applicant_info"]) > 0] == [CUSTOMERS, True]
    forget(platform, "20240212", "20240212")
    result = platform.mlopsctl("seed", "--from", "2024-02", "--to", "2024-02", "--json")
    assert (result.code, result.json["data"]["days"]) == (0, 29)
    assert "27 days written" in result.err  # 26 were missing, one is mended, two were complete
    assert rows_of(platform, "20240212") == alone


def test_rows_of_somebody_else_are_replaced_only_when_asked(platform: LivePlatform) -> None:
    platform.features.run("INSERT INTO mlops.cust_info (base_dt, cust_id) VALUES ('20260501', 'mine')")
    words = ("seed", "--from", "2026-05-01", "--to", "2026-05-02")
    refused = platform.mlopsctl(*words)
    assert refused.code == 1
    assert "Replace 1 day with rows of another scale, or not from seed?" in refused.err
    assert [row[1] for row in rows_of(platform, "202605")["mlops.cust_info"]] == ["mine"]
    assert platform.mlopsctl(*words, "--yes").code == 0
    assert len(rows_of(platform, "202605")["mlops.cust_info"]) == 2 * CUSTOMERS
    assert platform.json(*words, "--scale", "2", "--yes")["data"]["rows"]["mlops.cust_info"] == 4 * CUSTOMERS


def test_a_table_that_somebody_altered_is_named_and_left_alone(platform: LivePlatform) -> None:
    change = "ALTER TABLE mlops.ineligible_loan_model_result CHANGE {} {} int DEFAULT NULL"
    platform.features.run(change.format("predict", "guess"))
    try:
        result = platform.mlopsctl("seed", "--from", "2026-06-01", "--to", "2026-06-01")
    finally:
        platform.features.run(change.format("guess", "predict"))
    assert result.code == 1
    assert "mlops.ineligible_loan_model_result.predict is missing instead of int" in result.err
    assert not any(rows_of(platform, "202606").values())


def test_the_second_of_two_seeds_says_who_holds_the_lock(platform: LivePlatform) -> None:
    with locked(Home(platform.home).lock, "seed"):
        result = platform.mlopsctl("seed", "--from", "2026-06-01", "--to", "2026-06-01")
    assert result.code == 1
    assert "mlopsctl seed (process " in result.err


@pytest.fixture
def spring(platform: LivePlatform) -> Iterator[tuple[str, ...]]:
    """A range that no other test writes, empty before and after."""
    yield ("seed", "--from", "2024-03-01", "--to", "2025-03-31")
    forget(platform, "20240301", "20250331")
    platform.features.run("DELETE FROM mlops_meta.seed_days WHERE base_dt BETWEEN '20240301' AND '20250331'")


def test_a_kill_never_leaves_half_a_day_and_the_same_command_continues(
    platform: LivePlatform, spring: tuple[str, ...]
) -> None:
    for delay in (0.3, 0.5, 0.7, 0.9):
        with subprocess.Popen(platform.command(*spring), env=environment(), stderr=subprocess.DEVNULL) as seeding:
            time.sleep(delay)
            seen = counts(platform)  # while it is at work, too
            seeding.send_signal(signal.SIGKILL)
        assert set(seen["mlops.cust_info"].values()) <= {CUSTOMERS}
        assert set(seen["mlops.cust_info"]) == set(seen["mlops.family_info"])
        assert set(seen["mlops.cust_info"]) == set(seen["mlops.loan_applicant_info"])
    assert platform.json(*spring)["data"]["days"] == 396
    made = platform.features.query(
        "SELECT base_dt, loan_applicant_info FROM mlops_meta.seed_days WHERE base_dt BETWEEN '20240301' AND '20250331'"
    )
    there = counts(platform)["mlops.loan_applicant_info"]
    assert {day: there[day] for day, _ in made} == dict(made)
    assert len(made) == 396
    assert "days written" not in platform.mlopsctl(*spring).err


def test_a_server_that_is_down_is_a_sentence(platform: LivePlatform) -> None:
    assert platform.mlopsctl("stop", "mariadb").code == 0
    try:
        result = platform.mlopsctl("seed")
        assert result.code == 1
        assert "MariaDB cannot be reached at " in result.err
        assert f"hint: mlopsctl --home {platform.home} start mariadb" in result.err
    finally:
        assert platform.mlopsctl("start", "mariadb").code == 0


def figures(platform: LivePlatform, columns: str) -> tuple[Any, ...]:
    """Of the default range, with the defaults that are known on its last day."""
    sql = (
        f"SELECT {columns} FROM mlops.loan_applicant_info a LEFT JOIN mlops.loan_default_account d "
        "ON d.loan_account_id = a.loan_account_id AND d.registration_date <= '20251231' "
        "WHERE applicant_date BETWEEN '20230601' AND '20251231'"
    )
    return tuple(float(value) for value in platform.features.query(sql)[0])


def test_the_statistics_are_those_of_the_public_loan_data(platform: LivePlatform) -> None:
    assert platform.json("seed", *COURSE)["data"]["days"] == 945
    late = "d.loan_account_id IS NOT NULL"
    near = pytest.approx
    area = figures(platform, ", ".join(f"AVG(property_area = '{a}')" for a in ("Semiurban", "Urban", "Rural")))
    assert area == (near(0.36, abs=0.02), near(0.35, abs=0.02), near(0.29, abs=0.02))
    rates = figures(
        platform,
        f"AVG({late}), AVG(IF(credit_history = 0, {late}, NULL)), AVG(IF(credit_history = 1, {late}, NULL)), "
        + ", ".join(f"AVG(IF(property_area = '{a}', {late}, NULL))" for a in ("Rural", "Urban", "Semiurban")),
    )
    assert rates == (
        near(0.215, abs=0.015), near(0.575, abs=0.04), near(0.107, abs=0.02),
        near(0.274, abs=0.03), near(0.204, abs=0.03), near(0.179, abs=0.03),
    )  # fmt: skip
    shares = figures(
        platform,
        "AVG(credit_history), AVG(loan_amount_term <=> 360), AVG(loan_amount_term <=> 180), "
        "AVG(loan_amount_term IS NULL), AVG(loan_amount IS NULL), AVG(coapplicant_income = 0), COUNT(*) / 945",
    )
    assert shares == (
        near(0.77, abs=0.02), near(0.83, abs=0.02), near(0.07, abs=0.01), near(0.023, abs=0.01),
        near(0.028, abs=0.01), near(0.45, abs=0.02), near(5.0, abs=0.15),
    )  # fmt: skip


def test_applicants_a_day_are_from_1_to_15_and_families_as_published(platform: LivePlatform) -> None:
    a_day = platform.features.query(
        "SELECT COUNT(*) FROM mlops.loan_applicant_info WHERE applicant_date BETWEEN '20230601' AND '20251231' "
        "GROUP BY applicant_date"
    )
    assert len(a_day) == 945
    assert 1 <= min(a_day)[0] <= max(a_day)[0] <= 15
    families = platform.features.query(
        "SELECT n, COUNT(*) / 1640 FROM (SELECT LEAST(3, COUNT(f.cust_id)) n FROM mlops.cust_info c "
        "LEFT JOIN mlops.family_info f USING (base_dt, cust_id) WHERE base_dt = '20231231' GROUP BY c.cust_id) x "
        "GROUP BY n ORDER BY n"
    )
    assert [float(share) for _, share in families] == [
        pytest.approx(0.58, abs=0.02), pytest.approx(0.17, abs=0.02), pytest.approx(0.16, abs=0.02),
        pytest.approx(0.09, abs=0.02),
    ]  # fmt: skip
