"""Checksums are the same on every machine, and find rows that differ."""

from collections.abc import Iterator
from datetime import date

import pytest

from mlopsctl.operations.seed.verify import MonthCheck, verify
from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

# Rows and checksum of each table: the same on every machine and server, and in every order of days.
OCTOBER = {
    "cust_info": (50840, "00006380b80ace19"),
    "family_info": (41447, "0000510e351f8468"),
    "loan_applicant_info": (163, "000000519e2bac43"),
    "loan_default_account": (39, "000000136d44688b"),
    "seed_faults": (0, "0000000000000000"),
}
DECEMBER = {
    "cust_info": (50840, "00006377bc6f8587"),
    "family_info": (41336, "0000511e7d417534"),
    "loan_applicant_info": (154, "0000004b20fdec36"),
    "loan_default_account": (49, "0000001871039467"),
    "seed_faults": (0, "0000000000000000"),
}
# 2031-02 with seed 42, scale 2, a drift from the 10th, and 5 % dirt.
OTHER = {
    "cust_info": (91840, "0000b329ae0e7e84"),
    "family_info": (76870, "000096014fa28cbc"),
    "loan_applicant_info": (260, "0000007cbcaad2ca"),
    "loan_default_account": (59, "0000001ce8798cb0"),
    "seed_faults": (11, "00000005b3430821"),
}


def found(platform: LivePlatform, first: date, last: date) -> list[MonthCheck]:
    return list(verify(platform.features, first, last))


def sums(checks: list[MonthCheck]) -> dict[str, tuple[int, str]]:
    assert not [check for check in checks if check.differ or check.missing]
    return {check.table.split(".")[1]: (check.rows, check.checksum) for check in checks}


def test_the_rows_are_the_same_on_every_machine(platform: LivePlatform) -> None:
    assert sums(found(platform, date(2023, 10, 1), date(2023, 10, 31))) == OCTOBER
    assert sums(found(platform, date(2023, 12, 1), date(2023, 12, 31))) == DECEMBER


def test_drift_and_dirt_are_the_same_on_every_machine(platform: LivePlatform) -> None:
    february = ("--from", "2031-02", "--to", "2031-02")
    platform.json("seed", *february, "--seed", "42", "--scale", "2", "--drift", "2031-02-10", "--dirt", "0.05")
    try:
        assert sums(found(platform, date(2031, 2, 1), date(2031, 2, 28))) == OTHER
    finally:
        assert platform.mlopsctl("seed", "reset", *february, "--yes").code == 0


@pytest.fixture
def june(platform: LivePlatform) -> Iterator[None]:
    """A month that no other test writes."""
    range_ = ("--from", "2028-06", "--to", "2028-06")
    platform.json("seed", *range_)
    yield
    assert platform.mlopsctl("seed", "reset", *range_, "--yes").code == 0


@pytest.mark.usefixtures("june")
def test_days_that_differ_or_are_missing_are_named(platform: LivePlatform) -> None:
    for statement in (
        "DELETE FROM mlops.cust_info WHERE base_dt = '20280603' AND cust_id = 'C000000007'",
        "UPDATE mlops.cust_info SET gender = NULL WHERE base_dt = '20280604' AND cust_id = 'C000000007'",
        "UPDATE mlops.cust_info SET married = '' WHERE base_dt = '20280605' AND cust_id = 'C000000007'",
        "INSERT INTO mlops.cust_info (base_dt, cust_id) VALUES ('20280606', 'mine')",
        "DELETE FROM mlops.cust_info WHERE base_dt = '20280607'",
        "UPDATE mlops.loan_applicant_info SET loan_amount = NULL WHERE applicant_date = '20280608'",
        "INSERT INTO mlops.loan_default_account VALUES ('mine', '20280609', '090000', 'Yes')",
        "INSERT INTO mlops_meta.seed_faults VALUES ('20280610', 'mlops.x', '', '', 'mine', '', NULL)",
    ):
        assert platform.features.run(statement)
    checks = {check.table: check for check in found(platform, date(2028, 6, 1), date(2028, 7, 2))[:5]}
    assert {table.split(".")[1]: [day.day for day in check.differ] for table, check in checks.items()} == {
        "cust_info": [3, 4, 5, 6],
        "family_info": [],
        "loan_applicant_info": [8],
        "loan_default_account": [9],
        "seed_faults": [10],
    }
    assert [day.day for day in checks["mlops.cust_info"].missing] == [7]
    july = found(platform, date(2028, 7, 1), date(2028, 7, 2))
    assert [check.missing for check in july] == [(date(2028, 7, 1), date(2028, 7, 2))] * 5
    again = platform.mlopsctl("seed", "verify", "--from", "2028-06", "--to", "2028-06")
    assert again.code == 1


@pytest.mark.usefixtures("june")
def test_a_checksum_does_not_depend_on_the_order_of_writing(platform: LivePlatform) -> None:
    before = sums(found(platform, date(2028, 6, 1), date(2028, 6, 30)))
    for day in ("2028-06-20", "2028-06-10"):
        platform.json("seed", "reset", "--from", day, "--to", day, "--yes")
    for day in ("2028-06-20", "2028-06-10"):
        platform.json("seed", "--from", day, "--to", day)
    assert sums(found(platform, date(2028, 6, 1), date(2028, 6, 30))) == before
