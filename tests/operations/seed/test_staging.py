"""How days are put together into chunks."""

from datetime import date
from itertools import pairwise

import pytest

from mlopsctl.core import dates
from mlopsctl.operations.db.schema import tables
from mlopsctl.operations.seed.days import FIRST
from mlopsctl.operations.seed.profile import World
from mlopsctl.operations.seed.staging import chunks, columns, select
from mlopsctl.operations.seed.writer import COLUMNS

DEC = list(dates.days(date(2023, 12, 1), date(2023, 12, 31)))


def all_in(world: World, days: list[date]) -> dict[date, World]:
    return dict.fromkeys(days, world)


@pytest.mark.parametrize("scale", [1, 2, 10, 100])
def test_chunks_hold_every_day_once_and_follow_on(scale: int) -> None:
    days = [day for day in dates.days(date(2023, 11, 20), date(2024, 3, 5)) if day != date(2024, 1, 10)]
    parts = chunks(all_in(World(scale=scale), days))
    assert [day for part in parts for day in part.days] == days
    for part in parts:
        assert all((b - a).days == 1 for a, b in pairwise(part.days))
        assert len({day.month for day in part.days}) == 1
        assert len(part.days) <= max(1, 31 // scale)
    if scale == 1:
        assert [len(part.days) for part in parts] == [11, 31, 9, 21, 29, 5]


def test_a_chunk_is_emptied_whole_or_not_at_all() -> None:
    parts = chunks(all_in(World(), DEC), DEC[10:12])
    assert [(len(part.days), part.clear) for part in parts] == [(10, False), (2, True), (19, False)]


def test_snapshots_that_stay_make_no_chunk_small() -> None:
    parts = chunks(all_in(World(scale=10), DEC), clear=DEC, alike=DEC[3:])
    assert [(len(part.days), part.alike) for part in parts] == [(3, False), (28, True)]


def test_a_chunk_is_of_one_world_and_worlds_come_one_after_the_other() -> None:
    one, other = World(), World(drift=DEC[3])
    worlds = {day: other if day.day in (4, 5, 9) else one for day in DEC}
    parts = chunks(worlds)
    assert [(part.world, part.days[0].day, len(part.days)) for part in parts] == [
        (one, 1, 3), (one, 6, 3), (one, 10, 22), (other, 4, 2), (other, 9, 1),
    ]  # fmt: skip


def test_bounds_are_counted_from_the_first_day() -> None:
    days = [FIRST, date(2023, 6, 2)]
    assert chunks(all_in(World(), days))[0].bounds() == (0, 1)


@pytest.mark.parametrize("table", COLUMNS)
def test_the_rows_of_a_table_are_one_select_with_all_its_columns(table: str) -> None:
    text = select(table)
    assert text.startswith("SELECT ")
    assert columns(table).split(", ") == list(tables()[table])
