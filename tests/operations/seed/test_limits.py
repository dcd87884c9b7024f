"""What a range and a world may be."""

from datetime import date

import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.operations.seed.days import FIRST, LAST
from mlopsctl.operations.seed.limits import check_range
from mlopsctl.operations.seed.profile import MAX_DIRT, MAX_SCALE, MAX_SEED, NEVER, Wish

DEC = (date(2023, 12, 1), date(2023, 12, 31))


@pytest.mark.parametrize(
    ("start", "end", "wish", "words"),
    [
        (date(2023, 5, 31), DEC[1], Wish(), "2023-05-31 is before 2023-06-01, where the exam data begin."),
        (DEC[0], date(2100, 1, 1), Wish(), "2100-01-01 is after 2099-12-31"),
        (DEC[1], DEC[0], Wish(), "2023-12-31, the first day, is after 2023-12-01, the last."),
        (*DEC, Wish(scale=0), "the scale must be 1 or more, not 0."),
        (*DEC, Wish(default_scale=-1), "the scale must be 1 or more, not -1."),
        (*DEC, Wish(scale=10**9), "GB of disk; 600 is the largest."),
        (*DEC, Wish(scale=MAX_SCALE + 1), "600 is the largest"),
        (*DEC, Wish(seed=-1), "the seed must be from 0 to 2147483647, not -1."),
        (*DEC, Wish(seed=MAX_SEED + 1), "the seed must be from 0 to 2147483647, not 2147483648."),
        (*DEC, Wish(dirt=MAX_DIRT + 1), "the share of dirt must be from 0 to 50%, not 50.0001%."),
        (*DEC, Wish(dirt=-1), "the share of dirt must be from 0 to 50%"),
        (*DEC, Wish(drift=date(2024, 1, 1)), "a drift from 2024-01-01 has no effect: the range ends on 2023-12-31."),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(start: date, end: date, wish: Wish, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_range(start, end, wish)
    assert words in caught.value.message
    assert caught.value.hint.text()


@pytest.mark.parametrize(
    "wish",
    [
        Wish(scale=MAX_SCALE),
        Wish(scale=1, default_scale=MAX_SCALE + 1),
        Wish(seed=0, dirt=0),
        Wish(seed=MAX_SEED, dirt=MAX_DIRT),
        Wish(drift=LAST),
        Wish(drift=date(2000, 1, 1)),
        Wish(drift=NEVER),
    ],
)
def test_the_bounds_themselves_are_taken(wish: Wish) -> None:
    check_range(FIRST, LAST, wish)
