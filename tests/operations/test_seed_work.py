"""What a thread takes at once."""

from datetime import date

from mlopsctl import dates
from mlopsctl.model import World
from mlopsctl.operations.seed_stage import chunks
from mlopsctl.operations.seed_work import shares


def test_a_thread_takes_a_month_where_there_are_many() -> None:
    parts = chunks(dict.fromkeys(dates.days(date(2024, 1, 1), date(2024, 6, 30)), World(scale=10)))
    taken = shares(parts)
    assert [chunk for share in taken for chunk in share] == parts
    assert [{chunk.days[0].month for chunk in share} for share in taken] == [{1}, {2}, {3}, {4}, {5}, {6}]


def test_a_thread_takes_a_chunk_where_months_are_few() -> None:
    parts = chunks(dict.fromkeys(dates.days(date(2024, 1, 1), date(2024, 1, 31)), World(scale=10)))
    assert shares(parts) == [[chunk] for chunk in parts]
    assert len(parts) == 11
