"""Exam data that is gone or changed, in the real feature store."""

from datetime import date, timedelta

import pytest

from mlopsctl.core.errors import as_hint
from mlopsctl.operations.doctor import data
from mlopsctl.operations.seed import FIRST, LAST, in_reference
from mlopsctl.operations.seed.days import read_ledger
from tests.live.conftest import LivePlatform
from tests.operations.doctor.contexts import findings, look, mend

pytestmark = pytest.mark.live

WELL = [("ok", "")]


@pytest.fixture(scope="module", autouse=True)
def whole(platform: LivePlatform) -> None:
    """Other tests leave days far apart, and gaps between them: without those after the reference period, whole."""
    platform.json("seed", "reset", "--from", "2023-12-01", "--to", "2099-12-31", "--yes")
    platform.json("seed", "--from", "2023-06-01", "--to", "2024-02-10", "--dirt", "0", "--yes")


def last_days(platform: LivePlatform) -> tuple[date, date]:
    """The first and the last of the last three seeded days but one: both have neighbours."""
    days = platform.json("seed", "status")["data"]
    end = date.fromisoformat(days["to"])
    return end - timedelta(days=3), end - timedelta(days=1)


def test_holes_are_found_and_filled(platform: LivePlatform) -> None:
    first, last = last_days(platform)
    assert look("holes", platform.home) == WELL
    platform.json("seed", "reset", "--from", str(first), "--to", str(last), "--yes")
    ((verdict, message),) = look("holes", platform.home)
    assert verdict == "error" and message.startswith("3 days of ") and str(first) in message
    assert findings("holes", platform.home)[0].hint == f"mlopsctl seed --from {first} --to {last}"
    assert "3 days written" in mend("holes", platform.home)[-1]
    assert look("holes", platform.home) == WELL


def test_days_that_have_lost_rows_are_mended(platform: LivePlatform) -> None:
    first, _ = last_days(platform)
    table = f"mlops.family_info WHERE base_dt = '{first:%Y%m%d}'"
    platform.features.run(f"DELETE FROM {table}")
    assert look("holes", platform.home) == [("error", f"1 day with fewer rows than seed made: {first}.")]
    mend("holes", platform.home)
    assert look("holes", platform.home) == WELL


def test_rows_that_were_changed(platform: LivePlatform) -> None:
    with platform.features.bare.session() as session:
        day = data.share(read_ledger(session, FIRST, LAST), date.today()).days[0]
    assert look("checksums", platform.home) == WELL
    where = f"WHERE base_dt = '{day:%Y%m%d}' ORDER BY cust_id LIMIT 1"
    platform.features.run(f"UPDATE mlops.cust_info SET education = CONCAT(education, 'x') {where}")
    (finding,) = findings("checksums", platform.home)
    assert finding.message == f"1 day with other rows than seed makes: {day}." and not finding.fixable
    force = ["--force"] if in_reference(day) else []
    anew = ["seed", "--again", "--from", str(day), "--to", str(day), *force]
    assert as_hint(finding.hint).text().endswith(" ".join(["mlopsctl", *anew]))
    platform.json(*anew, "--yes")
    assert look("checksums", platform.home) == WELL
