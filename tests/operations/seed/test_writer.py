"""What each connection writes."""

from datetime import date

from mlopsctl.core import dates
from mlopsctl.operations.seed.profile import World
from mlopsctl.operations.seed.staging import chunks
from mlopsctl.operations.seed.writer import shares


def test_each_connection_gets_days_that_follow_each_other() -> None:
    parts = chunks(dict.fromkeys(dates.days(date(2024, 1, 1), date(2024, 7, 31)), World()))
    assert [[chunk.days[0].month for chunk in share] for share in shares(parts, 2)] == [[1, 2, 3, 4], [5, 6, 7]]
    assert shares(parts, 1) == [parts]


def test_no_connection_gets_nothing() -> None:
    parts = chunks(dict.fromkeys(dates.days(date(2024, 1, 1), date(2024, 1, 2)), World()))
    assert shares(parts, 2) == [parts]
    assert shares([], 2) == []
