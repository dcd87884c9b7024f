"""Which days are looked at. What is found is in tests/live/test_doctor_data.py."""

from datetime import date, timedelta

import pytest

from mlopsctl.operations.doctor.context import Skipped
from mlopsctl.operations.doctor.data import share
from mlopsctl.operations.seed.days import RECIPE, Made
from mlopsctl.operations.seed.profile import World

START, TODAY = date(2024, 1, 1), date(2026, 5, 1)


def ledger(scale: int) -> dict[date, Made]:
    return {START + timedelta(days=n): Made(World(1, scale, None, 0), RECIPE, ()) for n in range(91)}


@pytest.mark.parametrize(("scale", "size"), [(1, 31), (5, 6), (10, 3)])
def test_a_part_that_is_as_large_at_every_scale_and_another_each_day(scale: int, size: int) -> None:
    shares = [share(ledger(scale), TODAY + timedelta(days=n)).days for n in range(100)]
    assert max(map(len, shares)) == size and shares[0] != shares[1]
    assert {day for days in shares for day in days} == set(ledger(scale))


def test_a_world_whose_days_take_too_long() -> None:
    with pytest.raises(Skipped, match="exam data of scale 100 take long to make again, see mlopsctl seed verify"):
        share(ledger(100), TODAY)
