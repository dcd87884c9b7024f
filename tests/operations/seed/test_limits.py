"""The limits of ranges and options."""

from datetime import date

import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.operations.seed.ledger import FIRST_DAY, LAST_DAY
from mlopsctl.operations.seed.limits import check_range
from mlopsctl.operations.seed.profile import MAX_DIRT, MAX_SCALE, MAX_SEED, NO_DRIFT, SeedRequest

DEC = (date(2023, 12, 1), date(2023, 12, 31))


@pytest.mark.parametrize(
    ("start", "end", "request_", "named"),
    [
        (date(2023, 5, 31), DEC[1], SeedRequest(), "2023-05-31"),
        (DEC[0], date(2100, 1, 1), SeedRequest(), "2100-01-01"),
        (DEC[1], DEC[0], SeedRequest(), "2023-12-31"),
        (*DEC, SeedRequest(scale=0), "--scale"),
        (*DEC, SeedRequest(default_scale=-1), "--scale"),
        (*DEC, SeedRequest(scale=10**9), "at most 600"),
        (*DEC, SeedRequest(scale=MAX_SCALE + 1), "at most 600"),
        (*DEC, SeedRequest(seed=-1), "-1"),
        (*DEC, SeedRequest(seed=MAX_SEED + 1), "2147483648"),
        (*DEC, SeedRequest(dirt=MAX_DIRT + 1), "50.0001%"),
        (*DEC, SeedRequest(dirt=-1), "--dirt"),
        (*DEC, SeedRequest(drift=date(2024, 1, 1)), "no effect"),
    ],
)
def test_values_beyond_a_limit_are_refused_with_the_reason(
    start: date, end: date, request_: SeedRequest, named: str
) -> None:
    with pytest.raises(UsageError) as caught:
        check_range(start, end, request_)
    assert named in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "request_",
    [
        SeedRequest(scale=MAX_SCALE),
        SeedRequest(scale=1, default_scale=MAX_SCALE + 1),
        SeedRequest(seed=0, dirt=0),
        SeedRequest(seed=MAX_SEED, dirt=MAX_DIRT),
        SeedRequest(drift=LAST_DAY),
        SeedRequest(drift=date(2000, 1, 1)),
        SeedRequest(drift=NO_DRIFT),
    ],
)
def test_the_limits_themselves_are_allowed(request_: SeedRequest) -> None:
    check_range(FIRST_DAY, LAST_DAY, request_)
