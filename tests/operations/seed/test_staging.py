"""How days are grouped into chunks."""

from datetime import date
from itertools import pairwise

import pytest

from mlopsctl.core import dates
from mlopsctl.operations.seed.ledger import FIRST_DAY
from mlopsctl.operations.seed.profile import Profile
from mlopsctl.operations.seed.schema import tables
from mlopsctl.operations.seed.staging import chunks, columns, select
from mlopsctl.operations.seed.writer import COLUMNS

DEC = list(dates.days(date(2023, 12, 1), date(2023, 12, 31)))


@pytest.mark.parametrize("scale", [1, 2, 10, 100])
def test_each_day_is_in_one_chunk_of_consecutive_days(scale: int) -> None:
    days = [day for day in dates.days(date(2023, 11, 20), date(2024, 3, 5)) if day != date(2024, 1, 10)]
    parts = chunks(dict.fromkeys(days, Profile(scale=scale)))
    assert [day for part in parts for day in part.days] == days
    for part in parts:
        assert all((b - a).days == 1 for a, b in pairwise(part.days))
        assert len({day.month for day in part.days}) == 1
        assert len(part.days) <= max(1, 31 // scale)
    if scale == 1:
        assert [len(part.days) for part in parts] == [11, 31, 9, 21, 29, 5]


def test_days_to_clear_have_chunks_of_their_own() -> None:
    parts = chunks(dict.fromkeys(DEC, Profile()), DEC[10:12])
    assert [(len(part.days), part.clear) for part in parts] == [(10, False), (2, True), (19, False)]


def test_chunks_that_keep_their_snapshots_are_large_at_every_scale() -> None:
    parts = chunks(dict.fromkeys(DEC, Profile(scale=10)), clear=DEC, same_snapshots=DEC[3:])
    assert [(len(part.days), part.same_snapshots) for part in parts] == [(3, False), (28, True)]


def test_chunks_are_ordered_by_profile() -> None:
    one, other = Profile(), Profile(drift=DEC[3])
    parts = chunks({day: other if day.day in (4, 5, 9) else one for day in DEC})
    assert [(part.profile, part.days[0].day, len(part.days)) for part in parts] == [
        (one, 1, 3), (one, 6, 3), (one, 10, 22), (other, 4, 2), (other, 9, 1),
    ]  # fmt: skip


def test_bounds_are_counted_from_the_first_day() -> None:
    assert chunks(dict.fromkeys([FIRST_DAY, date(2023, 6, 2)], Profile()))[0].bounds() == (0, 1)


@pytest.mark.parametrize("table", COLUMNS)
def test_the_rows_of_a_table_are_one_select_of_all_columns(table: str) -> None:
    assert select(table).startswith("SELECT ")
    assert columns(table).split(", ") == list(tables()[table])
