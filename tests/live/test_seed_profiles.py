"""Days with another seed or scale, with drift and with dirt; days around them are not changed."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from mlopsctl.operations.seed import report
from mlopsctl.operations.seed.profile import DEFAULT_SEED, Profile
from mlopsctl.operations.seed.verify import verify
from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

APRIL = ("--from", "2027-04-01", "--to", "2027-04-30")


def empty(platform: LivePlatform) -> None:
    assert platform.mlopsctl("seed", "reset", "--from", "2027-01-01", "--yes").code == 0


@pytest.fixture(scope="module", autouse=True)
def empty_before(platform: LivePlatform) -> None:
    """Tests of other files leave days in this year."""
    empty(platform)


@pytest.fixture(autouse=True)
def empty_again(platform: LivePlatform) -> Iterator[None]:
    """New days continue the profile of the last day: tests of other files would continue ours."""
    yield
    empty(platform)


def profiles(
    platform: LivePlatform, start: date = date(2027, 1, 1), end: date = date(2027, 12, 31)
) -> dict[Profile, int]:
    return {profile: len(days) for profile, days in report.read(platform.features, start, end).profiles.items()}


def query(platform: LivePlatform, sql: str) -> list[tuple[Any, ...]]:
    return list(platform.features.query(sql))


def differences(platform: LivePlatform) -> list[object]:
    found = verify(platform.features, date(2027, 4, 1), date(2027, 4, 30))
    return [check for check in found if check.differ or check.missing]


def test_new_days_continue_the_seed_of_existing_days(platform: LivePlatform) -> None:
    platform.json("seed", "--from", "2027-04-01", "--to", "2027-04-10", "--seed", "7", "--scale", "2")
    platform.json("seed", "--from", "2027-04-01", "--to", "2027-04-20")
    assert profiles(platform) == {Profile(seed=7, scale=2): 20}
    refused = platform.mlopsctl("seed", *APRIL, "--seed", "8")
    assert refused.code == 1
    assert "Replace the rows of 20 days (2027-04-01 … 2027-04-20)?" in refused.err
    assert profiles(platform) == {Profile(seed=7, scale=2): 20}
    platform.json("seed", *APRIL, "--seed", "8", "--scale", "1", "--yes")
    assert profiles(platform) == {Profile(seed=8): 30}
    platform.json("seed", "--from", "2027-04-05", "--to", "2027-04-05", "--seed", str(DEFAULT_SEED), "--yes")
    assert profiles(platform) == {Profile(seed=8): 29, Profile(): 1}
    assert not differences(platform)


def test_drift_changes_only_the_days_from_its_start(platform: LivePlatform) -> None:
    def incomes() -> dict[str, int]:
        sql = "SELECT applicant_id, applicant_income FROM mlops.loan_applicant_info WHERE applicant_date LIKE '202704%'"
        return dict(query(platform, sql))

    platform.json("seed", *APRIL)
    plain = incomes()
    refused = platform.mlopsctl("seed", *APRIL, "--drift", "2027-04-16")
    assert "Replace the rows of 15 days (2027-04-16 … 2027-04-30)?" in refused.err
    platform.json("seed", *APRIL, "--drift", "2027-04-16", "--yes")
    assert profiles(platform) == {Profile(): 15, Profile(drift=date(2027, 4, 16)): 15}
    assert incomes() == {id_: income * 9 // 10 if id_ >= "270416" else income for id_, income in plain.items()}
    late = platform.mlopsctl("seed", *APRIL, "--drift", "2027-05-01")
    assert late.code == 2
    assert "a drift from 2027-05-01 has no effect: the range ends on 2027-04-30." in late.err
    platform.json("seed", *APRIL, "--drift", "none", "--yes")
    assert incomes() == plain


def test_drift_multiplies_defaults_by_one_and_a_half(platform: LivePlatform) -> None:
    """Of the applications of June, until the last day of September."""

    def defaults() -> tuple[int, int]:
        sql = "SELECT COUNT(*) FROM mlops.{} WHERE loan_account_id LIKE '202706%'"
        return tuple(query(platform, sql.format(t))[0][0] for t in ("loan_default_account", "loan_applicant_info"))

    months = ("--from", "2027-06", "--to", "2027-09", "--scale", "3")
    platform.json("seed", *months)
    plain, applications = defaults()
    platform.json("seed", *months, "--drift", "2027-06-01", "--yes")
    drifted, same = defaults()
    assert same == applications > 400
    assert drifted / plain == pytest.approx(1.5, abs=0.15)  # a chance stays below 1


def test_every_error_is_recorded_with_the_correct_value(platform: LivePlatform) -> None:
    days = ("--from", "2027-04", "--to", "2027-04", "--scale", "3")
    rows = "SELECT applicant_id, {} FROM mlops.loan_applicant_info WHERE applicant_date LIKE '202704%'"
    columns = ("applicant_income", "credit_history", "property_area", "cust_id")
    as_text = rows.format(", ".join(f"CAST({column} AS CHAR)" for column in columns))
    platform.json("seed", *days)
    clean = {row[0]: row[1:] for row in query(platform, as_text)}
    platform.json("seed", *days, "--dirt", "0.1", "--yes")
    dirty = {row[0]: row[1:] for row in query(platform, as_text)}
    faults = query(platform, "SELECT row_key, column_name, fault, truth, found FROM mlops_meta.seed_faults")
    lost = query(platform, "SELECT base_dt, truth FROM mlops_meta.seed_faults WHERE fault = 'missing day'")
    assert {fault for _, _, fault, *_ in faults} == {
        "null", "unknown category", "negative income", "no customer", "missing day",
    }  # fmt: skip
    assert {id_ for id_ in clean if id_ not in dirty} == {
        id_ for id_ in clean for day, _ in lost if id_.startswith(day[2:])
    }
    assert sum(int(applications) for _, applications in lost) == len(clean) - len(dirty) > 0
    recorded = {(key, column): (truth, found) for key, column, _, truth, found in faults if key}
    seen = {
        (id_, column): (right, wrong)
        for id_ in dirty
        for column, right, wrong in zip(columns, clean[id_], dirty[id_], strict=True)
        if right != wrong
    }
    assert seen == recorded
    assert len(recorded) / len(dirty) == pytest.approx(0.1, abs=0.04)
    assert not differences(platform)
    platform.json("seed", *days, "--dirt", "0", "--yes")
    assert {row[0]: row[1:] for row in query(platform, as_text)} == clean
    assert query(platform, "SELECT COUNT(*) FROM mlops_meta.seed_faults") == [(0,)]


def test_the_fault_no_customer_leaves_an_application_without_a_customer(platform: LivePlatform) -> None:
    platform.json("seed", *APRIL, "--scale", "5", "--dirt", "0.2")
    orphans = query(
        platform,
        "SELECT a.applicant_id FROM mlops.loan_applicant_info a LEFT JOIN mlops.cust_info c "
        "ON c.base_dt = a.applicant_date AND c.cust_id = a.cust_id "
        "WHERE a.applicant_date LIKE '202704%' AND c.cust_id IS NULL ORDER BY 1",
    )
    assert orphans
    assert orphans == query(
        platform, "SELECT row_key FROM mlops_meta.seed_faults WHERE fault = 'no customer' ORDER BY 1"
    )


def test_the_reference_period_is_replaced_only_with_force(platform: LivePlatform) -> None:
    november = ("--from", "2023-11-30", "--to", "2023-12-01")
    refused = platform.mlopsctl("seed", *november, "--scale", "2", "--yes")
    assert refused.code == 1
    assert "1 day of the reference period" in refused.err and "--force" in refused.err
    assert profiles(platform, date(2023, 11, 30), date(2023, 12, 1)) == {Profile(): 2}
    forced = ("seed", "--from", "2023-11-30", "--to", "2023-11-30", "--force", "--yes", "--scale")
    try:
        assert platform.json(*forced, "2")["data"]["rows"]["mlops.cust_info"] == 3280
    finally:
        assert platform.json(*forced, "1")["data"]["rows"]["mlops.cust_info"] == 1640


def test_a_gap_and_rewritten_days_keep_the_profile_of_the_days_around_them(platform: LivePlatform) -> None:
    platform.json("seed", *APRIL, "--dirt", "10%", "--scale", "2")
    five = ("--from", "2027-04-05", "--to", "2027-04-09")
    platform.json("seed", "reset", *five, "--yes")
    platform.json("seed", *APRIL)
    assert profiles(platform) == {Profile(scale=2, dirt=100_000): 30}
    platform.features.run("UPDATE mlops.cust_info SET married = 'Maybe' WHERE base_dt = '20270406' LIMIT 1")
    assert differences(platform)
    platform.json("seed", "--again", *five, "--yes")
    assert profiles(platform) == {Profile(scale=2, dirt=100_000): 30}
    assert not differences(platform)
