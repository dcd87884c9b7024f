"""What is said of a world, and what is not."""

from datetime import date, timedelta

from mlopsctl.model import SEED, World
from mlopsctl.operations.seed_world import NEVER, Wish, described

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


def test_days_are_added_in_the_world_of_the_newest_without_its_dirt() -> None:
    newest = World(seed=7, scale=3, drift=DAY, dirt=20_000)
    assert Wish(default_scale=9).added(newest, DAY) == World(7, 3, DAY, 0)
    assert Wish(default_scale=9).added(newest, BEFORE) == World(7, 3, None, 0)
    assert Wish(scale=2, dirt=5).added(newest, DAY) == World(7, 2, DAY, 5)


def test_the_first_days_are_of_the_default_world() -> None:
    assert Wish(default_scale=4).added(None, DAY) == World(SEED, 4, None, 0)
    assert Wish(scale=2, default_scale=4).added(None, DAY) == World(SEED, 2, None, 0)


def test_a_world_is_told_by_what_is_unlike_the_default() -> None:
    assert described([World()]) == "scale 1"
    assert described([World(drift=DAY), World()]) == "scale 1, drift from 2025-06-01"
    assert described([World(7, 2, None, 20_000), World()]) == "scale 2, seed 7, dirt 0.02 and scale 1"
