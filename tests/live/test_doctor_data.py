"""Missing and changed days in the real feature store."""

from datetime import date, timedelta

import pytest

from mlopsctl.operations.doctor.checks.data.seeded_days import todays_sample
from mlopsctl.operations.seed.ledger import FIRST_DAY, LAST_DAY, in_reference_period, read_ledger
from tests.live.conftest import LivePlatform
from tests.operations.doctor.contexts import findings, fix_first, is_ok, outcome

pytestmark = pytest.mark.live


@pytest.fixture(scope="module", autouse=True)
def complete_data(platform: LivePlatform) -> None:
    """Other tests leave scattered days and gaps: the reference period and some days after it, without gaps."""
    platform.json("seed", "reset", "--from", "2023-12-01", "--to", "2099-12-31", "--yes")
    platform.json("seed", "--from", "2023-06-01", "--to", "2024-02-10", "--dirt", "0", "--yes")


def last_days(platform: LivePlatform) -> tuple[date, date]:
    """The first and the last of three seeded days that have seeded days on both sides."""
    days = platform.json("seed", "status")["data"]
    end = date.fromisoformat(days["to"])
    return end - timedelta(days=3), end - timedelta(days=1)


def test_missing_days_are_seeded_again(platform: LivePlatform) -> None:
    first, last = last_days(platform)
    assert is_ok("holes", platform.home)
    platform.json("seed", "reset", "--from", str(first), "--to", str(last), "--yes")
    (finding,) = findings("holes", platform.home)
    assert finding.verdict == "error" and len(finding.details) == 3 and str(first) in finding.message
    assert finding.hint.command == ("seed", "--from", str(first), "--to", str(last))
    fix_first("holes", platform.home)
    assert is_ok("holes", platform.home)


def test_days_with_missing_rows_are_seeded_again(platform: LivePlatform) -> None:
    first, _ = last_days(platform)
    platform.features.run(f"DELETE FROM mlops.family_info WHERE base_dt = '{first:%Y%m%d}'")
    verdict, message = outcome("holes", platform.home)
    assert verdict == "error" and message.startswith("1 day ") and str(first) in message
    fix_first("holes", platform.home)
    assert is_ok("holes", platform.home)


def test_changed_rows_are_found_but_not_fixed(platform: LivePlatform) -> None:
    with platform.features.without_database.session() as session:
        day = todays_sample(read_ledger(session, FIRST_DAY, LAST_DAY), date.today()).days[0]
    assert is_ok("checksums", platform.home)
    where = f"WHERE base_dt = '{day:%Y%m%d}' ORDER BY cust_id LIMIT 1"
    platform.features.run(f"UPDATE mlops.cust_info SET education = CONCAT(education, 'x') {where}")
    (finding,) = findings("checksums", platform.home)
    assert finding.message.startswith("1 day ") and str(day) in finding.message and not finding.fixable
    assert finding.hint.other[0] == "seed" and ("--force" in finding.hint.other) == in_reference_period(day)
    platform.json(*finding.hint.other, "--yes")
    assert is_ok("checksums", platform.home)
