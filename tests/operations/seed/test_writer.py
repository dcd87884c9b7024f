"""How chunks are divided among connections, and how long a lock is waited for."""

from datetime import date
from typing import Any, cast

import pytest

from mlopsctl.adapters.mariadb.client import Session
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.seed.profile import Profile
from mlopsctl.operations.seed.staging import chunks
from mlopsctl.operations.seed.writer import LOCK_TIMEOUT, lock, split
from tests.fake_clock import FakeClock


def test_each_connection_gets_consecutive_days() -> None:
    parts = chunks(dict.fromkeys(dates.days(date(2024, 1, 1), date(2024, 7, 31)), Profile()))
    assert [[chunk.days[0].month for chunk in part] for part in split(parts, 2)] == [[1, 2, 3, 4], [5, 6, 7]]
    assert split(parts, 1) == [parts]


def test_there_are_no_empty_parts() -> None:
    parts = chunks(dict.fromkeys(dates.days(date(2024, 1, 1), date(2024, 1, 2)), Profile()))
    assert split(parts, 2) == [parts]
    assert split([], 2) == []


class LockedSession:
    """A connection whose GET_LOCK waits a second and fails."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock

    def query(self, sql: str, args: Any = ()) -> list[tuple[int]]:
        self.clock.sleep(1)
        return [(0,)]


def test_a_lock_that_is_held_ends_with_an_error() -> None:
    clock = FakeClock()
    with pytest.raises(MlopsctlError) as caught:
        list(lock([cast(Session, LockedSession(clock))], 0.0, clock))
    assert caught.value.code == "locked"
    assert LOCK_TIMEOUT < clock.now < LOCK_TIMEOUT + 3
