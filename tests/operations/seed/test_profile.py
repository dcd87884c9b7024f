"""What is said of a world, and what is not."""

from datetime import date, timedelta

from mlopsctl.operations.seed.profile import NEVER, SEED, Wish, World, described

DAY = date(2025, 6, 1)
BEFORE = DAY - timedelta(days=1)


def test_what_was_not_said_stays() -> None:
    world = World(seed=7, scale=3, drift=DAY, dirt=20_000)
    assert Wish(default_scale=9).over(world, DAY) == world
    assert Wish(seed=0, scale=1, drift=NEVER, dirt=0).over(world, DAY) == World(0, 1, None, 0)


def test_a_drift_is_not_there_before_its_day() -> None:
    assert Wish(drift=DAY).over(World(), BEFORE) == World()
    assert Wish(drift=DAY).over(World(), DAY) == World(drift=DAY)
    assert Wish(drift=DAY).over(World(drift=date(2025, 1, 1)), BEFORE) == World()
    assert World(drift=DAY).on(BEFORE) == World()


def test_days_are_added_in_the_world_of_the_one_before_without_its_dirt() -> None:
    newest = World(seed=7, scale=3, drift=DAY, dirt=20_000)
    assert Wish(default_scale=9).added(newest, None, DAY) == World(7, 3, DAY, 0)
    assert Wish(default_scale=9).added(None, newest, BEFORE) == World(7, 3, None, 0)
    assert Wish(scale=2, dirt=5).added(newest, None, DAY) == World(7, 2, DAY, 5)


def test_a_gap_is_filled_as_the_days_around_it() -> None:
    dirty = World(scale=3, dirt=20_000)
    assert Wish().added(dirty, dirty, DAY) == dirty
    assert Wish().added(World(), dirty, DAY) == World()
    assert Wish().added(World(), World(drift=DAY), DAY) == World(drift=DAY)
    assert Wish().added(World(), World(drift=DAY), BEFORE) == World()


def test_the_first_days_are_of_the_default_world() -> None:
    assert Wish(default_scale=4).added(None, None, DAY) == World(SEED, 4, None, 0)
    assert Wish(scale=2, default_scale=4).added(None, None, DAY) == World(SEED, 2, None, 0)


def test_days_that_hold_other_rows_are_meant_where_something_was_said() -> None:
    assert not Wish(default_scale=4).replaces
    assert Wish(again=True).replaces and Wish(dirt=0).replaces and Wish(drift=NEVER).replaces


def test_a_world_is_told_by_what_is_unlike_the_default() -> None:
    assert described([World()]) == "scale 1"
    assert described([World(drift=DAY), World()]) == "scale 1, drift from 2025-06-01"
    assert described([World(7, 2, None, 20_000), World()]) == "scale 2, seed 7, dirt 2%; scale 1"
