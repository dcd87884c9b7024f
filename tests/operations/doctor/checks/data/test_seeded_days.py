"""Which days are verified. What is found is in tests/live/test_doctor_data.py."""

from datetime import date, timedelta

import pytest

from mlopsctl.operations.doctor.checks.data.seeded_days import todays_sample
from mlopsctl.operations.doctor.context import CheckSkipped
from mlopsctl.operations.seed.ledger import SQL_VERSION, LedgerEntry
from mlopsctl.operations.seed.profile import Profile

START, TODAY = date(2024, 1, 1), date(2026, 5, 1)


def ledger(scale: int) -> dict[date, LedgerEntry]:
    return {START + timedelta(days=n): LedgerEntry(Profile(1, scale, None, 0), SQL_VERSION, ()) for n in range(91)}


@pytest.mark.parametrize(("scale", "size"), [(1, 31), (5, 6), (10, 3)])
def test_samples_are_smaller_at_larger_scales_and_cover_all_days_in_time(scale: int, size: int) -> None:
    samples = [todays_sample(ledger(scale), TODAY + timedelta(days=n)).days for n in range(100)]
    assert max(map(len, samples)) == size and samples[0] != samples[1]
    assert {day for days in samples for day in days} == set(ledger(scale))


def test_scale_that_takes_too_long_to_verify_is_skipped() -> None:
    with pytest.raises(CheckSkipped):
        todays_sample(ledger(100), TODAY)
