"""What is decided without a server: ranges and scales, chunks, and what stands of a day."""

from datetime import date
from itertools import pairwise

import pytest

from mlopsctl import dates
from mlopsctl.errors import UsageError
from mlopsctl.operations.seed import FIRST, LAST, MAX_SCALE, check_range
from mlopsctl.operations.seed_work import chunks

DEC = (date(2023, 12, 1), date(2023, 12, 31))


@pytest.mark.parametrize(
    ("start", "end", "scale", "words"),
    [
        (date(2023, 5, 31), DEC[1], 1, "2023-05-31 is before 2023-06-01, where the exam data begin."),
        (DEC[0], date(2100, 1, 1), 1, "2100-01-01 is after 2099-12-31"),
        (*DEC, 0, "the scale must be 1 or more, not 0."),
        (*DEC, -1, "the scale must be 1 or more, not -1."),
        (*DEC, 10**9, "it would need about 6,200,000 GB of disk"),
        (*DEC, MAX_SCALE + 1, "600 is the largest"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(start: date, end: date, scale: int, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_range(start, end, scale)
    assert words in caught.value.message
    assert caught.value.hint


def test_the_bounds_themselves_are_taken() -> None:
    check_range(FIRST, LAST, MAX_SCALE)


@pytest.mark.parametrize("scale", [1, 2, 10, 100])
def test_chunks_hold_every_day_once_and_follow_on(scale: int) -> None:
    days = [day for day in dates.days(date(2023, 11, 20), date(2024, 3, 5)) if day != date(2024, 1, 10)]
    parts = chunks(days, frozenset(), scale)
    assert [day for part in parts for day in part.days] == days
    for part in parts:
        assert all((b - a).days == 1 for a, b in pairwise(part.days))
        assert len({day.month for day in part.days}) == 1
        assert len(part.days) <= max(1, 31 // scale)
    if scale == 1:
        assert [len(part.days) for part in parts] == [11, 31, 9, 21, 29, 5]


def test_a_chunk_is_emptied_whole_or_not_at_all() -> None:
    days = list(dates.days(*DEC))
    parts = chunks(days, frozenset(days[10:12]), 1)
    assert [(len(part.days), part.clear) for part in parts] == [(10, False), (2, True), (19, False)]


def test_bounds_are_counted_from_the_first_day() -> None:
    assert chunks([FIRST, date(2023, 6, 2)], frozenset(), 1)[0].bounds() == (0, 1)
